"""An examiner can do without challenges."""

import pytest
from test_pages import open_app, press, services

__all__ = ["services"]  # the fixture


@pytest.mark.parametrize("wants", [True, False])
def test_an_examiner_chooses_whether_candidates_are_asked_to_turn(services, wants):
    app = open_app()
    app.text_input[0].input("Statistics")
    if not wants:
        app.checkbox(key="challenges").uncheck()
    press(app, "Create exam")
    created = app.session_state["created"]
    assert services.store.meeting(created.meeting.id).policy.challenges is wants
