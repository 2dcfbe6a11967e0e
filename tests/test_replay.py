"""Recorded exams through the live pipeline: do the right incidents come out?"""

import json
from functools import cache

import pytest
from material import DATA, SMALL, needs_data, scenario_events, scenarios

from proctoring.analysers import choices
from proctoring.cli import main
from proctoring.media import read_samples
from proctoring.policy.presets import PRESETS
from proctoring.replay import Watcher, media_s, replay
from proctoring.types import AudioChunk, Category

CLIP = SMALL / "scenarios" / "second_person.mp4"  # a second face from 10 s to 20 s
STANDARD, CLASSIC = PRESETS["standard"], PRESETS["classic"]

# What must come out of each scenario: kind -> the time in which it must have opened, in s.
EXPECTED = {
    "d1_normal": {},
    "d2_second_person_beside": {"multiple_faces": (9, 13), "multiple_speakers": (9, 21)},
    "d3_person_behind": {"multiple_faces": (9, 16)},
    "d4_leaves": {"no_face": (9, 16)},
    "d9_camera_covered": {"camera_covered": (7, 12), "camera_frozen": (19, 25)},
}


@cache
def standard():
    """The clip with every signal on."""
    return replay(CLIP, None, STANDARD)


def opened(result):
    return {i.kind: media_s(i.opened_at) for i in result.incidents}


def test_a_second_person_is_found_when_they_come_and_gone_when_they_go():
    result = standard()
    (faces,) = [i for i in result.incidents if i.kind == "multiple_faces"]
    assert media_s(faces.opened_at) == pytest.approx(10, abs=1)
    assert faces.closed_at is not None
    assert media_s(faces.closed_at) == pytest.approx(20, abs=1.5)
    assert faces.worst.summary == "2 faces"
    assert [item.media_type for item in result.evidence[faces.id]] == ["image/jpeg"]
    assert result.score > 0
    assert result.coverage["face_count"] > 0.95


def test_it_is_the_same_twice():
    first, second = standard(), replay(CLIP, None, STANDARD)
    assert opened(first) == opened(second)
    assert first.coverage == second.coverage
    assert {e.sha256 for es in first.evidence.values() for e in es} == {
        e.sha256 for es in second.evidence.values() for e in es
    }


def test_a_second_voice_has_its_sound_kept():
    result = standard()
    (voices,) = [i for i in result.incidents if i.kind == "multiple_speakers"]
    kinds = {item.media_type for item in result.evidence[voices.id]}
    assert kinds == {"image/jpeg", "audio/wav"}


def test_the_classic_preset_looks_every_five_seconds():
    result = replay(CLIP, None, CLASSIC, signals=["faces"])
    (faces,) = [i for i in result.incidents if i.kind == "multiple_faces"]
    assert 10 <= media_s(faces.opened_at) <= 15.3
    assert 20 <= media_s(faces.closed_at) <= 25.3
    assert media_s(faces.opened_at) % 5 < 0.3


def test_a_recording_without_sound_is_not_a_lost_microphone(tmp_path):
    import av

    silent = tmp_path / "silent.mp4"
    with av.open(str(CLIP)) as source, av.open(str(silent), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    result = replay(silent, None, STANDARD, signals=["faces", "speakers"])
    assert "multiple_faces" in opened(result)
    assert "audio_lost" not in opened(result)
    assert result.coverage["speaker_count"] == 0


def test_sound_can_come_from_another_file():
    result = replay(CLIP, CLIP, STANDARD, signals=["speakers"])
    assert "multiple_faces" not in opened(result)
    assert "face_count" not in result.coverage


def test_samples_come_in_the_order_of_their_times():
    times = [sample.t for sample in read_samples(CLIP, None, frames_per_s=4)]
    assert times == sorted(times)


def test_a_watcher_is_told_everything_in_its_order():
    class Notes(Watcher):
        def __init__(self):
            self.seen_t, self.heard_t, self.lasting, self.signals = [], [], {}, set()

        def observed(self, observation):
            self.signals.add(observation.signal)

        def heard(self, chunk: AudioChunk):
            self.heard_t.append(chunk.t)

        def seen(self, scene, lasting):
            self.seen_t.append(scene.t)
            self.lasting[scene.t] = {occurrence.kind for occurrence in lasting}

    notes = Notes()
    result = replay(CLIP, None, STANDARD, signals=["faces"], watcher=notes)
    (faces,) = [i for i in result.incidents if i.kind == "multiple_faces"]
    assert notes.seen_t == sorted(notes.seen_t)
    assert notes.heard_t == sorted(notes.heard_t)
    assert {"face_count", "picture_detail"} <= notes.signals
    shown = [t for t, kinds in notes.lasting.items() if "multiple_faces" in kinds]
    assert min(shown) == pytest.approx(media_s(faces.opened_at) + 2.0, abs=0.6)  # after debounce
    assert max(shown) == pytest.approx(media_s(faces.closed_at) + 2.0, abs=0.6)


def test_a_policy_says_what_is_looked_for(tmp_path, capsys):
    policy = tmp_path / "policy.json"
    off = {kind.name: False for kind in choices() if kind.name != "speakers"}
    policy.write_text(json.dumps({"signals": off}))
    assert main(["replay", str(CLIP), "--policy", str(policy), "--json"]) == 0
    *incidents, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert {incident["kind"] for incident in incidents} == {"multiple_speakers"}
    assert all("figure" in incident for incident in incidents)
    assert "face_count" not in summary["coverage"]


@needs_data
def test_another_person_than_the_enrolled_is_found_within_ten_seconds(capsys):
    """The swap is at 15 s."""
    recording = DATA / "scenarios" / "d5_swap.mp4"
    portrait = recording.with_name("d5_swap_ref.jpg")
    assert main(["replay", str(recording), "--enrol", str(portrait), "--json"]) == 0
    found = map(json.loads, capsys.readouterr().out.splitlines())
    (swap,) = [line for line in found if line.get("kind") == "different_person"]
    assert 14 <= swap["opened_s"] <= 25


@needs_data
@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_gives_its_incidents(name):
    got = opened(replay(DATA / "scenarios" / f"{name}.mp4", None, STANDARD))
    for kind, (earliest, latest) in EXPECTED.get(name, {}).items():
        assert kind in got, f"{kind} is missing: {got}, {scenario_events(name)}"
        assert earliest <= got[kind] <= latest


@needs_data
def test_a_clean_scenario_gives_nothing():
    result = replay(DATA / "scenarios" / "d1_normal.mp4", None, STANDARD)
    assert opened(result) == {}
    assert result.score == 0
    assert result.coverage["face_count"] > 0.9
    assert result.coverage["speaker_count"] > 0.9


@needs_data
def test_technical_incidents_are_not_scored():
    result = replay(DATA / "scenarios" / "d9_camera_covered.mp4", None, STANDARD)
    technical = [i for i in result.incidents if i.category is Category.TECHNICAL]
    assert technical
    if len(technical) == len(result.incidents):
        assert result.score == 0
