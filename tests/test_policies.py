"""Policies of exams: thresholds, what was measured beside them, versions, and their freezing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from making import make_meeting
from passes import capability_of

from proctoring.access.tokens import Refused
from proctoring.analysers import rules_by_kind
from proctoring.audit.integrity import check
from proctoring.cards import all_cards
from proctoring.exam import Enrolment
from proctoring.live.measuring import Measuring
from proctoring.office import policies
from proctoring.office.policies import BadPolicy
from proctoring.policy.consequence import consequence
from proctoring.policy.file import PolicyError, understood, without_file
from proctoring.policy.presets import DURATIONS, PRESETS, Thresholds
from proctoring.policy.thresholds import bounds_of, from_texts, preset_of, to_texts
from proctoring.policy.writing import to_toml
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.store import Rejected
from proctoring.types import Category, Role, Severity

CONDUCT = [rule for rule in rules_by_kind().values() if rule.category is Category.CONDUCT]
CHANGES = {
    "looking_away": Thresholds(enter_at=0.6, enter_after_s=5.0, severity=Severity.ALERT),
    "no_face": Thresholds(weight=0.0),
}


@pytest.fixture
def services(tmp_path):
    services = Services(Settings(data_dir=tmp_path))
    yield services
    services.close()


@pytest.fixture
def meeting(services):
    return make_meeting(services, signals=("faces", "gaze", "objects")).meeting


@pytest.fixture
def examiner(services, meeting):
    return capability_of(services, Role.EXAMINER, meeting.id)


def stricter(written, **thresholds):
    preset = replace(PRESETS["strict"], thresholds=thresholds or CHANGES)
    return replace(written, preset=preset)


# --- presets and thresholds ----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "factor"), [("lenient", 2.0), ("strict", 0.5)])
def test_lenient_and_strict_change_how_long_something_lasts_and_nothing_technical(name, factor):
    for before, after in zip(
        rules_by_kind().values(), PRESETS[name].rules(rules_by_kind().values()), strict=True
    ):
        if before.category is Category.TECHNICAL:
            assert after == before
            continue
        far = factor if before.signal in DURATIONS else 1.0
        assert after.enter_after_s == before.enter_after_s * factor
        assert after.enter_at == before.enter_at * far
        assert after == replace(before, enter_at=after.enter_at, enter_after_s=after.enter_after_s)


def test_thresholds_are_kept_as_texts_and_come_back(services, meeting):
    texts = to_texts(CHANGES)
    assert texts == (
        "looking_away.enter_at=0.6",
        "looking_away.enter_after_s=5",
        "looking_away.severity=alert",
        "no_face.weight=0",
    )
    assert from_texts(texts) == CHANGES
    kept = make_meeting(services, policy=replace(meeting.policy, thresholds=texts)).meeting
    assert services.store.meeting(kept.id).policy.thresholds == texts
    (rule,) = preset_of(kept).rules([rules_by_kind()["looking_away"]])
    assert (rule.enter_at, rule.enter_after_s, rule.severity) == (0.6, 5.0, Severity.ALERT)


def test_bounds_hold_what_comes_and_leave_the_other_side_alone():
    for rule in CONDUCT:
        bounds = bounds_of(rule)
        if bounds is None:
            continue
        assert rule.enter_at in bounds, rule.kind
        assert rule.exit_at not in bounds, rule.kind
        for end in (bounds.low, bounds.high):
            Thresholds(enter_at=end).rule(rule)  # raises for a wrong side


def test_what_was_measured_is_said_of_the_setting_it_was_measured_at_and_of_no_other():
    cards = all_cards()
    for rule in CONDUCT:
        if rule.kind in cards and consequence(rule).is_measured:
            assert consequence(rule).said.startswith("At this setting ")
            other = consequence(replace(rule, enter_after_s=rule.enter_after_s + 1))
            if "enter_after_s" in cards[rule.kind].threshold:
                assert not other.is_measured
                assert other.said.startswith("Not measured at this setting. As it comes: ")
    assert consequence(rules_by_kind()["looking_away"]).is_measured


# --- files ---------------------------------------------------------------------------------------


def test_a_policy_that_is_written_reads_as_it_was():
    policy = replace(
        without_file().policy,
        allowed_objects=frozenset({"book", "laptop"}),
        phrases=("hey siri",),
        may_look_down=True,
    )
    written = replace(stricter(without_file()), policy=policy, signals=("faces", "gaze", "phrases"))
    text = to_toml(written, 'Exam "x"\nversion 2')
    found = understood(text.encode("utf-8-sig"), "policy.toml")
    assert found.preset == written.preset
    assert found.policy == written.policy
    assert set(found.signals) == {"faces", "gaze", "phrases"}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"preset = 'no'", b"[[", b"x" * 100_000])
def test_a_file_that_is_no_policy_is_refused_with_a_sentence(data):
    with pytest.raises(PolicyError, match=r"policy\.toml: "):
        understood(data, "policy.toml")


# --- versions ------------------------------------------------------------------------------------


def test_each_save_is_a_version_with_number_hash_time_and_who(services, meeting, examiner):
    (first,) = policies.versions(services.store, meeting.id)
    assert (first.number, first.meeting, first.actor) == (1, meeting, "")
    changed = stricter(policies.written(meeting))
    second = policies.change(services.office, examiner, changed, "  Strict\nfor law ")
    assert (second.number, second.actor, second.name) == (2, examiner.id, "Strict for law")
    assert second.hash != first.hash
    assert policies.change(services.office, examiner, changed, "Strict for law") == second
    now = services.store.meeting(meeting.id)
    assert now == second.meeting
    assert (now.preset, now.policy.thresholds) == ("strict", to_texts(CHANGES))
    back = policies.change(services.office, examiner, policies.written(meeting))
    assert (back.number, back.hash) == (3, first.hash)
    assert services.store.meeting(meeting.id) == meeting
    log = services.store.audit_log(meeting.id)
    told = [e.event.detail for e in log if e.event.action == policies.ASKED_POLICY]
    assert told == [f"2 {second.hash}", f"3 {first.hash}"]
    assert check(services.store, meeting.id).problems == []


def test_the_new_limits_are_those_that_decide(services, meeting, examiner):
    changed = stricter(policies.written(meeting))
    policies.change(services.office, examiner, changed)
    now = services.store.meeting(meeting.id)
    measuring = Measuring(now, "p", Enrolment())
    rules = {rule.kind: rule for rule in preset_of(now).rules(rules_by_kind().values())}
    assert rules["looking_away"].enter_at == 0.6
    assert rules["multiple_faces"].enter_after_s == 1.0
    assert measuring is not None


def test_it_is_frozen_once_somebody_has_agreed_and_thaws_for_nobody_who_began(
    services, meeting, examiner
):
    changed = stricter(policies.written(meeting))
    person, _ = services.join(meeting.id, "Ada", "1")
    with pytest.raises(Rejected, match="it stays as it is for all"):
        policies.change(services.office, examiner, changed)
    assert policies.is_frozen(services.store.participants(meeting.id))
    services.office.erase(examiner, person.id, "a rehearsal")
    assert not policies.is_frozen(services.store.participants(meeting.id))
    assert policies.change(services.office, examiner, changed).number == 2


def test_two_who_save_at_once_make_two_versions_or_one_is_told(services, meeting, examiner):
    policies.change(services.office, examiner, stricter(policies.written(meeting)))
    record = services.store.office(meeting.id, "policy")[0]
    said = json.loads(record.content) | {"preset": "lenient"}
    with pytest.raises(Rejected, match="somebody else"):
        services.store.save_office([replace(record, content=json.dumps(said))])


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ({"looking_away": Thresholds(enter_after_s=61.0)}, "at most 60 s"),
        ({"looking_away": Thresholds(enter_at=0.99)}, "from 0.212 to 0.65"),
        ({"multiple_faces": Thresholds(enter_at=3.0)}, "one limit that makes sense: 2"),
    ],
)
def test_limits_that_make_no_sense_in_an_exam_are_refused(
    services, meeting, examiner, thresholds, said
):
    with pytest.raises(BadPolicy, match=said):
        policies.change(
            services.office, examiner, stricter(policies.written(meeting), **thresholds)
        )


def test_everything_off_and_bad_phrases_are_refused(services, meeting, examiner):
    was = policies.written(meeting)
    with pytest.raises(BadPolicy, match="Every signal is off"):
        policies.change(services.office, examiner, replace(was, signals=()))
    bad = replace(was, policy=replace(was.policy, phrases=("hm",)))
    with pytest.raises(BadPolicy):
        policies.change(services.office, examiner, bad)


def test_only_an_examiner_changes_it(services, meeting):
    for role in (Role.PROCTOR,):
        with pytest.raises(Refused):
            policies.change(
                services.office,
                capability_of(services, role, meeting.id),
                stricter(policies.written(meeting)),
            )
