"""What many files' tests begin with: the services by themselves, or a running server and Chromium.

The server is one for all, because what a test sees is an exam of its own; a file whose tests kill
it, or want other settings, starts another. Playwright runs a loop in this thread for as long as
it is there, so each file has its own, and those without a browser have none.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `making`, `material` and their like


def pytest_collection_modifyitems(items):
    """On a machine that is busy with something else, a browser can miss what a page waits for. It
    is tried once more, and told: a test that fails twice fails."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


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


# --- in Chromium ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    from live import running_server

    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def playwright():
    from live import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def bare_browser(playwright):
    """Neither camera nor microphone."""
    from live import launch

    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def filmed_browser(playwright, tmp_path_factory):
    """Its camera shows a second person every thirty seconds."""
    from live import fake_media, launch
    from material import SMALL

    clip = SMALL / "scenarios" / "second_person.mp4"
    browser = launch(playwright, fake_media(clip, tmp_path_factory.mktemp("media")))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def drawn_browser(playwright):
    """Its camera and its screen are of its own making, and change all the time."""
    from live import CHROMIUM, FLAGS

    fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def browser(bare_browser):
    """A file whose tests want a camera says which browser is theirs."""
    return bare_browser


@pytest.fixture
def context(browser):
    """Somebody's profile, in which nothing moves by itself."""
    from live import person

    context = person(browser, reduced_motion="reduce")
    yield context
    context.close()
