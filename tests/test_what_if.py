"""An exam decided anew from what was kept of it: the same as running it again."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from keeping import Kept, kept
from making import START, at, frames, make_pipeline, occurrence
from material import DATA, SMALL, needs_data
from stores import participant

from proctoring import what_if
from proctoring.analysers import choices, rules_by_kind
from proctoring.analysers.faces import FaceCounter
from proctoring.exam import Exam
from proctoring.folding import fold
from proctoring.policy.file import WrittenPolicy, read_policy, without_file
from proctoring.policy.presets import PRESETS, Preset, Thresholds
from proctoring.replay import Replay, media_s, replay
from proctoring.rules import RuleEngine, Transition
from proctoring.store.writer import StoreWriter
from proctoring.traces.minutes import Recorder, stretches
from proctoring.types import Incident, Observation, Occurrence, Policy, Severity, Trace

__all__ = ["kept"]  # the fixture

ALL = without_file()
STANDARD = PRESETS["standard"]
CLIPS = {
    "small": SMALL / "scenarios" / "second_person.mp4",
    "beside": DATA / "scenarios" / "d2_second_person_beside.mp4",
    "gaze": DATA / "scenarios" / "d8_gaze.mp4",
}
CHANGES = {
    "every five seconds": 'preset = "classic"',
    "stricter": """
        [thresholds.looking_away]
        enter_at = 0.1
        exit_at = 0.05
        enter_after_s = 0
        [thresholds.multiple_faces]
        enter_after_s = 0
        severity = "info"
        [thresholds.multiple_speakers]
        weight = 0.9
        [thresholds.too_far]
        enter_at = 60
        exit_at = 50
    """,
    "more lenient": """
        [thresholds.multiple_faces]
        enter_at = 3
        exit_at = 2
        [thresholds.looking_away]
        enter_after_s = 20
    """,
}


def written(folder: Path, text: str, otherwise: WrittenPolicy = ALL) -> WrittenPolicy:
    path = folder / "policy.toml"
    path.write_text(text)
    return read_policy(path, otherwise)


def said(incidents: Iterable[Incident], end_s: float) -> list[tuple[object, ...]]:
    """All that is told of each occurrence, but for the ids that two runs make."""
    return [
        (
            incident.count,
            one.kind,
            media_s(one.opened_at),
            media_s(one.last_seen_at),
            # A replay leaves open what goes on at its end.
            None if one.closed_at is None or media_s(one.closed_at) == end_s else one.closed_at,
            one.value,
            one.summary,
            one.severity,
            one.weight,
        )
        for incident in sorted(incidents, key=lambda i: (i.opened_at, i.kind))
        for one in incident.occurrences
    ]


@cache
def run_once(clip: str) -> Replay:
    return replay(CLIPS[clip], None, STANDARD)


# --- the same as a run ---------------------------------------------------------------------


def check_equal(clip: str, changes: str, folder: Path) -> None:
    policy = written(folder, changes)
    (stretch,) = stretches(run_once(clip).traces)
    assert stretch.closed_t is not None
    again = replay(
        CLIPS[clip], None, policy.preset, signals=policy.signals, exam=Exam(policy.policy)
    )
    found = what_if.decide([stretch], ALL, policy)
    assert said(found.incidents, stretch.closed_t) == said(again.incidents, stretch.closed_t)
    assert found.score == pytest.approx(again.score)


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_it_is_what_a_full_run_with_that_policy_finds(changes: str, tmp_path: Path) -> None:
    check_equal("small", changes, tmp_path)


@needs_data
@pytest.mark.parametrize(
    ("clip", "changes"), [("beside", "every five seconds"), ("gaze", "stricter")]
)
def test_of_other_recordings_too(clip: str, changes: str, tmp_path: Path) -> None:
    check_equal(clip, CHANGES[changes], tmp_path)


def test_unchanged_it_is_what_was_found() -> None:
    for clip in ("small", "beside") if DATA.exists() else ("small",):
        was = run_once(clip)
        (stretch,) = stretches(was.traces)
        assert stretch.closed_t
        found = what_if.decide([stretch], ALL, ALL)
        assert was.incidents
        assert said(found.incidents, stretch.closed_t) == said(was.incidents, stretch.closed_t)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_one_engine_finds_whatever_comes(seed: int) -> None:
    """Gaps, abstentions and times at which nothing came, of all signals at once."""
    chance = random.Random(seed)
    preset = PRESETS[chance.choice(sorted(PRESETS))]
    all_rules = list(rules_by_kind().values())
    engine = RuleEngine(
        preset.rules(all_rules),
        meeting_id="m",
        participant_id="p",
        started_at=START,
        evaluate_every_s=preset.evaluate_every_s,
    )
    recorder = Recorder("p", START, dict.fromkeys(rules_by_kind(), 0.0), signals_of_all())
    found: dict[str, Occurrence] = {}
    traces: list[Trace] = []
    now = 0.0
    for _ in range(600):
        now += chance.choice([0.0, 0.1, 0.25, 0.25, 1.0, 1.0, chance.uniform(3, 30)])
        for _ in range(chance.choice([0, 0, 1, 3, 8])):
            rule = chance.choice(all_rules)
            value = chance.choice([None, rule.enter_at, rule.enter_at, rule.exit_at, 0.5])
            observation = Observation(now, rule.signal, value, detail=chance.choice(["", "a"]))
            recorder.note(observation)
            take(found, engine.update(observation))
        take(found, engine.advance(now))
        traces += recorder.step(now)
    take(found, engine.close_all(now + 1))
    traces += recorder.close(now + 1)
    policy = replace(ALL, preset=preset, signals=(*ALL.signals, "phrases", "screen"))
    would = what_if.decide(stretches(traces), policy, policy)
    assert said(would.incidents, -1) == said(fold(found.values()), -1)
    assert found


def take(found: dict[str, Occurrence], transitions: Iterable[Transition]) -> None:
    for _, one, _ in transitions:
        found[one.id] = one


def signals_of_all() -> set[str]:
    return {rule.signal for rule in rules_by_kind().values()}


# --- what can be decided -------------------------------------------------------------------


def watched(
    signal: str, value: float, kinds: dict[str, float], seconds: float = 60.0
) -> list[Trace]:
    """Somebody of whom a signal says the same all the time."""
    recorder = Recorder("p", START, kinds, [signal])
    traces = []
    for second in range(round(seconds)):
        recorder.note(Observation(second, signal, value))
        traces += list(recorder.step(second))
    return [*traces, *recorder.close(seconds)]


def kinds_of(traces: list[Trace], was: WrittenPolicy, wanted: WrittenPolicy) -> list[str]:
    return [i.kind for i in what_if.decide(stretches(traces), was, wanted).incidents]


def allowing(policy: Policy) -> WrittenPolicy:
    return replace(ALL, policy=policy)


@pytest.mark.parametrize(
    ("signal", "value", "kind", "policy"),
    [
        ("phone", 0.9, "phone_seen", Policy(frozenset({"cell phone"}))),
        ("second_screen", 0.9, "second_screen", Policy(frozenset({"laptop", "tv"}))),
        ("displays", 2.0, "second_display", Policy(frozenset({"laptop", "tv"}))),
    ],
)
def test_what_is_allowed_afterwards_is_no_incident(
    signal: str, value: float, kind: str, policy: Policy
) -> None:
    traces = watched(signal, value, {kind: 0.0})
    assert kinds_of(traces, ALL, ALL) == [kind]
    assert kinds_of(traces, ALL, allowing(policy)) == []


def test_speaking_that_is_allowed_afterwards_is_no_incident() -> None:
    traces = watched("own_speech_s", 9.0, {"talking": 0.0})
    silent = allowing(Policy(may_speak=False))
    assert kinds_of(traces, silent, silent) == ["talking"]
    assert kinds_of(traces, silent, ALL) == []


def test_a_signal_that_is_switched_off_makes_no_incidents() -> None:
    traces = watched("face_count", 2, {"multiple_faces": 0.0})
    assert kinds_of(traces, ALL, ALL) == ["multiple_faces"]
    off = replace(ALL, signals=tuple(name for name in ALL.signals if name != "faces"))
    assert kinds_of(traces, ALL, off) == []


def test_thresholds_change_what_opens_and_what_it_counts() -> None:
    traces = watched("face_count", 2, {"multiple_faces": 0.0})
    preset = replace(
        STANDARD, thresholds={"multiple_faces": Thresholds(weight=0.7, severity=Severity.INFO)}
    )
    found = what_if.decide(stretches(traces), ALL, replace(ALL, preset=preset))
    assert found.score == pytest.approx(70)
    assert found.incidents[0].first.severity is Severity.INFO


def test_accommodations_stay_as_they_were() -> None:
    traces = watched("off_screen_share", 1.0, {"looking_away": 20.0}, seconds=15.0)
    assert kinds_of(traces, ALL, ALL) == [], "they may look away for 20 s more"
    assert kinds_of(watched("face_count", 2, {"no_face": 0.0}), ALL, ALL) == [], "with a reader"


def test_kinds_that_this_program_does_not_know_are_left_out() -> None:
    assert kinds_of(watched("aura", 9.0, {"aura_seen": 0.0}), ALL, ALL) == []


def test_of_one_that_was_killed_what_lasted_ends_with_what_is_known() -> None:
    traces = watched("face_count", 2, {"multiple_faces": 0.0}, seconds=100.0)[:1]
    (incident,) = what_if.decide(stretches(traces), ALL, ALL).incidents
    assert incident.closed_at == at(60)


def test_what_was_observed_twice_is_folded_over_a_pause() -> None:
    first = watched("face_count", 2, {"multiple_faces": 0.0})
    later = Recorder("p", at(120), {"multiple_faces": 0.0}, ["face_count"])
    for second in range(10):
        later.note(Observation(second, "face_count", 2))
        assert not list(later.step(second))
    (incident,) = what_if.decide(stretches([*first, *later.close(10)]), ALL, ALL).incidents
    assert incident.count == 2


# --- what cannot ---------------------------------------------------------------------------

NO_FACES = tuple(kind.name for kind in choices() if kind.name != "faces")


@pytest.mark.parametrize(
    ("was", "wanted", "says"),
    [
        (ALL, allowing(Policy(may_look_down=True)), "may_look_down: what is kept is the share"),
        (ALL, allowing(Policy(may_speak=False)), "may_speak: .* not measured"),
        (ALL, allowing(Policy(challenges=False)), "challenges: nobody can be asked afterwards"),
        (ALL, allowing(Policy(phrases=("hey siri",))), "phrases: the sound is gone"),
        (ALL, allowing(Policy(frozenset({"tv"}))), "laptop and tv were told of as one"),
        (allowing(Policy(frozenset({"book"}))), ALL, "'book' was allowed, so it was not told"),
        (replace(ALL, signals=NO_FACES), ALL, "signals.faces: it was off"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_reason(
    was: WrittenPolicy, wanted: WrittenPolicy, says: str
) -> None:
    with pytest.raises(what_if.CannotDecide, match=says):
        what_if.decide([], was, wanted)


def test_all_reasons_are_told_at_once() -> None:
    wanted = allowing(Policy(may_look_down=True, challenges=False))
    with pytest.raises(what_if.CannotDecide) as caught:
        what_if.decide([], ALL, wanted)
    assert len(str(caught.value).splitlines()) == 2


# --- side by side --------------------------------------------------------------------------


def test_occurrences_that_overlap_are_the_same() -> None:
    def one(kind: str, start: float, end: float) -> Incident:
        (found,) = make_incidents(kind, start, end)
        return found

    was = [one("no_face", 0, 10), one("no_face", 700, 710), one("multiple_faces", 0, 10)]
    would = [one("no_face", 3, 10), one("multiple_faces", 30, 40)]
    pairs = what_if.side_by_side(was, would)
    assert [(p.was and p.was.opened_at, p.would and p.would.opened_at) for p in pairs] == [
        (at(0), None),
        (at(0), at(3)),
        (None, at(30)),
        (at(700), None),
    ]


def make_incidents(kind: str, start: float, end: float) -> list[Incident]:
    return fold([occurrence(start, kind=kind, last_seen_at=at(end), closed_at=at(end))])


# --- what is kept --------------------------------------------------------------------------


@pytest.fixture
def sat(kept: Kept) -> Kept:
    """With "r", next to whom somebody sat all the time."""
    kept.store.add_participant(participant(id="r", name="Cy"))
    writer = StoreWriter(kept.store)
    pipeline = make_pipeline(FaceCounter(), count=2, keeps_traces=True, participant_id="r")
    for frame in frames(70.0):
        for record in pipeline.process(frame):
            writer.put(record)
    for record in pipeline.close(70.0):
        writer.put(record)
    assert writer.close() == 0
    assert not writer.failed
    return kept


def policy_file(folder: Path, text: str) -> Path:
    path = folder / "changed.toml"
    path.write_text(text)
    return path


def test_what_was_kept_live_comes_out_if_nothing_changes(sat: Kept, tmp_path: Path) -> None:
    path = policy_file(tmp_path, "")
    *occurrences, summary = sat.json("what-if", "--participant", "r", "--policy", path)
    (one,) = occurrences
    assert one["was"] == one["would"]
    assert one["kind"] == "multiple_faces"
    assert summary["was"] == summary["would"] == {"incidents": 1, "occurrences": 1, "score": 40.0}
    assert summary["minutes_missing"] == 0


def test_it_is_shown_side_by_side(sat: Kept, tmp_path: Path) -> None:
    path = policy_file(tmp_path, "[thresholds.multiple_faces]\nenter_at = 3\nexit_at = 2\n")
    status, out, err = sat.run("what-if", "--participant", "r", "--meeting", "m", "--policy", path)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "as it was               under changed.toml      ",
        "09:00:00 for 70.0 s     —                       More than one face (2 faces)",
        "as it was: 1 incident, score 40 of 100",
        "under changed.toml: 0 incidents, score 0 of 100",
    ]


def test_a_minute_that_is_missing_is_told(sat: Kept, tmp_path: Path) -> None:
    first, _ = sat.store.traces("r")
    sat.store.erase_evidence("r")
    last = Trace("x", "r", first.started_at, first.ended_at, numbered(first, 2))
    for one in (first, last):
        sat.store.save_trace(one)
    path = policy_file(tmp_path, "")
    _, _, err = sat.run("what-if", "--participant", "r", "--policy", path)
    assert err == "1 minute of what was observed is not there.\n"


def numbered(trace: Trace, number: int) -> bytes:
    """The same content, as if it were another of its pipeline."""
    body = zlib.decompress(trace.content[1:])
    length = int.from_bytes(body[:4], "big")
    header = json.dumps(json.loads(body[4 : 4 + length]) | {"number": number}).encode()
    packed = len(header).to_bytes(4, "big") + header + body[4 + length :]
    return trace.content[:1] + zlib.compress(packed)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--participant", "p"], "is not kept"),
        (["--participant", "nobody"], "no participant"),
        (["--participant", "r", "--meeting", "other"], "of the meeting m"),
    ],
)
def test_what_cannot_be_is_one_line(
    sat: Kept, tmp_path: Path, arguments: list[str], says: str
) -> None:
    path = policy_file(tmp_path, "")
    status, out, err = sat.run("what-if", *arguments, "--policy", path)
    assert (status, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_policy_that_asks_for_what_was_not_measured_is_refused(sat: Kept, tmp_path: Path) -> None:
    path = policy_file(tmp_path, "may_look_down = false\nallowed_objects = []")
    status, _, err = sat.run("what-if", "--participant", "r", "--policy", path)
    assert status == 2
    assert [line.partition(":")[0] for line in err.splitlines()] == [
        "allowed_objects",
        "allowed_objects",
        "may_look_down",
    ]


def test_a_trace_that_is_damaged_is_named(sat: Kept, tmp_path: Path) -> None:
    (one, _) = sat.store.traces("r")
    sat.store.save_trace(replace(one, id="odd one", content=b"\x01junk"))
    path = policy_file(tmp_path, "")
    status, _, err = sat.run("what-if", "--participant", "r", "--policy", path)
    assert status == 2
    assert err.startswith("The trace odd one cannot be read")


def test_thresholds_are_as_the_rules_have_them() -> None:
    changed = Preset("x", "X", "", thresholds={"no_face": Thresholds(enter_after_s=9.0)})
    (rule,) = changed.rules([rules_by_kind()["no_face"]])
    assert (rule.enter_after_s, rule.exit_after_s) == (9.0, 1.0)
