"""The review desk's routes: who may ask, what is kept, and what a reviewer must not be told."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from making import GREY, make_meeting, occurrence
from passes import candidate_pass, staff_pass
from reviewing import TO_DECIDE, sit
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring import evidence
from proctoring.access import tokens
from proctoring.api import review
from proctoring.ids import new_id
from proctoring.review.verdicts import is_sampled, verdicts
from proctoring.types import Act, Category, CoverageSpan, Measured, Notice, Role, Severity

MINUTE = timedelta(minutes=1)


class World:
    """A candidate who has finished after an hour, and what was observed of them."""

    def __init__(self, services):
        self.services, self.store = services, services.store
        self.meeting, self.proctor_secret = make_meeting(services, title="Secret history")[:2]
        self.ada = services.join(self.meeting.id, "Ada Lovelace", "v1")[0]
        self.start = datetime.now(UTC) - timedelta(hours=1)
        self.store.start(self.ada.id, self.start)
        self.store.finish(self.ada.id, self.start + 60 * MINUTE, "submitted")
        self.reviewers = [self.link(Role.REVIEWER) for _ in range(3)]
        self.client = TestClient(Starlette(routes=review.routes(services)))

    def link(self, role, meeting=None):
        of = (meeting or self.meeting).id
        made = tokens.capability(role, of, tokens.new_secret())
        self.store.add_capability(made)
        return made

    def observe(self, minute, kind="multiple_faces", seconds=6, sampled=None, **changes):
        """At least a minute from another: an item of its own."""
        at = self.start + minute * MINUTE
        ids = (str(uuid.uuid4()) for _ in itertools.count())
        own = next(i for i in ids if sampled is None or is_sampled(i) == sampled)
        found = occurrence(
            id=own,
            meeting_id=self.meeting.id,
            participant_id=self.ada.id,
            kind=kind,
            opened_at=at,
            last_seen_at=at + timedelta(seconds=seconds),
            closed_at=at + timedelta(seconds=seconds),
            **changes,
        )
        self.store.save_occurrence(found)
        return found

    def cover(self, *signals, state=Measured.MEASURED, start=0, end=60):
        times = self.start + start * MINUTE, self.start + end * MINUTE
        spans = [CoverageSpan(new_id(), self.ada.id, name, state, "", *times) for name in signals]
        self.store.save_coverage(spans)

    def act(self, kind, minute, actor="the server", role="server", **content):
        at = self.start + minute * MINUTE
        text = json.dumps(content)
        self.store.save_act(Act(new_id(), self.ada.id, at, actor, role, kind, text))

    def ask(self, path, who, method="GET", **options):
        token = who if isinstance(who, str) else self.services.admission.make_pass(who)
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.request(method, f"/api/review/{path}", headers=headers, **options)

    def see(self, who):
        found = self.ask(f"candidate/{self.ada.id}", who)
        assert found.status_code == 200, found.text
        return found.json()

    def list(self, who):
        return self.ask(f"meeting/{self.meeting.id}", who).json()

    def say(self, who, **said):
        values = {"id": str(uuid.uuid4()), "kind": "verdict"} | said
        return self.ask(f"candidate/{self.ada.id}", who, "POST", json=values)

    def decide(self, who, item, decision="confirmed", **said):
        answer = self.say(who, item=item.id, decision=decision, **said)
        assert answer.status_code == 200, answer.text
        return answer.json()["candidate"]


@pytest.fixture
def world(services):
    return World(services)


@pytest.fixture
def settled(monkeypatch):
    """Verdicts settle at once."""
    monkeypatch.setattr("proctoring.review.verdicts.SETTLES_AFTER", timedelta(0))


def only(view):
    (item,) = view["items"]
    return item


# --- who may ask -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.EXAMINER, Role.REVIEWER])
def test_whoever_reads_the_exam_may_decide(world, role):
    seen, who = world.observe(5, sampled=False), world.link(role)
    assert only(world.decide(who, seen))["state"] == "confirmed"
    (act,) = (act for act in world.store.acts(world.ada.id) if act.kind == "verdict")
    assert (act.actor, act.role) == (who.id, role)
    (candidate,) = world.list(who)["candidates"]
    assert candidate["marks"] == ["decided"]


def test_candidates_and_other_meetings_are_told_nothing(world):
    seen = world.observe(5)
    other = make_meeting(world.services, title="Other")[0]
    strangers = [
        candidate_pass(world.services, world.ada),
        staff_pass(world.services, other.id),
        staff_pass(world.services, other.id, Role.EXAMINER),
        "forged." + "x" * 43,
        "",
    ]
    said = {"item": seen.id, "decision": "confirmed"}
    for token in strangers:
        for path in (f"candidate/{world.ada.id}", f"meeting/{world.meeting.id}"):
            answer = world.ask(path, token)
            assert (answer.status_code, answer.text) == (404, "Not found.\n")
        assert world.say(token, **said).status_code == 404
    assert not world.store.acts(world.ada.id)


@pytest.mark.parametrize("name", ["x", "%00", "../meeting", "9" * 3000, str(uuid.uuid4())])
def test_what_is_no_candidate_of_the_exam_is_not_there(world, name):
    assert world.ask(f"candidate/{name}", world.reviewers[0]).status_code == 404


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{}", "x" * 20_000, b"\xff", '{"kind": "verdict", "decision": "confirmed"}'],
    ids=["empty", "list", "null", "nothing", "long", "no text", "of nothing"],
)
def test_what_says_nothing_is_refused(world, body):
    world.observe(5)
    answer = world.ask(f"candidate/{world.ada.id}", world.reviewers[0], "POST", content=body)
    assert answer.status_code == 404
    assert not world.store.acts(world.ada.id)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"decision": "guilty"}, "A verdict is one of"),
        ({"decision": "dismissed"}, "says why"),
        ({"decision": "confirmed", "note": "x" * 1001}, "at most 1000"),
        ({"kind": "note", "note": " "}, "is not empty"),
        ({"item": str(uuid.uuid4()), "decision": "confirmed"}, "changed meanwhile"),
    ],
)
def test_what_cannot_be_kept_is_said_in_a_sentence(world, said, problem):
    seen = world.observe(5)
    answer = world.say(world.reviewers[0], **({"item": seen.id} | said))
    assert answer.status_code == 422
    assert problem in answer.json()["problem"]
    assert not world.store.acts(world.ada.id)


def test_who_was_erased_is_decided_about_no_more(world):
    seen = world.observe(5)
    world.store.erase(world.ada.id, datetime.now(UTC))
    answer = world.say(world.reviewers[0], item=seen.id, decision="confirmed")
    assert answer.status_code == 409
    assert answer.json()["problem"]


# --- what is kept ------------------------------------------------------------------------------


def test_saying_it_again_changes_nothing(world):
    seen, said_id = world.observe(5), str(uuid.uuid4())
    for _ in range(3):
        answer = world.say(world.reviewers[0], id=said_id, item=seen.id, decision="confirmed")
        assert answer.json()["kept"] == said_id
    assert len(world.store.acts(world.ada.id)) == 1


def test_nobodys_id_gets_in_the_way_of_anothers(world):
    seen, said_id = world.observe(5), str(uuid.uuid4())
    for who in world.reviewers:
        world.say(who, id=said_id, item=seen.id, decision="confirmed")
    assert len(verdicts(world.store.acts(world.ada.id))[seen.id]) == 3


def test_a_verdict_is_of_all_that_overlaps(world):
    face = world.observe(5, sampled=False)
    voice = world.observe(5.05, "multiple_speakers", title="More than one voice")
    view = world.decide(world.reviewers[0], face, "dismissed", because="allowed", note="A reader.")
    item = only(view)
    assert [one["state"] for one in item["incidents"]] == ["dismissed", "dismissed"]
    assert verdicts(world.store.acts(world.ada.id)).keys() == {face.id, voice.id}
    (said,) = item["verdicts"]
    assert (said["by"], said["because"], said["note"], said["is_mine"]) == (
        "Reviewer 1",
        "allowed",
        "A reader.",
        True,
    )


def test_the_log_says_that_somebody_decided_and_not_what(world):
    seen = world.observe(5)
    world.decide(world.reviewers[0], seen, "dismissed", because="technical", note="A poster.")
    (entry,) = (
        e.event for e in world.store.audit_log(world.meeting.id) if e.event.action == "act.verdict"
    )
    assert (entry.actor, entry.subject) == (world.reviewers[0].id, world.ada.id)
    assert "poster" not in entry.detail


def test_a_verdict_can_be_taken_back(world):
    seen = world.observe(5)
    world.decide(world.reviewers[0], seen)
    item = only(world.decide(world.reviewers[0], seen, "withdrawn"))
    assert (item["state"], item["verdicts"]) == ("open", [])


def test_a_note_stands_by_its_item_or_by_the_candidate(world):
    seen = world.observe(5, sampled=False)
    world.say(world.reviewers[0], kind="note", item=seen.id, note="Who is this?")
    world.say(world.reviewers[0], kind="note", note="Was calm all the time.")
    view = world.see(world.reviewers[1])
    assert [note["text"] for note in only(view)["notes"]] == ["Who is this?"]
    assert [(n["text"], n["by"]) for n in view["notes"]] == [
        ("Was calm all the time.", "Reviewer 1")
    ]


# --- what a reviewer must not be told ----------------------------------------------------------


def without_times(view):
    return json.dumps(view, sort_keys=True)


def test_who_is_to_decide_unseen_is_told_the_very_same_as_if_nobody_had_decided(world):
    seen = world.observe(5, sampled=True)
    world.cover("face_count", "speaker_count")
    before = without_times(world.see(world.reviewers[1])), world.list(world.reviewers[1])
    world.decide(world.reviewers[0], seen, "dismissed", because="technical", note="A poster.")
    world.say(world.reviewers[0], kind="note", item=seen.id, note="I say it is a poster.")
    after = without_times(world.see(world.reviewers[1])), world.list(world.reviewers[1])
    assert after == before


def test_nor_in_the_answer_to_what_they_say_of_something_else(world):
    blind, open_one = world.observe(5, sampled=True), world.observe(20, sampled=False)
    world.decide(world.reviewers[0], blind, "dismissed", because="technical", note="A poster.")
    view = world.decide(world.reviewers[1], open_one)
    told = next(item for item in view["items"] if item["id"] == blind.id)
    assert (told["state"], told["verdicts"], told["notes"]) == ("open", [], [])
    assert "poster" not in json.dumps(view)


def test_both_see_that_they_disagree_once_both_have_decided(world, settled):
    seen = world.observe(5, sampled=True)
    first = only(world.decide(world.reviewers[0], seen))
    assert first["state"] == "second"
    both = only(world.decide(world.reviewers[1], seen, "dismissed", because="allowed"))
    assert both["state"] == "disagreed"
    assert [one["by"] for one in both["verdicts"]] == ["Reviewer 1", "Reviewer 2"]
    assert only(world.see(world.reviewers[0]))["state"] == "disagreed"
    third = only(world.see(world.reviewers[2]))
    assert (third["state"], third["verdicts"]) == ("open", [])
    last = only(world.decide(world.reviewers[2], seen, "dismissed", because="allowed"))
    assert last["state"] == "dismissed"


def test_a_second_verdict_shows_nothing_while_it_may_be_undone(world):
    seen = world.observe(5, sampled=True)
    world.decide(world.reviewers[0], seen, "dismissed", because="allowed")
    mine = only(world.decide(world.reviewers[1], seen))
    assert (mine["state"], [one["is_mine"] for one in mine["verdicts"]]) == ("second", [True])


def test_the_exam_tells_how_far_reviewers_agree(world, settled):
    for minute, others in ((5, "confirmed"), (20, "withdrawn"), (35, "confirmed")):
        seen = world.observe(minute, f"kind_{minute}", sampled=True)
        world.decide(world.reviewers[0], seen)
        world.decide(world.reviewers[1], seen, others)
    assert world.list(world.reviewers[2])["agreement"] == {"kappa": None, "pairs": 2}


# --- what there is to see ----------------------------------------------------------------------


def test_an_item_says_why_it_is_there_what_was_tested_and_what_the_candidate_says(world):
    seen = world.observe(5)
    world.store.save_evidence(evidence.picture(seen.id, seen.opened_at, GREY, ()))
    world.store.save_notice(Notice(seen.id, seen.opened_at + timedelta(seconds=2)))
    world.act("explanation", 6, role="candidate", incident=seen.id, text="My sister came in.")
    item = only(world.see(world.reviewers[0]))
    (incident,) = item["incidents"]
    assert incident["why"] == "2 faces, for 6.0 s."
    assert incident["tested"].startswith("Tested: at this setting 100 % found (n 27)")
    assert incident["occurrences"][0]["shown_at"]
    assert incident["occurrences"][0]["evidence"][0]["media_type"] == "image/jpeg"
    assert item["explanations"][0]["text"] == "My sister came in."


def test_items_have_three_tabs(world):
    world.observe(5)
    world.observe(20, "copied", severity=Severity.INFO)
    world.observe(35, "picture_dark", category=Category.TECHNICAL)
    view = world.see(world.reviewers[0])
    assert [item["tab"] for item in view["items"]] == ["decide", "notable", "technical"]
    (candidate,) = world.list(world.reviewers[0])["candidates"]
    assert (candidate["items"], candidate["open"], candidate["marks"]) == (1, 1, ["open"])


def test_the_score_has_reasons_and_what_was_dismissed_counts_no_more(world):
    world.cover(*every_signal(world.meeting))
    seen = world.observe(5, sampled=False, weight=0.4)
    score = world.see(world.reviewers[0])["score"]
    assert (score["points"], score["withheld"]) == (pytest.approx(40), "")
    assert [one["title"] for one in score["contributions"]] == ["More than one face"]
    view = world.decide(world.reviewers[0], seen, "dismissed", because="allowed")
    assert view["score"]["points"] == 0


def test_the_score_is_withheld_where_too_little_was_measured(world):
    world.observe(5)
    score = world.see(world.reviewers[0])["score"]
    assert score["points"] is None
    assert "was measured" in score["withheld"]
    (candidate,) = world.list(world.reviewers[0])["candidates"]
    assert candidate["points"] is None


def every_signal(meeting):
    from proctoring.analysers import analyser_types, is_on

    kinds = [kind for kind in analyser_types() if is_on(kind, meeting.signals)]
    return {rule.signal for kind in kinds for rule in kind.rules}


def test_a_pause_is_no_gap_and_what_is_off_for_a_candidate_is_exempt(world):
    signals = every_signal(world.meeting)
    world.cover(*signals, end=20)
    world.cover(*signals, start=40)
    before = {one["name"]: one["share"] for one in world.see(world.reviewers[0])["ribbons"]}
    assert all(share == pytest.approx(2 / 3, abs=1e-3) for share in before.values())
    world.act("pause", 20, reason="A fire alarm.")
    world.act("resume", 40)
    world.act("adjustment", 0, signals_off=["speakers"])
    view = world.see(world.reviewers[0])
    found = {one["name"]: one for one in view["ribbons"]}
    assert found["faces"]["share"] == pytest.approx(1)
    assert [piece["state"] for piece in found["faces"]["pieces"]] == ["paused"]
    assert found["speakers"]["share"] is None
    assert [piece["state"] for piece in found["speakers"]["pieces"]] == ["exempt"]
    kinds = [one["kind"] for one in view["milestones"]]
    assert [k for k in kinds if k != "joined"] == ["started", "paused", "resumed", "finished"]


def test_an_appeal_is_to_be_looked_at_until_somebody_has_decided_since(world):
    seen = world.observe(5, sampled=False)
    world.act("appeal", 59.9, role="candidate", text="It was my sister.")
    assert world.list(world.reviewers[0])["candidates"][0]["marks"] == ["appealed", "open"]
    view = world.see(world.reviewers[0])
    assert view["appeals"][0]["text"] == "It was my sister."
    assert not view["notes"], "it is told once"
    world.decide(world.reviewers[0], seen, "dismissed", because="allowed")
    assert world.list(world.reviewers[0])["candidates"][0]["marks"] == ["decided"]


def test_what_a_proctor_noted_during_the_exam_stands_with_the_candidate(world):
    world.act("note", 5, role="proctor", text="Asked for water.")
    (note,) = world.see(world.reviewers[0])["notes"]
    assert (note["text"], note["by"]) == ("Asked for water.", "Proctor")


def test_who_has_not_begun_has_no_ribbons_and_no_score(world):
    bo = world.services.join(world.meeting.id, "Bo", "v1")[0]
    view = world.ask(f"candidate/{bo.id}", world.reviewers[0]).json()
    assert (view["ribbons"], view["items"], view["score"]["points"]) == ([], [], None)
    rows = {row["name"]: row["marks"] for row in world.list(world.reviewers[0])["candidates"]}
    assert rows["Bo"] == ["not_begun"]


# --- signals as plots --------------------------------------------------------------------------


def test_the_signals_around_an_observation_are_told_to_whoever_reads_the_exam(services, world):
    sat = sit(services.store, world.meeting.id, ("faces", "speakers"), seen=TO_DECIDE[:1])
    times = [(sat.start + minute * MINUTE).isoformat() for minute in (3, 6)]
    asked = {"params": dict(zip(("from", "to"), times, strict=True))}
    path = f"plots/{sat.participant.id}"
    found = world.ask(path, world.reviewers[0], **asked).json()["plots"]
    faces = next(plot for plot in found if plot["signal"] == "face_count")
    assert faces["range"] == [0, 2]
    assert faces["bad"] == [[60, 67]]
    other = make_meeting(services, title="Other")[0]
    assert world.ask(path, staff_pass(services, other.id), **asked).status_code == 404
    assert world.ask(path, candidate_pass(services, world.ada), **asked).status_code == 404


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"from": "now", "to": "then"},
        {"from": "2026-01-01T10:00:00+00:00", "to": "2026-01-01T09:00:00+00:00"},
        {"from": "2026-01-01T10:00:00+00:00", "to": "2026-01-02T10:00:00+00:00"},
        {"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:00:00-14:00"},
    ],
)
def test_plots_are_of_a_time_that_there_is(world, times):
    assert world.ask(f"plots/{world.ada.id}", world.reviewers[0], params=times).status_code == 404


def test_of_whom_nothing_was_kept_there_are_no_plots(world):
    times = {"from": "2026-01-01T10:00:00+00:00", "to": "2026-01-01T11:00:00+00:00"}
    answer = world.ask(f"plots/{world.ada.id}", world.reviewers[0], params=times)
    assert answer.json()["plots"] == []
