"""The pages as Streamlit draws them: if the store holds this, the page shows that."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit_webrtc.component
import streamlit_webrtc.shutdown
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.live.seats
import proctoring.server
from proctoring.access.tokens import MANAGES, SITS, WATCHES
from proctoring.analysers import choices
from proctoring.consent import consent
from proctoring.perception import pronunciation
from proctoring.store import StoreError
from proctoring.types import Policy
from proctoring.ui import plain, say_duration

ENTRY = str(Path(__file__).parent.parent / "pages" / "_navigation.py")


@pytest.fixture
def services(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    for module in (streamlit_webrtc.component, streamlit_webrtc.shutdown):
        monkeypatch.setattr(module, "get_this_session_info", lambda: None)  # AppTest has none
    proctoring.server.services.cache_clear()
    services = proctoring.server.services()
    yield services
    services.close()
    proctoring.server.services.cache_clear()


def open_app(page=None, **query):
    app = AppTest.from_file(ENTRY, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    if page:
        app._page_hash = calc_hash(page)  # switch_page() knows files, not addresses
    app.run()
    assert not app.exception
    return app


def make_meeting(services, opens_in_s=-60, closes_in_s=3600, **changes):
    now = datetime.now(UTC)
    values = {
        "title": "Algebra *I*",
        "opens_at": now + timedelta(seconds=opens_in_s),
        "closes_at": now + timedelta(seconds=closes_in_s),
        "length_s": 1800,
        "signals": ("faces", "speakers"),
        "instructions": "**Allowed:** a pencil.",
    }
    return services.create_meeting(**values | changes)[0]


def words(app):
    """All text of the page, in order."""
    return " ".join(
        str(getattr(element, "value", "") or getattr(element, "body", ""))
        for element in app.main
        if type(element).__name__ != "Block"
    ) + " ".join(str(html.proto.body) for html in app.get("html"))


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


# --- home --------------------------------------------------------------------------------


def test_home_makes_an_exam_and_hands_out_two_links(services):
    app = open_app()
    app.text_input[0].input("Statistics")
    press(app, "Create exam")
    created = app.session_state["created"]
    meeting = services.store.meeting(created.meeting.id)
    assert meeting.title == "Statistics"
    assert meeting.closes_at - meeting.opens_at == timedelta(hours=2)
    assert meeting.length_s == 90 * 60
    assert meeting.signals == tuple(kind.name for kind in choices()), "all are on"
    assert meeting.policy == Policy(), "and nothing is allowed"
    for roles, secret in ((WATCHES, created.proctor_secret), (MANAGES, created.examiner_secret)):
        assert services.admission.by_secret(roles, meeting.id, secret)
    assert "Statistics" in app.title[0].value
    press(app, "Create another exam")
    assert "created" not in app.session_state


def test_what_is_allowed_is_chosen_and_shown_to_everybody(services):
    app = open_app()
    app.text_input[0].input("Statistics")
    for name in ("second_screen", "paper"):
        app.checkbox(key=f"allow-{name}").check()
    app.checkbox(key="signal-speakers").uncheck()
    press(app, "Create exam")
    created = app.session_state["created"]
    meeting = services.store.meeting(created.meeting.id)
    assert meeting.policy == Policy(frozenset({"laptop", "tv"}), may_look_down=True)
    assert "speakers" not in meeting.signals
    says = "Allowed: another screen, paper to read from, speaking aloud"
    of = {"meeting": meeting.id}
    for shown in (
        app,
        open_app("manage", key=created.examiner_secret, **of),
        open_app("desk", key=created.proctor_secret, **of),
    ):
        assert says in words(shown)
    assert "You may have on your desk: **another screen, paper to read from**" in words(
        open_app("exam", **of)
    )


def test_signals_are_asked_for_by_what_they_need(services):
    keys = [box.key for box in open_app().checkbox if box.key.startswith("signal-")]
    media = [kind.medium for key in keys for kind in choices() if key == f"signal-{kind.name}"]
    assert len(keys) == len(choices())
    assert media == sorted(media), "camera, then microphone"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda app: app.text_input[0].input("  "), "Give the exam a title"),
        (lambda app: app.number_input[0].set_value(121), "do not fit into the 120 minutes"),
        (lambda app: [box.uncheck() for box in app.checkbox], "at least one thing to measure"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(services, change, sentence):
    app = open_app()
    app.text_input[0].input("Statistics")
    app.text_area[0].input("# Rules")
    change(app)
    press(app, "Create exam")
    assert sentence in app.error[0].value
    assert "created" not in app.session_state
    assert app.text_area[0].value == "# Rules"


@pytest.mark.parametrize(
    ("opens_h", "closes_h", "sentence"),
    [(2, 1, "closes before it opens"), (-3, -1, "over already")],
)
def test_a_window_that_cannot_be_gets_a_sentence(services, opens_h, closes_h, sentence):
    app = open_app()
    now = datetime.now(ZoneInfo("UTC")).replace(second=0, microsecond=0, tzinfo=None)
    app.text_input[0].input("Statistics")
    app.datetime_input(key="opens").set_value(now + timedelta(hours=opens_h))
    app.datetime_input(key="closes").set_value(now + timedelta(hours=closes_h))
    press(app, "Create exam")
    assert sentence in app.error[0].value


def test_phrases_are_written_one_a_line_and_candidates_read_them(services):
    app = open_app()
    app.text_input[0].input("Statistics")
    app.text_area(key="phrases").input("hey siri\n\n  what's the   answer \nhey siri")
    press(app, "Create exam")
    created = app.session_state["created"]
    meeting = services.store.meeting(created.meeting.id)
    assert meeting.policy.phrases == ("hey siri", "what's the answer")
    assert "phrases" in meeting.signals
    assert "“hey siri”, “what's the answer”" in words(open_app("exam", meeting=meeting.id))


def test_a_phrase_that_cannot_be_heard_is_refused_by_name(services):
    app = open_app()
    app.text_input[0].input("Statistics")
    app.text_area(key="phrases").input("hey cortana")
    press(app, "Create exam")
    assert "The word “cortana” of “hey cortana”" in app.error[0].value
    assert app.text_area(key="phrases").value == "hey cortana"


def test_an_exam_that_this_server_cannot_listen_to_does_not_begin(services, monkeypatch):
    app = open_app()
    app.text_input[0].input("Statistics")
    app.text_area(key="phrases").input("hey siri")
    press(app, "Create exam")
    meeting = app.session_state["created"].meeting
    monkeypatch.setattr(pronunciation, "is_installed", lambda: False)
    app = open_app("exam", meeting=meeting.id)
    app.text_input[0].input("Ada")
    app.checkbox[0].check()
    press(app, "Continue")
    assert "This exam cannot begin on this server" in words(app)
    assert services.store.participants(meeting.id) == []


def fail(*args, **kwargs):
    raise StoreError("The disk is full.")


def test_an_exam_that_cannot_be_saved_says_why_and_keeps_what_was_typed(services, monkeypatch):
    app = open_app()
    app.text_input[0].input("Statistics")
    monkeypatch.setattr(services.store, "add_meeting", fail)
    press(app, "Create exam")
    assert "The disk is full" in app.error[0].value.replace("\\", "")
    assert app.text_input[0].value == "Statistics"


# --- candidate: the door -----------------------------------------------------------------


def test_an_unknown_meeting_is_said_to_be_one(services):
    assert "leads to no exam" in words(open_app("exam", meeting="nothing"))
    assert "leads to no exam" in words(open_app("exam"))


def test_records_that_cannot_be_read_are_no_dead_end(services, monkeypatch):
    monkeypatch.setattr(services.store, "meeting", fail)
    assert "cannot open now" in words(open_app("exam", meeting="m"))


def test_before_it_opens_the_page_counts_down(services):
    meeting = make_meeting(services, opens_in_s=4000, closes_in_s=9000)
    app = open_app("exam", meeting=meeting.id)
    assert "opens on" in words(app)
    assert "in 1 h 6 min" in words(app)
    assert not app.text_input


def test_after_it_closed_nobody_joins(services):
    meeting = make_meeting(services, opens_in_s=-9000, closes_in_s=-10)
    app = open_app("exam", meeting=meeting.id)
    assert "This exam is closed" in words(app)
    assert not app.text_input


def test_a_name_and_an_agreement_are_needed_to_join(services):
    meeting = make_meeting(services)
    app = open_app("exam", meeting=meeting.id)
    press(app, "Continue")
    assert "Type your name" in app.error[0].value
    app.text_input[0].input("Ada")
    press(app, "Continue")
    assert "Tick the box" in app.error[0].value
    assert services.store.participants(meeting.id) == []


def join(app, name="Ada"):
    app.text_input[0].input(f"  {name}  ")
    app.checkbox[0].check()
    return press(app, "Continue")


def test_joining_records_the_text_that_was_agreed_to(services):
    meeting = make_meeting(services)
    app = join(open_app("exam", meeting=meeting.id))
    (ada,) = services.store.participants(meeting.id)
    assert ada.name == "Ada"
    assert ada.consent_version == consent(meeting.signals, meeting.policy, services.keeping).version
    assert ada.consent_at is not None
    assert ada.started_at is None
    own = services.admission.by_secret(SITS, meeting.id, app.query_params["seat"])
    assert own.participant_id == ada.id


def test_two_of_the_same_name_are_two(services):
    meeting = make_meeting(services)
    for _ in range(2):
        join(open_app("exam", meeting=meeting.id))
    assert len({p.id for p in services.store.participants(meeting.id)}) == 2


# --- candidate: the exam -------------------------------------------------------------------


def begin(services, meeting, name="Ada"):
    """An exam that runs, in a fresh tab, as after a reload."""
    participant, token = services.join(meeting.id, name, "v1")
    services.open_page(participant.id)
    return participant, token, open_app("exam", meeting=meeting.id, seat=token)


def test_a_reload_goes_on_with_the_same_participation(services):
    meeting = make_meeting(services)
    ada, token, app = begin(services, meeting)
    visit = app.session_state["visit"]
    assert visit.seat is services.seat(ada.id)
    assert visit.page == visit.seat.page
    assert "Allowed" in words(app)
    again = open_app("exam", meeting=meeting.id, seat=token)
    assert services.store.participants(meeting.id)[0].id == ada.id
    assert len(services.store.participants(meeting.id)) == 1
    assert "in another tab" in words(app.run())
    press(app, "Continue here")
    assert "in another tab" in words(again.run())


def test_a_seat_that_rested_is_taken_again(services, monkeypatch):
    meeting = make_meeting(services)
    ada, _, app = begin(services, meeting)
    rested = services.seat(ada.id)
    monkeypatch.setattr(proctoring.live.seats, "AWAY_AFTER_S", -1.0)
    services.tend()
    assert services.seat(ada.id) is None
    app.run()
    assert services.seat(ada.id) is app.session_state["visit"].seat
    assert services.seat(ada.id) is not rested


def test_finishing_asks_first(services):
    meeting = make_meeting(services)
    ada, token, app = begin(services, meeting)
    press(app, "Finish exam")
    assert services.store.participant(ada.id).finished_at is None
    press(app, "Go on working")
    press(app, "Finish exam")
    press(app, "Finish now")
    finished = services.store.participant(ada.id)
    assert finished.finished_at is not None
    assert finished.finish_reason == "submitted"
    assert services.seat(ada.id) is None
    assert "Your exam is finished" in words(app)
    assert "Your exam is finished" in words(open_app("exam", meeting=meeting.id, seat=token))
    assert services.seat(ada.id) is None, "looking at the end begins nothing"


def test_when_time_is_up_the_page_says_so(services):
    meeting = make_meeting(services)
    ada, _, app = begin(services, meeting)
    services.finish(ada.id, "time is up")
    assert "Time was up" in words(app.run())


def test_somebody_else_starts_afresh_and_ends_nothing(services):
    meeting = make_meeting(services)
    ada, _, app = begin(services, meeting)
    press(app, "Not you? Start as someone else")
    press(app, "Leave it")
    assert "seat" not in app.query_params
    join(app, "Grace")
    assert [p.name for p in services.store.participants(meeting.id)] == ["Ada", "Grace"]
    assert services.store.participant(ada.id).finished_at is None


def test_a_seat_of_another_exam_opens_no_door(services):
    one, other = make_meeting(services), make_meeting(services)
    _, token = services.join(one.id, "Ada", "v1")
    app = open_app("exam", meeting=other.id, seat=token)
    assert app.text_input
    assert "seat" not in app.query_params


# --- words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (59, "59 s"), (60, "1 min"), (4320, "1 h 12 min"), (180_000, "2 days 2 h")],
)
def test_durations_are_said_with_two_units_at_most(seconds, said):
    assert say_duration(timedelta(seconds=seconds)) == said


def test_a_name_is_never_markdown():
    assert plain("*Ada* [x](y) 9:30 $1$ &lt;") == r"\*Ada\* \[x\]\(y\) 9\:30 \$1\$ \&lt;"


@pytest.mark.parametrize(
    "text", ["https://x.example", "WWW.x.example", "a@x.example", ":material/home:", "a -> b -- c"]
)
def test_what_streamlit_makes_of_text_after_markdown_is_cut_through(text):
    cut = plain(text).replace("\\", "")
    assert cut != text
    assert cut.replace("\u200b", "") == text
