import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `making`, `material` and their like


@pytest.fixture
def services(tmp_path):
    from proctoring.services import Services  # not in the environment of tests/reference
    from proctoring.settings import Settings

    services = Services(Settings(data_dir=tmp_path))
    yield services
    services.close()


@pytest.fixture
def meeting(services):
    from making import make_meeting

    return make_meeting(services)[0]


@pytest.fixture
def ada(services, meeting):
    """A candidate who has joined."""
    return services.join(meeting.id, "Ada", "v1")[0]
