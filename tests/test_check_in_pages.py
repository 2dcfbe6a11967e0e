"""The check-in's pages as Streamlit draws them: what a browser may say, and what it opens."""

import pytest
from profiles import pictures
from test_pages import make_meeting, open_app, press, services, words

from proctoring.acts import kinds
from proctoring.check_in.plan import TITLES, Step
from proctoring.recall import VOICE, to_bytes
from proctoring.types import Enrolled, Journey
from proctoring.ui import candidate as parts

__all__ = ["services"]  # the fixture

SIGNALS = ("faces", "identity", "gaze", "speakers", "voice_owner")
BOTH = Journey(check_in=frozenset({"identity", "voice"}))
STUCK = {"step": "identity", "is": "stuck", "why": "No face.\n<b>x</b>"}


@pytest.fixture
def sent(monkeypatch):
    """What the browser says, and what it was given."""
    says = {"state": "ready"}

    def mounted(**arguments):
        says["given"] = arguments["data"]
        return says

    monkeypatch.setattr(parts, "_devices", mounted)
    return says


def join(services, journey=BOTH):
    meeting = make_meeting(services, signals=SIGNALS, journey=journey)
    return meeting, *services.join(meeting.id, "Ada", "v1")


def buttons(app):
    return {button.label: button.disabled for button in app.button}


def do(services, participant, kind, **content):
    act = kinds.make(kind, content, participant_id=participant.id, actor="a", role="proctor")
    services.store.save_act(act)


def learn(services, participant, *kinds):
    content = to_bytes(pictures(3))[1]
    for kind in kinds:
        enrolled = Enrolled(participant.id, kind, content, participant.joined_at)
        services.store.save_enrolment(enrolled)


def test_a_step_is_passed_when_the_server_knows_it_and_not_when_the_browser_says_so(services, sent):
    meeting, ada, token = join(services)
    app = open_app("exam", meeting=meeting.id, seat=token)
    assert buttons(app)["Continue"] is False
    press(app, "Continue")
    assert app.query_params["step"] == "identity"
    assert sent["given"]["step"] == "identity"
    sent["news"] = {"step": "identity", "is": "done"}
    app.run()
    assert buttons(app)["Continue"] is True
    learn(services, ada, "faces")
    app.run()
    assert buttons(app)["Continue"] is False
    press(app, "Continue")
    assert (sent["given"]["step"], sent["given"]["done"]) == ("voice", ["identity"])


def test_a_new_visit_comes_back_to_its_step_and_an_unknown_one_to_the_first(services, sent):
    meeting, _, token = join(services)
    for step, at in (("voice", "voice"), ("card", "devices"), ("<b>", "devices"), ("", "devices")):
        open_app("exam", meeting=meeting.id, seat=token, step=step)
        assert sent["given"]["step"] == at


def test_whoever_is_stuck_asks_a_proctor_in_their_own_name(services, sent):
    meeting, ada, token = join(services)
    app = open_app("exam", meeting=meeting.id, seat=token, step="identity")
    assert "Ask a proctor to let me in" not in buttons(app)
    sent["news"] = STUCK
    app.run()
    press(app, "Ask a proctor to let me in")
    (ask,) = services.store.acts(ada.id)
    own = services.store.capabilities(meeting.id)[-1]
    assert (ask.kind, ask.role, ask.actor) == ("ask_in", "candidate", own.id)
    assert kinds.content_of(ask) == {"reason": "Your face: No face. <b>x</b>"}
    assert sent["given"]["step"] == "voice", "the other steps can still be done"


def test_the_exam_begins_once_somebody_lets_them_in(services, sent):
    meeting, ada, token = join(services)
    app = open_app("exam", meeting=meeting.id, seat=token, step="ready")
    assert "Begin exam" not in buttons(app)
    assert "not done yet" in words(app)
    press(app, "Ask a proctor to let me in")
    assert "A proctor knows that you are here" in words(app)
    do(services, ada, "message", text="<i>One</i> moment")
    do(services, ada, "let_in")
    app.run()
    assert "You have been let in" in words(app)
    assert buttons(app)["Begin exam"] is False
    assert services.store.participant(ada.id).started_at is None


def test_what_proctors_write_is_shown_as_text(services, sent):
    meeting, ada, token = join(services, Journey(needs_letting_in=True))
    app = open_app("exam", meeting=meeting.id, seat=token, step="ready")
    do(services, ada, "message", text="<i>One</i> moment")
    app.run()
    assert "&lt;i&gt;One&lt;/i&gt; moment" in words(app)
    assert len([act for act in services.store.acts(ada.id) if act.kind == "ask_in"]) == 1


def test_with_everything_done_nobody_needs_to_be_asked(services, sent):
    meeting, ada, token = join(services)
    learn(services, ada, "faces", VOICE)
    app = open_app("exam", meeting=meeting.id, seat=token, step="ready")
    assert "Everything is ready." in words(app)
    press(app, "Begin exam")
    assert services.store.participant(ada.id).started_at is not None
    assert services.store.acts(ada.id) == []


def test_a_signal_that_is_off_for_somebody_needs_no_step(services, sent):
    meeting, ada, token = join(services)
    do(services, ada, "adjustment", signals_off=["identity", "gaze"])
    open_app("exam", meeting=meeting.id, seat=token, step="identity")
    assert sent["given"]["step"] == "devices"
    app = open_app("exam", meeting=meeting.id, seat=token, step="ready")
    assert TITLES[Step.VOICE] in words(app)
    assert TITLES[Step.IDENTITY] not in words(app)


@pytest.mark.parametrize(
    "news", ["stuck", ["stuck"], {"is": "stuck"}, {"is": "stuck", "why": {"a": 1}}, 1, None]
)
def test_news_that_no_browser_of_ours_sends_breaks_nothing(services, sent, news):
    meeting, ada, token = join(services)
    sent["news"] = news
    app = open_app("exam", meeting=meeting.id, seat=token, step="identity")
    assert buttons(app)["Continue"] is True
    assert services.store.acts(ada.id) == []
