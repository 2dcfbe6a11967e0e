"""Recorded exams through the live pipeline: do the right incidents come out?"""

import pytest
from material import DATA, SMALL, needs_data, scenario_events, scenarios

from proctoring.media import read_samples
from proctoring.presets import PRESETS
from proctoring.replay import media_s, replay
from proctoring.types import Category

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


def opened(result):
    return {i.kind: media_s(i.opened_at) for i in result.incidents}


def test_a_second_person_is_found_when_they_come_and_gone_when_they_go():
    result = replay(CLIP, None, STANDARD)
    (faces,) = [i for i in result.incidents if i.kind == "multiple_faces"]
    assert media_s(faces.opened_at) == pytest.approx(10, abs=1)
    assert faces.closed_at is not None
    assert media_s(faces.closed_at) == pytest.approx(20, abs=1.5)
    assert faces.worst.summary == "2 faces"
    assert [item.media_type for item in result.evidence[faces.id]] == ["image/jpeg"]
    assert result.score > 0
    assert result.coverage["face_count"] > 0.95


def test_it_is_the_same_twice():
    first, second = (replay(CLIP, None, STANDARD) for _ in range(2))
    assert opened(first) == opened(second)
    assert first.coverage == second.coverage
    assert {e.sha256 for es in first.evidence.values() for e in es} == {
        e.sha256 for es in second.evidence.values() for e in es
    }


def test_a_second_voice_has_its_sound_kept():
    result = replay(CLIP, None, STANDARD)
    (voices,) = [i for i in result.incidents if i.kind == "multiple_speakers"]
    kinds = {item.media_type for item in result.evidence[voices.id]}
    assert kinds == {"image/jpeg", "audio/wav"}


def test_the_classic_preset_looks_every_five_seconds():
    result = replay(CLIP, None, CLASSIC)
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
    result = replay(silent, None, STANDARD)
    assert set(opened(result)) == {"multiple_faces"}
    assert result.coverage["speaker_count"] == 0


def test_sound_can_come_from_another_file():
    result = replay(CLIP, CLIP, STANDARD, signals=["speakers"])
    assert "multiple_faces" not in opened(result)
    assert "face_count" not in result.coverage


def test_samples_come_in_the_order_of_their_times():
    times = [sample.t for sample in read_samples(CLIP, None, frames_per_s=4)]
    assert times == sorted(times)


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
    assert min(result.coverage.values()) > 0.9


@needs_data
def test_technical_incidents_are_not_scored():
    result = replay(DATA / "scenarios" / "d9_camera_covered.mp4", None, STANDARD)
    technical = [i for i in result.incidents if i.category is Category.TECHNICAL]
    assert technical
    if len(technical) == len(result.incidents):
        assert result.score == 0
