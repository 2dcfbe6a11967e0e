"""The examiner's pages: policy, list of exams, invitations; and the door of a personal link."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit_webrtc.component
import streamlit_webrtc.shutdown
from making import make_meeting
from passes import capability_of
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring.office import invitations, lists, policies
from proctoring.office.guests import Guest
from proctoring.office.lists import set_state
from proctoring.policy.presets import PRESETS
from proctoring.types import Role

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


@pytest.fixture
def opened(services):
    return make_meeting(services, title="Algebra", signals=("faces", "gaze", "objects", "page"))


@pytest.fixture
def examiner(services, opened):
    return capability_of(services, Role.EXAMINER, opened.meeting.id)


def open_page(page, **query):
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app._page_hash = calc_hash(page)  # switch_page() knows files, not addresses
    app.run()
    assert not app.exception
    return app


def said(app):
    return "\n".join(str(node.proto) for node in app._tree if hasattr(node, "proto"))


# --- the policy ----------------------------------------------------------------------------------


def test_the_policy_page_changes_limits_with_what_was_measured_beside_them(services, opened):
    app = open_page("policy", meeting=opened.meeting.id, key=opened.examiner_secret)
    assert "At this setting 100" in said(app)
    assert "Not measured at this setting" not in said(app)
    app.radio[0].set_value("strict").run()
    assert "Not measured at this setting" in said(app)
    app.selectbox[0].set_value("looking_away").run()
    app.number_input[0].set_value(0.6).run()
    app.checkbox[2].uncheck().run()
    app.button(key="save-policy").click().run()
    assert not app.exception
    assert [one.value for one in app.success] == ["Saved."]
    now = services.store.meeting(opened.meeting.id)
    assert now.preset == "strict"
    assert now.policy.thresholds == ("looking_away.enter_at=0.6",)
    assert len(now.signals) == len(opened.meeting.signals) - 1
    assert "version 2" in said(app)


def test_a_frozen_policy_says_so_and_shows_the_way_on(services, opened, examiner):
    services.join(opened.meeting.id, "Ada", "1")
    app = open_page("policy", meeting=opened.meeting.id, key=opened.examiner_secret)
    assert app.info[0].value.startswith("Frozen at version 1")
    assert [b.label for b in app.button if b.key == "ask-copy"] == [
        "Copy this exam with this policy"
    ]
    assert "save-policy" not in [b.key for b in app.button]


def test_saving_what_was_frozen_meanwhile_is_refused_with_a_sentence(services, opened):
    app = open_page("policy", meeting=opened.meeting.id, key=opened.examiner_secret)
    app.radio[0].set_value("lenient").run()
    services.join(opened.meeting.id, "Ada", "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "is_frozen", lambda _: False)  # as the page saw it before
        app.button(key="save-policy").click().run()
    assert "it stays as it is for all" in app.error[0].value
    assert services.store.meeting(opened.meeting.id).preset == "standard"


def test_a_policy_that_has_a_name_is_taken_over_from_another_exam_on_the_list(
    services, opened, examiner
):
    strict = policies.written(opened.meeting)
    strict = type(strict)(strict.policy, strict.signals, PRESETS["strict"])
    policies.change(services.office, examiner, strict, "For law")
    other = make_meeting(services, title="Law II")
    lists.put_on(services.store, opened.meeting.id, lists.owner_of_secret("mine"))
    app = open_page("policy", meeting=other.meeting.id, key=other.examiner_secret)
    app.session_state["office"] = "mine"
    app.run()
    app.selectbox(key="named-policy").set_value(0).run()
    app.button(key="take-named").click().run()
    app.button(key="save-policy").click().run()
    assert not app.exception
    assert services.store.meeting(other.meeting.id).preset == "strict"


# --- the list ------------------------------------------------------------------------------------


def test_the_list_opens_for_its_link_alone_and_shows_its_exams(services, opened):
    lists.put_on(services.store, opened.meeting.id, lists.owner_of_secret("mine"))
    make_meeting(services, title="Somebody else’s")
    app = open_page("office", key="mine")
    assert "Algebra" in said(app)
    assert "Somebody else" not in said(app)
    app.button(key=f"archive-{opened.meeting.id}").click().run()
    assert "No exam is like that." in said(app)
    assert lists.is_archived(services.store, opened.meeting.id)
    closed = open_page("office", key="other")
    assert "Algebra" not in said(closed)
    assert "opens no list" in said(closed)


def test_replacing_the_lists_link_ends_the_old_one(services, opened):
    lists.put_on(services.store, opened.meeting.id, lists.owner_of_secret("mine"))
    app = open_page("office", key="mine")
    next(b for b in app.button if b.label.startswith("Replace")).click().run()
    key = app.query_params["key"]
    key = key if isinstance(key, str) else key[0]
    assert key != "mine"
    assert "opens no list" in said(open_page("office", key="mine"))
    assert "Algebra" in said(open_page("office", key=key))


# --- invitations ---------------------------------------------------------------------------------


def test_the_manage_page_reads_a_list_invites_and_shows_the_links_once(services, opened):
    app = open_page("manage", meeting=opened.meeting.id, key=opened.examiner_secret)
    assert not any("List of candidates" in one.label for one in app.file_uploader)
    app.session_state["invite-list"] = True  # it is opened
    app.run()
    uploader = next(one for one in app.file_uploader if "List of candidates" in one.label)
    uploader.upload("c.csv", b"name;id\nAda;1\n;2\n", "text/csv").run()
    assert "Line 3: the name is missing" in app.error[0].value.replace("\\", "")
    assert "invite" not in [b.key for b in app.button]
    uploader = next(one for one in app.file_uploader if "List of candidates" in one.label)
    uploader.set_value(("d.csv", "name;id\nAda;1\nZoë;2\n".encode(), "text/csv")).run()
    app.button(key="invite").click().run()
    assert not app.exception
    assert len(services.store.invited(opened.meeting.id)) == 2
    assert "2 personal links were made" in app.success[0].value
    next(b for b in app.button if b.label == "I have kept them").click().run()
    assert "not here yet" in said(app)
    again = open_page("manage", meeting=opened.meeting.id, key=opened.examiner_secret)
    assert "personal links were made" not in said(again)


def test_a_personal_link_has_the_name_set_and_joins_as_nobody_else(services, opened, examiner):
    ((ada, secret),) = invitations.invite(services.office, examiner, [Guest("Ada Lovelace")])
    app = open_page("exam", meeting=opened.meeting.id, personal=secret)
    assert "Ada Lovelace" in said(app)
    assert not app.text_input
    app.checkbox[0].check()
    next(b for b in app.button if "Continue" in b.label).click().run()
    assert not app.exception
    (person,) = services.store.participants(opened.meeting.id)
    assert (person.id, person.name) == (ada.id, "Ada Lovelace")
    assert secret in app.query_params["seat"]
    other = open_page("exam", meeting=opened.meeting.id, personal=secret)
    assert other.session_state["visit"].bearer.participant_id == ada.id, "on another device"


def test_without_a_personal_link_the_door_is_closed_where_one_is_needed(services, opened, examiner):
    set_state(services.office, examiner, invited_only=True)
    app = open_page("exam", meeting=opened.meeting.id)
    assert "opens by a personal link" in said(app)
    assert not app.text_input
