"""Sign-in for staff: who counts, for how long, and what everybody else is shown."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import streamlit.user_info
from making import make_meeting
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring.access.staff import SIGNED_IN_FOR_S, SignedOut, Standing, standing
from proctoring.settings import PREFIX, Settings, SettingsError

ENTRY = str(Path(__file__).parent.parent / "pages" / "_navigation.py")
AUTH = {
    "redirect_uri": "https://exams.example/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "openproctor",
    "client_secret": "very secret",
    "server_metadata_url": "https://login.example/.well-known/openid-configuration",
}
STAFF = frozenset({"ann@uni.example", "@exams.uni.example"})
NOW = 1_800_000_000.0


def read(listed, auth=AUTH):
    secrets = {} if auth is None else {"auth": auth}
    return Settings.read({PREFIX + "STAFF": listed}, secrets).staff


def claims(**changes):
    values = {
        "is_logged_in": True,
        "iss": "https://login.example",
        "sub": "1",
        "iat": int(NOW),
        "email": "ann@uni.example",
        "email_verified": True,
    }
    return values | changes


# --- settings ------------------------------------------------------------------------------


def test_without_a_provider_nobody_signs_in():
    assert read("", auth=None) is None
    assert Settings.read({}).staff is None


def test_staff_are_addresses_and_domains():
    assert read(" Ann@Uni.example , @exams.uni.example,, ") == STAFF


def test_with_a_provider_and_no_list_nobody_is_staff():
    assert read("") == frozenset()


@pytest.mark.parametrize(
    ("listed", "auth", "says"),
    [
        ("ann@uni.example", None, "no section"),
        ("uni.example", AUTH, "uni.example"),
        ("ann@uni.example eve@x.example", AUTH, "addresses or domains"),
        ("änn@uni.example", AUTH, "addresses or domains"),
        ("@", AUTH, "addresses or domains"),
        ("", {}, "lacks redirect_uri"),
        ("", "on", "lacks redirect_uri"),
        ("", AUTH | {"client_secret": ""}, "lacks client_secret"),
        ("", AUTH | {"cookie_secret": "xxx"}, "cookie_secret"),
        ("", AUTH | {"redirect_uri": "https://exams.example/"}, "redirect_uri"),
        ("", AUTH | {"server_metadata_url": "http://login.example/"}, "server_metadata_url"),
    ],
)
def test_what_would_only_look_closed_is_refused_at_the_start(listed, auth, says):
    with pytest.raises(SettingsError, match=says) as refused:
        read(listed, auth)
    assert PREFIX + "STAFF" in str(refused.value)
    assert "very secret" not in str(refused.value)
    assert "xxx" not in str(refused.value)


# --- who counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email", ["ann@uni.example", "Ann@UNI.example", "bo@exams.uni.example", "b+x@EXAMS.uni.example"]
)
def test_who_is_listed_is_staff(email):
    assert standing(claims(email=email), STAFF, NOW) is Standing.STAFF


@pytest.mark.parametrize(
    "email",
    [
        "eve@uni.example",
        "ann@exam.uni.example",
        "ann@sub.exams.uni.example",
        "ann@uni.example.evil.example",
        "eve@evil.example@exams.uni.example",
        "@exams.uni.example",
        "exams.uni.example",
        "ann@uni.example\n",
        " ann@uni.example",
        "ann@uni.example,x@y.example",
        "bo@exam\u017f.uni.example",  # a long s, which upper case makes an S
        "",
        None,
        True,
        ["ann@uni.example"],
    ],
)
def test_who_is_not_listed_is_a_stranger(email):
    assert standing(claims(email=email), STAFF, NOW) is Standing.STRANGER


def test_an_address_of_another_alphabet_is_nobody_elses():
    look_alike = "\u212aai@uni.example"  # the Kelvin sign, in lower case a plain k
    assert look_alike.lower() == "kai@uni.example"
    assert standing(claims(email=look_alike), frozenset({"kai@uni.example"}), NOW) is (
        Standing.STRANGER
    )


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, "yes"])
def test_an_address_counts_only_if_the_provider_says_that_it_verified_it(verified):
    assert standing(claims(email_verified=verified), STAFF, NOW) is Standing.UNVERIFIED
    unsaid = claims()
    del unsaid["email_verified"]
    assert standing(unsaid, STAFF, NOW) is Standing.UNVERIFIED


def test_a_sign_in_ends_with_its_time_and_one_without_a_time_never_begins():
    later = NOW + SIGNED_IN_FOR_S
    assert standing(claims(), STAFF, later) is Standing.STAFF
    assert standing(claims(), STAFF, later + 1) is Standing.NOBODY
    for unknown in (None, "", str(NOW)):
        assert standing(claims(iat=unknown), STAFF, NOW) is Standing.NOBODY


@pytest.mark.parametrize("said", [{}, {"is_logged_in": False}, claims(is_logged_in="yes")])
def test_who_has_not_signed_in_is_nobody(said):
    assert standing(said, STAFF, NOW) is Standing.NOBODY


def test_signing_out_ends_this_sign_in_and_earlier_ones_of_the_same_account_alone():
    out = SignedOut()
    out.add(claims(iat=NOW), NOW + 60)
    assert claims(iat=NOW) in out
    assert claims(iat=NOW - 5) in out
    assert claims(iat=NOW + 1) not in out, "signed in again"
    assert claims(sub="2") not in out
    assert claims(iss="https://other.example") not in out
    out.add(claims(iat=NOW - 5), NOW + 61)
    assert claims(iat=NOW) in out, "an older tab, which signs out later, takes nothing back"


def test_what_is_over_anyway_is_not_remembered():
    out = SignedOut()
    out.add(claims(sub="1"), NOW)
    out.add(claims(sub="2", iat=NOW + SIGNED_IN_FOR_S + 1), NOW + SIGNED_IN_FOR_S + 1)
    assert len(out._until) == 1


# --- pages ---------------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path, monkeypatch):
    """A server whose staff are these."""
    (tmp_path / ".streamlit").mkdir()
    lines = [f'{name} = "{value}"' for name, value in AUTH.items()]
    (tmp_path / ".streamlit" / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    # Streamlit would keep these secrets for the tests of other files; `user` says what it would.
    monkeypatch.setattr(streamlit.user_info, "get_secrets_auth_section", dict)
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path / "data"))
    begun = []

    def start(staff="ann@uni.example"):
        monkeypatch.setenv("OPENPROCTOR_STAFF", staff)
        proctoring.server.services.cache_clear()
        begun.append(proctoring.server.services())
        return begun[-1]

    yield start
    for services in begun:
        services.close()
    proctoring.server.services.cache_clear()


def user(**changes):
    return claims(iat=int(time.time()), **changes)


def open_app(page, user, **query):
    app = AppTest.from_file(ENTRY, default_timeout=20)
    app.user = user
    for name, value in query.items():
        app.query_params[name] = value
    app._page_hash = calc_hash(page)
    app.run()
    assert not app.exception
    return app


def drawn(app):
    return "\n".join(str(getattr(node, "proto", "")) for node in app._tree)


def labels(app):
    return [button.label for button in app.button]


def test_home_asks_strangers_to_sign_in_and_offers_nothing_else(start):
    start()
    app = open_app("", {"is_logged_in": False})
    assert labels(app) == ["Sign in"]
    assert not app.text_input


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": "eve@uni.example"}, "can add the address"),
        ({"email_verified": False}, "has verified this address"),
        ({"email": "<b>*eve*</b>"}, "can add the address"),
    ],
)
@pytest.mark.parametrize("page", ["", "desk", "manage"])
def test_whoever_is_not_staff_is_told_so_and_can_only_sign_out(start, page, changes, says):
    opened = make_meeting(start(), title="Algebra")
    link = {"meeting": opened.meeting.id, "key": opened.examiner_secret}
    app = open_app(page, user(**changes), **link)
    assert says in drawn(app)
    assert "<b>" not in drawn(app)
    assert "Algebra" not in drawn(app)
    assert labels(app) == ["Sign out"]
    assert "let in" not in app.session_state


def test_staff_make_exams_and_see_as_whom(start):
    services = start()
    app = open_app("", user())
    assert "Signed in as ann@uni.example" in drawn(app)
    app.text_input[0].input("Statistics")
    next(button for button in app.button if button.label == "Create exam").click().run()
    assert services.store.meeting(app.session_state["created"].meeting.id).title == "Statistics"


def test_the_address_of_staff_is_text(start):
    start("@uni.example")
    app = open_app("", user(email="<b>*ann*</b>@uni.example"))
    assert "Create exam" in labels(app)
    assert "&lt;b&gt;*ann*&lt;/b&gt;@uni.example" in drawn(app)


@pytest.mark.parametrize("page", ["desk", "manage"])
def test_a_desk_and_a_manage_page_need_the_link_and_the_sign_in(start, page):
    opened = make_meeting(start(), title="Algebra")
    link = {"meeting": opened.meeting.id, "key": opened.examiner_secret}
    assert "Algebra" in drawn(open_app(page, user(), **link))
    assert "Algebra" not in drawn(open_app(page, user(), **(link | {"key": "wrong"})))
    for nobody in ({}, {"is_logged_in": False}, claims(iat=int(time.time() - SIGNED_IN_FOR_S - 9))):
        app = open_app(page, nobody, **link)
        assert labels(app) == ["Sign in"]
        assert "Algebra" not in drawn(app)
        assert "let in" not in app.session_state


def test_signing_out_ends_the_tab_and_every_other_one_at_once(start):
    start()
    ann = user(sub="signs out")
    app, other = open_app("", ann), open_app("", ann)
    next(button for button in app.button if button.label == "Sign out").click().run()
    assert labels(app.run()) == ["Sign in"]
    assert labels(other.run()) == ["Sign in"]
    assert labels(open_app("", ann)) == ["Sign in"], "with a copy of the cookie"


def test_a_list_that_names_nobody_is_said_to_the_operator(start):
    start("")
    app = open_app("", user())
    assert "OPENPROCTOR_STAFF names nobody" in drawn(app)
    assert labels(app) == []
    assert not app.text_input


@pytest.mark.parametrize("page", ["", "desk", "manage"])
def test_a_provider_that_streamlit_alone_knows_opens_nothing(start, tmp_path, page):
    (tmp_path / ".streamlit" / "secrets.toml").unlink()
    opened = make_meeting(start(""), title="Algebra")
    link = {"meeting": opened.meeting.id, "key": opened.examiner_secret}
    for said in ({"is_logged_in": False}, user()):
        app = open_app(page, said, **link)
        assert "half set up" in drawn(app)
        assert "Algebra" not in drawn(app)
        assert labels(app) == []


def test_candidates_never_sign_in(start):
    opened = make_meeting(start())
    app = open_app("exam", {"is_logged_in": False}, meeting=opened.meeting.id)
    assert "Continue" in labels(app)
    assert "Sign in" not in labels(app)
