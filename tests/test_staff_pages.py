"""Sign-in for staff on the pages: what each role is shown, and everybody else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import streamlit.user_info
from making import at, make_meeting
from signing import claims, write_secrets
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring.access.staff import SIGNED_IN_FOR_S
from proctoring.types import Role, Staff, StaffRole

ENTRY = str(Path(__file__).parent.parent / "pages" / "_navigation.py")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """A server whose staff are these."""
    write_secrets(tmp_path)
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
    assert "nobody is on the list of staff" in drawn(app)
    assert labels(app) == []
    assert not app.text_input


def add(services, role, entry="ann@uni.example"):
    services.store.save_staff(Staff(entry, role, at(0)))


@pytest.mark.parametrize("role", StaffRole)
def test_only_an_examiner_of_the_list_makes_exams_and_manages_them(start, role):
    services = start("")
    add(services, role)
    opened = make_meeting(services, title="Algebra")
    link = {"meeting": opened.meeting.id, "key": opened.examiner_secret}
    home, manage = open_app("", user()), open_app("manage", user(), **link)
    if role is StaffRole.EXAMINER:
        assert "Create exam" in labels(home)
        assert "Algebra" in drawn(manage)
        return
    for app in (home, manage):
        assert labels(app) == ["Sign out"]
        assert "does not make them" in drawn(app)
        assert "Algebra" not in drawn(app)
        assert "let in" not in app.session_state


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        (StaffRole.EXAMINER, {Role.EXAMINER, Role.PROCTOR, Role.REVIEWER}),
        (StaffRole.PROCTOR, {Role.PROCTOR, Role.REVIEWER}),
        (StaffRole.REVIEWER, {Role.REVIEWER}),
    ],
)
def test_a_desk_opens_by_the_links_that_are_for_the_role(start, role, opens):
    services = start("")
    add(services, role, "@uni.example")
    opened = make_meeting(services, title="Algebra")
    bearer = services.admission.by_secret(
        frozenset({Role.EXAMINER}), opened.meeting.id, opened.examiner_secret, "127.0.0.1"
    )
    secrets = {
        Role.EXAMINER: opened.examiner_secret,
        Role.PROCTOR: opened.proctor_secret,
        Role.REVIEWER: services.office.make_link(bearer, Role.REVIEWER),
    }
    for of, secret in secrets.items():
        app = open_app("desk", user(), meeting=opened.meeting.id, key=secret)
        assert ("Algebra" in drawn(app)) is (of in opens)
        assert ("let in" in app.session_state) is (of in opens)
        assert ("does not open a desk" in drawn(app)) is (of not in opens)


def test_who_is_taken_off_the_list_is_out_without_a_restart(start, monkeypatch):
    monkeypatch.setattr("proctoring.access.staff.ASKED_EVERY_S", 0.0)
    services = start("")
    add(services, StaffRole.EXAMINER)
    add(services, StaffRole.EXAMINER, "eve@uni.example")
    app = open_app("", user())
    assert "Create exam" in labels(app)
    services.store.remove_staff("ann@uni.example")
    assert labels(app.run()) == ["Sign out"]
    add(services, StaffRole.REVIEWER)
    assert "reviews exams, and does not make them" in drawn(app.run())


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
