"""Pages for whoever has a wrong link, and components that send what they never would."""

import re
from pathlib import Path

import pytest
import streamlit_webrtc.component
import streamlit_webrtc.shutdown
from strangers import NAME, TITLE, Probes, make_world, wrong_links
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring.access.limits import Lockout
from proctoring.access.tokens import MANAGES, READS, SITS
from proctoring.ui import candidate as exam_parts
from proctoring.ui import desk as desk_parts

ROOT = Path(__file__).parent.parent
ENTRY = str(ROOT / "pages" / "_navigation.py")
PAGES = {
    "": None,
    "exam": SITS,
    "desk": READS,
    "review": READS,
    "manage": MANAGES,
    "policy": MANAGES,
    "office": MANAGES,
}  # "": everybody
COMPONENTS = {  # what a browser can send to the server by each
    "desk": {"renew"},
    "devices": {"news", "share", "state"},
    "exam": {"news"},
    "language_switch": {"chosen"},
    "outside": set(),
    "own": {"news"},
    "paper": {"news"},
    "review": {"renew"},
    "seat": {"token"},
    "share": set(),
}
probes = Probes()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    for module in (streamlit_webrtc.component, streamlit_webrtc.shutdown):
        patch.setattr(module, "get_this_session_info", lambda: None)  # AppTest has none
    proctoring.server.services.cache_clear()
    services = proctoring.server.services()
    for role in services.admission._wrong:  # all probes come from one address
        services.admission._wrong[role] = Lockout(free=10**6)
    yield make_world(services)
    services.close()
    proctoring.server.services.cache_clear()
    patch.undo()
    print(f"\nwrong-credential probes of pages refused: {probes}")


def open_page(page, **query):
    app = AppTest.from_file(ENTRY, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    app._page_hash = calc_hash(page)  # switch_page() knows files, not addresses
    app.run()
    assert not app.exception
    return app


def drawn(app):
    """All that the browser is sent."""
    return "\n".join(str(getattr(node, "proto", "")) for node in app._tree)


def test_every_page_and_component_is_known_here():
    """A new one is refused nothing until somebody says what it may be asked."""
    source = (ROOT / "pages" / "_navigation.py").read_text()
    pages = set(re.findall(r'url_path="(\w+)"', source))
    assert source.count("st.Page(") == len(pages) + 1, "one default page"
    assert pages | {""} == set(PAGES)
    found, sent = set(), {}
    for path in [*(ROOT / "proctoring/ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]:
        found |= set(re.findall(r'register\(\s*"(\w+)"', path.read_text()))
    for name in found:
        scripts = [
            script.read_text()
            for script in (ROOT / "proctoring/ui").glob("*.js")
            if script.stem == name or script.stem.startswith(f"{name}_")
        ]
        sent[name] = set(re.findall(r'set(?:State|Trigger)Value\("(\w+)"', "".join(scripts)))
    assert sent == COMPONENTS


@pytest.mark.parametrize("page", ["desk", "review", "manage", "policy", "office"])
def test_a_wrong_link_gets_the_same_page_and_nothing_else(world, page):
    baseline = drawn(open_page(page))
    for name, (meeting_id, secret) in wrong_links(world, PAGES[page]).items():
        with probes.one():
            app = open_page(page, meeting=meeting_id, key=secret)
            assert drawn(app) == baseline, name
            assert "let in" not in app.session_state, name
    assert TITLE not in baseline
    assert NAME not in baseline


def test_a_wrong_seat_opens_the_door_for_newcomers_and_nobodys_exam(world):
    known = world.services.store.participants(world.meeting_id)
    wrong = {name: link for name, link in wrong_links(world, SITS).items() if link[1]}
    for name, (meeting_id, token) in wrong.items():
        with probes.one():
            app = open_page("exam", meeting=meeting_id, seat=token)
            assert NAME not in drawn(app), name
            assert "seat" not in app.query_params or meeting_id in ("unknown", "' OR 1=1 --"), name
            if "visit" in app.session_state:
                assert app.session_state["visit"].bearer is None, name
    assert world.services.store.participants(world.meeting_id) == known


def test_a_wrong_personal_link_opens_no_door(world):
    known = world.services.store.participants(world.meeting_id)
    wrong = {name: link for name, link in wrong_links(world, SITS).items() if link[1]}
    wrong |= {"somebody's seat": (world.meeting_id, world.ada_token)}
    for name, (meeting_id, token) in wrong.items():
        with probes.one():
            app = open_page("exam", meeting=meeting_id, personal=token)
            assert NAME not in drawn(app), name
            assert not app.text_input, name
    assert world.services.store.participants(world.meeting_id) == known


FORGED_TOKENS = [
    "x",
    "x" * 100_000,
    "\x00\u202e</script>",
    7,
    True,
    ["token"],
    {"token": "examiner"},
    {"meeting": "m"},
]


def test_a_forged_seat_from_the_browsers_storage_is_nobodys(world, monkeypatch):
    others = ["other meeting's candidate", "proctor", "examiner", "reviewer", "erased candidate"]
    ids = [world.ada.id, world.capabilities["candidate"].id]
    passes = [world.services.admission.make_pass(world.capabilities["candidate"])]
    for forged in [*FORGED_TOKENS, *[world.secrets[name] for name in others], *ids, *passes]:
        with probes.one():
            sent = {"token": forged}
            monkeypatch.setattr(exam_parts, "_seat", lambda sent=sent, **_: sent)
            app = open_page("exam", meeting=world.meeting_id)
            assert NAME not in drawn(app), forged
            assert app.text_input, "the door"
            assert app.session_state["visit"].bearer is None


@pytest.mark.parametrize("forged", [True, "again", 1, {"pass": "x"}, ["x"]])
def test_asking_for_a_new_pass_does_not_help_without_the_link(world, monkeypatch, forged):
    asked = []

    def sent(**arguments):
        asked.append(arguments)
        return {"renew": forged}

    monkeypatch.setattr(desk_parts, "_desk", sent)
    for secret in ("wrong", world.secrets["revoked proctor"], world.secrets["expired proctor"]):
        with probes.one():
            app = open_page("desk", meeting=world.meeting_id, key=secret)
            assert "does not open a desk" in drawn(app)
            assert asked == [], "not even mounted"


@pytest.mark.parametrize("forged", ["examiner", {"is": "running"}, ["refused"], 1])
def test_news_that_the_strip_never_sends_changes_nothing(world, monkeypatch, forged):
    with probes.one():
        given = []

        def sent(**arguments):
            given.append(arguments["data"])
            return {"news": forged}

        monkeypatch.setattr(exam_parts, "_exam", sent)
        app = open_page("exam", meeting=world.meeting_id, seat=world.ada_token)
        own = world.services.admission.by_pass(given[-1]["pass"], SITS)
        assert own.participant_id == world.ada.id
        assert not app.exception


@pytest.mark.parametrize("forged", ["examiner", {"state": "ready"}, ["ready"], 1])
def test_equipment_that_reports_nonsense_is_not_ready(world, monkeypatch, forged):
    with probes.one():
        _, token = world.services.join(world.meeting_id, "Cy", "v1")
        monkeypatch.setattr(exam_parts, "_devices", lambda **_: {"state": forged})
        app = open_page("exam", meeting=world.meeting_id, seat=token)
        begin = next(button for button in app.button if button.label == "Begin exam")
        assert begin.disabled


def test_a_revoked_link_closes_the_page_that_is_open(world):
    examiner = world.capabilities["examiner"]
    secret = world.services.office.make_link(examiner, world.capabilities["reviewer"].role)
    app = open_page("desk", meeting=world.meeting_id, key=secret)
    assert TITLE in drawn(app)
    made = world.services.admission.by_secret(READS, world.meeting_id, secret)
    world.services.office.revoke(examiner, made.id)
    app.run()
    assert TITLE not in drawn(app)
    assert "does not open a desk" in drawn(app)
