"""The examiner's acts and page: links that end, holds, erasures, and a log that tells of them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from making import GREY, make_meeting, occurrence
from passes import capability_of
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring import evidence
from proctoring.access.tokens import MANAGES, READS, SITS, WATCHES, Refused
from proctoring.audit import chain, events
from proctoring.audit.events import done
from proctoring.audit.journal import Journal
from proctoring.store import Rejected, StoreError
from proctoring.types import Role
from proctoring.ui.manage import say_event, verdict_of_chain, words_of

ENTRY = str(Path(__file__).parent.parent / "pages" / "_navigation.py")


@pytest.fixture
def services(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    proctoring.server.services.cache_clear()
    services = proctoring.server.services()
    yield services
    services.close()
    proctoring.server.services.cache_clear()


@pytest.fixture
def opened(services):
    return make_meeting(services, title="Algebra")


@pytest.fixture
def examiner(services, opened):
    return capability_of(services, Role.EXAMINER, opened.meeting.id)


def actions(services, meeting_id, actor=None):
    entries = services.store.audit_log(meeting_id)
    assert chain.broken_at(entries) is None
    return [e.event.action for e in entries if actor is None or e.event.actor == actor]


# --- acts --------------------------------------------------------------------------------------


def test_a_new_proctor_link_is_the_only_one_and_reviewers_keep_theirs(services, opened, examiner):
    review = services.office.make_link(examiner, Role.REVIEWER)
    again = services.office.replace_links(examiner, Role.PROCTOR)
    of = opened.meeting.id
    assert services.admission.by_secret(WATCHES, of, again)
    assert services.admission.by_secret(READS, of, review)
    assert services.admission.by_secret(READS, of, opened.proctor_secret) is None
    assert actions(services, of, examiner.id) == ["asked.link", "asked.link", "asked.revoke"]
    assert events.CAPABILITY_REVOKED in actions(services, of, events.SERVER)


def test_a_manage_link_can_be_replaced_by_itself(services, opened, examiner):
    secret = services.office.replace_links(examiner, Role.EXAMINER)
    now = services.admission.by_secret(MANAGES, opened.meeting.id, secret)
    assert now
    with pytest.raises(Refused):
        services.office.hold(examiner, "too late")
    services.office.hold(now, "appeal")


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.REVIEWER])
def test_nobody_else_does_what_an_examiner_does(services, opened, examiner, role):
    if role is Role.REVIEWER:
        services.office.make_link(examiner, role)
    bearer = capability_of(services, role, opened.meeting.id)
    ada, _ = services.join(opened.meeting.id, "Ada", "v1")
    pretended = replace(bearer, role=Role.EXAMINER)  # what the store says counts
    for who in (bearer, pretended):
        for act in (
            lambda who=who: services.office.make_link(who, Role.EXAMINER),
            lambda who=who: services.office.replace_links(who, Role.PROCTOR),
            lambda who=who: services.office.revoke(who, examiner.id),
            lambda who=who: services.office.hold(who, "mine"),
            lambda who=who: services.office.release(who),
            lambda who=who: services.office.erase(who, ada.id, "mine"),
            lambda who=who: services.office.export(who, ada.id),
        ):
            with pytest.raises(Refused):
                act()
    assert services.store.participant(ada.id).name == "Ada"


def test_an_examiner_acts_in_their_own_exam_alone(services, opened, examiner):
    other = make_meeting(services)
    eve, _ = services.join(other.meeting.id, "Eve", "v1")
    stranger = capability_of(services, Role.PROCTOR, other.meeting.id)
    with pytest.raises(Refused):
        services.office.revoke(examiner, stranger.id)
    with pytest.raises(Refused):
        services.office.erase(examiner, eve.id, "not mine")
    with pytest.raises(Refused):
        services.office.export(examiner, eve.id)
    assert actions(services, other.meeting.id, examiner.id) == []


def test_an_export_has_what_is_kept_opened_and_is_logged_by_who_made_it(services, opened, examiner):
    ada, _ = services.join(opened.meeting.id, "Ada", "v1")
    services.join(opened.meeting.id, "Bob", "v1")
    seen = occurrence(meeting_id=ada.meeting_id, participant_id=ada.id)
    picture = evidence.picture(seen.id, datetime.now(UTC), GREY, ())
    services.store.save_occurrence(seen)
    services.store.save_evidence(picture)
    services.office.hold(examiner, "appeal")  # which stops no export
    made = services.office.export(examiner, ada.id)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.read(f"pictures/{picture.id}.jpg") == picture.data
        about = archive.read("participant.json").decode()
    assert "Ada" in about
    assert "Bob" not in about
    last = services.store.audit_log(opened.meeting.id)[-1].event
    assert (last.actor, last.action, last.subject) == (examiner.id, events.EXPORTED, ada.id)
    services.office.release(examiner)
    services.office.erase(examiner, ada.id, "asked for it")
    services.office.export(examiner, ada.id)  # what is left has no name in it


def test_erasing_ends_the_exam_and_takes_name_picture_and_seat(services, opened, examiner):
    ada, token = services.join(opened.meeting.id, "Ada", "v1")
    services.open_page(ada.id)
    seen = occurrence(meeting_id=ada.meeting_id, participant_id=ada.id)
    picture = evidence.picture(seen.id, datetime.now(UTC), GREY, ())
    services.store.save_occurrence(seen)
    services.store.save_evidence(picture)
    services.office.hold(examiner, "appeal")
    with pytest.raises(Rejected, match="appeal"):
        services.office.erase(examiner, ada.id, "asked for it")
    assert services.seat(ada.id), "nothing has happened"
    services.office.release(examiner)
    services.office.erase(examiner, ada.id, "asked for it")
    assert services.store.participant(ada.id).name == ""
    assert services.seat(ada.id) is None
    assert services.admission.by_secret(SITS, ada.meeting_id, token) is None
    with pytest.raises(StoreError):
        services.store.evidence(picture.id)
    done_by_examiner = actions(services, ada.meeting_id, examiner.id)
    assert done_by_examiner == ["hold.set", "hold.released", "asked.erase"]
    assert events.PARTICIPANT_ERASED in actions(services, ada.meeting_id)
    assert services.writer.problem == ""


def test_the_log_tells_of_a_desk_once_an_hour_and_of_no_name_or_secret(services, opened, examiner):
    ada, token = services.join(opened.meeting.id, "Ada Lovelace", "v1")
    services.open_page(ada.id)
    for _ in range(3):
        services.desks.log(capability_of(services, Role.PROCTOR, opened.meeting.id))
    services.finish(ada.id, "submitted")
    entries = services.store.audit_log(opened.meeting.id)
    assert [e.event.action for e in entries].count(events.DESK_OPENED) == 1
    text = repr(entries)
    for secret in ("Lovelace", token, opened.proctor_secret, opened.examiner_secret):
        assert secret not in text
    assert {"participant.started", "participant.finished"} <= {e.event.action for e in entries}


def test_what_cannot_be_logged_now_is_logged_later_in_its_order(services, opened, monkeypatch):
    journal, store = Journal(services.store), services.store
    of, append = opened.meeting.id, store.append_audit

    def fail(event):
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "append_audit", fail)
    first, second = (done(of, "server", "tried", name) for name in ("1", "2"))
    journal.write(first)
    monkeypatch.setattr(store, "append_audit", append)
    journal.write(second)
    assert [e.event for e in store.audit_log(of)][-2:] == [first, second]


# --- words -------------------------------------------------------------------------------------


def test_a_log_that_was_changed_is_said_to_be(services, opened):
    entries = services.store.audit_log(opened.meeting.id)
    is_whole, words = verdict_of_chain(entries)
    assert is_whole
    assert entries[-1].hash in words
    forged = [*entries[:1], replace(entries[1], hash="0" * 64), *entries[2:]]
    is_whole, words = verdict_of_chain(forged)
    assert not is_whole
    assert "entry 2" in words


def test_entries_are_said_in_words_and_unknown_ones_as_they_are(services, opened, examiner):
    ada, _ = services.join(opened.meeting.id, "{name} <b>", "v1")
    store = services.store
    words = words_of(store.capabilities(opened.meeting.id), store.participants(opened.meeting.id))
    of = opened.meeting.id
    began = done(of, "server", "participant.started", ada.id)
    assert say_event(began, words) == "{name} <b> began"
    asked = done(of, examiner.id, "asked.revoke", examiner.id)
    assert say_event(asked, words) == "Asked to revoke manage link 1"
    paused = done(of, "x", "act.pause", "s", "an id")
    assert say_event(paused, {"s": "Ann"}) == "Paused the exam of Ann"
    assert say_event(done(of, "x", "new.thing", "s", "{0}"), words) == "New.thing s {0}"


# --- the page ----------------------------------------------------------------------------------


def open_page(opened, secret=None):
    app = AppTest.from_file(ENTRY, default_timeout=20)
    app.query_params["meeting"] = opened.meeting.id
    app.query_params["key"] = secret or opened.examiner_secret
    app._page_hash = calc_hash("manage")  # switch_page() knows files, not addresses
    app.run()
    assert not app.exception
    return app


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def drawn(app):
    return "\n".join(str(getattr(node, "proto", "")) for node in app._tree)


def test_the_page_makes_a_new_proctor_link_after_asking(services, opened):
    app = press(open_page(opened), "New proctor link")
    assert services.admission.by_secret(WATCHES, opened.meeting.id, opened.proctor_secret)
    press(app, "Cancel")
    press(app, "New proctor link")
    press(app, "Make it")
    assert services.admission.by_secret(WATCHES, opened.meeting.id, opened.proctor_secret) is None
    role, secret = app.session_state["made"]
    assert role is Role.PROCTOR
    assert services.admission.by_secret(WATCHES, opened.meeting.id, secret)
    assert secret not in drawn(press(app, "I have copied it"))


def test_a_reviewer_link_ends_with_its_day(services, opened):
    app = press(press(open_page(opened), "New reviewer link"), "Make it")
    _, secret = app.session_state["made"]
    found = services.admission.by_secret(READS, opened.meeting.id, secret)
    assert found.role is Role.REVIEWER
    left = found.expires_at - datetime.now(UTC)
    assert 30 <= left.days <= 31
    assert found.expires_at.astimezone(ZoneInfo("UTC")).strftime("%H:%M") == "00:00"


def test_replacing_the_manage_link_goes_on_with_the_new_one(services, opened):
    app = press(press(open_page(opened), "Replace this manage link"), "Replace it")
    _, secret = app.session_state["made"]
    assert app.query_params["key"] in (secret, [secret])
    assert "Algebra" in drawn(app)
    assert "does not manage" in drawn(open_page(opened))
    assert "Algebra" in drawn(open_page(opened, secret))


def test_a_hold_needs_a_reason_and_stops_erasing(services, opened):
    services.join(opened.meeting.id, "Ada", "v1")
    app = press(open_page(opened), "Put on hold")
    assert "Say why" in app.error[0].value
    app.text_input[0].input("Appeal 7")
    press(app, "Put on hold")
    assert services.store.held(opened.meeting.id) == "Appeal 7"
    assert "Erase" not in [button.label for button in app.button]
    press(press(app, "Release the hold"), "Release it")
    assert services.store.held(opened.meeting.id) == ""


def about_to_erase(opened):
    """The page with all filled in but the last press."""
    app = press(open_page(opened), "Erase")
    next(
        field
        for field in app.text_input
        if field.label == "Reason" and field.placeholder == "Asked for it"
    ).input("Asked")
    next(box for box in app.checkbox if "undone" in box.label).check()
    app.run()
    return app


def test_erasing_takes_a_reason_and_a_second_step(services, opened):
    ada, _ = services.join(opened.meeting.id, "Ada", "v1")
    asked = press(open_page(opened), "Erase")
    assert next(button for button in asked.button if button.label == "Erase for good").disabled
    app = about_to_erase(opened)
    press(app, "Erase for good")
    assert services.store.participant(ada.id).erased_at is not None
    assert "Ada" not in drawn(app)


def test_a_hold_that_came_meanwhile_stops_erasing_and_is_told(services, opened, examiner):
    ada, _ = services.join(opened.meeting.id, "Ada", "v1")
    app = about_to_erase(opened)
    services.office.hold(examiner, "Appeal 8")
    press(app, "Erase for good")
    assert "Appeal 8" in app.error[0].value
    assert services.store.participant(ada.id).erased_at is None


def test_the_page_offers_an_export_of_each_candidate_who_is_not_erased(services, opened, examiner):
    ada, _ = services.join(opened.meeting.id, "Ada", "v1")
    services.join(opened.meeting.id, "Bob", "v1")
    services.office.erase(examiner, ada.id, "asked for it")
    services.office.hold(examiner, "appeal")
    app = open_page(opened)
    assert [b.label for b in app.button if b.label in ("Export", "Erase")] == ["Export"]
    press(app, "Export")
    assert "Export what is kept of Bob" in drawn(app)
    assert events.EXPORTED not in actions(services, opened.meeting.id), "nothing was asked for yet"
    press(app, "Close")
    assert "Export what is kept of Bob" not in drawn(app)


def test_a_page_whose_link_was_revoked_meanwhile_does_nothing_more(services, opened, examiner):
    app = press(open_page(opened), "New proctor link")
    services.store.revoke(examiner.id, datetime.now(UTC))
    app.run()
    assert "does not manage an exam" in drawn(app)
    assert services.admission.by_secret(WATCHES, opened.meeting.id, opened.proctor_secret)
