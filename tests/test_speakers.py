"""Voices: from sound to a count, on a few recordings of real speech."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from material import DATA, SMALL, needs_data

from proctoring.analysers.speakers import SpeakerCounter
from proctoring.media import read_sound
from proctoring.perception import voices
from proctoring.perception.clustering import cluster
from proctoring.perception.fbank import fbank
from proctoring.perception.listening import Listener, LocalSpeaker
from proctoring.perception.speaker_embedding import embed
from proctoring.perception.speech import VoiceActivity
from proctoring.speakers.diarization import speakers
from proctoring.types import SAMPLE_RATE, AudioChunk, Observation, Sound

AUDIO = SMALL / "audio"


@pytest.fixture(scope="module")
def one_voice() -> Sound:
    return read_sound(AUDIO / "one_voice.flac")


@pytest.fixture(scope="module")
def two_voices() -> Sound:
    return read_sound(AUDIO / "two_voices.flac")


def listen(
    sound: Sound, chunk_s: float = 0.5, counter: SpeakerCounter | None = None, start_t: float = 0.0
) -> list[Observation]:
    counter = counter or SpeakerCounter()
    size = int(chunk_s * SAMPLE_RATE)
    return [
        observation
        for start in range(0, len(sound), size)
        for observation in counter.analyse(
            AudioChunk(start_t + start / SAMPLE_RATE, sound[start : start + size])
        )
    ]


def most(observations: list[Observation]) -> float:
    return max(o.value for o in observations if o.value is not None)


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def noise(seconds: float, level: float = 0.02) -> Sound:
    samples = np.random.default_rng(7).standard_normal(int(seconds * SAMPLE_RATE))
    return (level * samples).astype(np.float32)


def chords(seconds: float) -> Sound:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitches = np.array([220.0, 277.2, 329.6, 440.0])[:, None]
    decay = np.exp(-3 * (t % 0.5))
    return (0.05 * decay * np.sin(2 * np.pi * pitches * t).sum(0)).astype(np.float32)


def keys(seconds: float) -> Sound:
    sound = noise(seconds, 0.001)
    for start in range(0, len(sound) - 800, SAMPLE_RATE // 5):
        sound[start : start + 800] += noise(0.05, 0.3) * np.exp(-np.arange(800) / 120)
    return sound.astype(np.float32)


def turns(rttm: Path) -> list[tuple[float, float, str]]:
    rows = [line.split() for line in rttm.read_text().splitlines()]
    return [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]


def test_one_voice_is_one(one_voice: Sound) -> None:
    assert most(listen(one_voice)) == 1
    assert speakers(one_voice).speaker_count == 1


def test_two_voices_are_two(two_voices: Sound) -> None:
    assert most(listen(two_voices)) == 2
    assert speakers(two_voices).speaker_count == 2


@pytest.mark.parametrize("sound", [silence(8), noise(8), chords(8), keys(8)])
def test_sound_without_speech_is_measured_as_no_voice(sound: Sound) -> None:
    assert {o.value for o in listen(sound)} == {0}
    assert speakers(sound).segments == ()


def test_a_voice_that_becomes_quieter_is_the_same_voice(one_voice: Sound) -> None:
    quieter = np.concatenate([one_voice, one_voice * 0.15, one_voice * 0.5])
    assert most(listen(quieter)) == 1
    assert speakers(quieter).speaker_count == 1


def test_a_voice_in_keystrokes_and_hiss_is_one_voice(one_voice: Sound) -> None:
    seconds = len(one_voice) / SAMPLE_RATE
    hiss = noise(seconds, 0.003)[: len(one_voice)]
    assert most(listen(one_voice + hiss + 0.1 * keys(seconds)[: len(one_voice)])) == 1


def test_the_count_falls_when_the_second_voice_stops(two_voices: Sound) -> None:
    observations = listen(np.concatenate([two_voices, silence(14)]))
    assert observations[-1].value == 0


def test_a_stranger_after_a_long_silence_makes_two(two_voices: Sound) -> None:
    """The candidate is known from the start, however long ago it was."""
    (_, _, first), *_ = told = turns(AUDIO / "two_voices.rttm")
    parts: dict[bool, list[Sound]] = {True: [], False: []}
    for start, end, name in told:
        parts[name == first].append(two_voices[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
    fewer, more = sorted((np.concatenate(p) for p in parts.values()), key=len)
    observations = listen(np.concatenate([more, silence(90), fewer]))
    last = [o.value for o in observations if o.t > (len(more) / SAMPLE_RATE) + 90]
    assert max(v for v in last if v is not None) == 2


def test_the_span_tells_when_the_other_voice_spoke(two_voices: Sound) -> None:
    told = [o for o in listen(two_voices) if o.value == 2]
    assert told
    for observation in told:
        assert observation.span is not None
        start, end = observation.span
        assert start < end <= observation.t
        assert 0.5 <= observation.confidence <= 1


def test_segments_fall_where_they_were_spoken(two_voices: Sound) -> None:
    report = speakers(two_voices)
    told = turns(AUDIO / "two_voices.rttm")
    names = {name: i for i, name in enumerate(sorted({name for *_, name in told}))}
    t = np.arange(0, len(two_voices) / SAMPLE_RATE, 0.01)
    truth, heard = np.full(len(t), -1), np.full(len(t), -1)
    for start, end, name in told:
        truth[(t >= start) & (t < end)] = names[name]
    for start, end, speaker in report.segments:
        heard[(t >= start) & (t < end)] = speaker
    edges = [edge for start, end, _ in told for edge in (start, end)]
    sure = np.all([np.abs(t - edge) > 0.25 for edge in edges], axis=0)  # the usual collar
    swapped = np.where(heard >= 0, 1 - heard, -1)
    wrong = min(float((h[sure] != truth[sure]).mean()) for h in (heard, swapped))
    assert wrong < 0.15
    assert report.speech_s == pytest.approx(sum(e - s for s, e, _ in told), abs=3)


def test_chunk_size_changes_nothing(two_voices: Sound) -> None:
    def told(chunk_s: float) -> list[tuple[float, float | None]]:
        return [(round(o.t, 3), o.value) for o in listen(two_voices, chunk_s)]

    assert told(0.1) == told(1.0) == told(0.5)


def test_times_are_media_times(one_voice: Sound) -> None:
    early, late = listen(one_voice), listen(one_voice, start_t=100.0)
    assert [o.t + 100 for o in early] == pytest.approx([o.t for o in late])
    spans = [o.span for o in late if o.span]
    assert all(start >= 100 for start, _ in spans)


def test_a_break_in_the_stream_keeps_what_is_known_and_the_time_right(two_voices: Sound) -> None:
    counter = SpeakerCounter()
    before = listen(two_voices, counter=counter)
    after = listen(two_voices, counter=counter, start_t=60.0)
    assert before[-1].t < 25
    assert after[0].t == pytest.approx(61.44)
    assert most(after) == 2


def test_two_sessions_share_nothing(one_voice: Sound, two_voices: Sound) -> None:
    busy, calm = SpeakerCounter(), SpeakerCounter()
    heard: list[Observation] = []
    for start in range(0, len(one_voice), SAMPLE_RATE):
        t = start / SAMPLE_RATE
        list(busy.analyse(AudioChunk(t, two_voices[start : start + SAMPLE_RATE])))
        heard += calm.analyse(AudioChunk(t, one_voice[start : start + SAMPLE_RATE]))
    alone = listen(one_voice, chunk_s=1.0)
    assert [(o.t, o.value, o.span) for o in heard] == [(o.t, o.value, o.span) for o in alone]


def test_clipped_sound_is_not_judged(one_voice: Sound) -> None:
    observations = listen(np.clip(one_voice * 60, -1, 1))
    refused = [o for o in observations if o.value is None]
    assert refused
    assert "clipped" in refused[0].reason


def test_a_recording_shorter_than_a_window_is_no_error() -> None:
    assert listen(noise(0.2)) == []
    assert speakers(noise(0.2)).speaker_count == 0
    assert speakers(silence(0)).speaker_count == 0


def test_the_embedding_has_length_one_and_minds_no_level(one_voice: Sound) -> None:
    sound = one_voice[SAMPLE_RATE : SAMPLE_RATE + voices.WINDOW]
    loud, quiet = voices.encode(np.stack([voices.window_of(sound), voices.window_of(sound * 0.01)]))
    assert np.linalg.norm(loud) == pytest.approx(1, abs=1e-3)
    assert loud @ quiet == pytest.approx(1, abs=1e-3)


def test_steps_lie_on_one_grid_across_pauses(one_voice: Sound) -> None:
    steps = list(Listener().hear(np.concatenate([one_voice, silence(5), one_voice])))
    assert np.diff([step.end_s for step in steps]) == pytest.approx(1.44)
    assert any(len(step.speech) == 0 for step in steps)


def test_what_a_step_says_is_of_the_last_ten_seconds(two_voices: Sound) -> None:
    for step in Listener(start_s=50.0).hear(two_voices):
        for speaker in step.speakers:
            assert 40 <= len(speaker.frames) <= 240
            assert set(speaker.frames) <= set(speaker.active) <= set(step.speech)
            assert not set(speaker.frames) & set(step.overlap)
            assert (step.end_s - 10) * 100 <= speaker.frames[0] <= speaker.frames[-1]
            assert speaker.frames[-1] < step.end_s * 100


def test_speech_is_found_in_speech_and_nowhere_else(one_voice: Sound) -> None:
    assert (VoiceActivity().hear(one_voice) > 0.5).mean() > 0.4
    assert (VoiceActivity().hear(noise(5)) > 0.5).mean() == 0


def one_of(voice: int, start: int, seconds: float = 2.0) -> LocalSpeaker:
    """Speech of a made-up voice: an axis of its own in both spaces."""
    frames = np.arange(start, start + int(seconds * 100))
    embeddings = (np.eye(size, dtype=np.float32)[voice] for size in (192, 256))
    return LocalSpeaker(frames, frames, *embeddings)


def test_nothing_heard_and_little_heard_are_nobody() -> None:
    assert cluster([]).count == 0
    assert cluster([one_of(0, 0, 0.5)]).count == 0


def test_a_second_of_another_voice_is_enough_and_less_is_not() -> None:
    known = [one_of(0, 1000 * i) for i in range(5)]
    assert cluster(known).count == 1
    assert cluster([*known, one_of(1, 5000, 0.8)]).count == 1
    told = cluster([*known, one_of(1, 5000, 1.0)])
    assert told.count == 2
    assert told.labels.tolist() == [0, 0, 0, 0, 0, 1]


def test_the_same_second_heard_twice_is_no_more_evidence() -> None:
    known = [one_of(0, 1000 * i) for i in range(5)]
    assert cluster([*known, one_of(1, 5000, 0.8), one_of(1, 5000, 0.8)]).count == 1


def test_speaking_at_once_counts_a_third() -> None:
    known = [one_of(0, 1000 * i) for i in range(5)]
    assert cluster(known, overlap_s=2.6).count == 1
    assert cluster(known, overlap_s=2.8).count == 2
    assert cluster([*known, one_of(1, 5000, 0.5)], overlap_s=1.3).count == 2


def test_three_voices_are_three() -> None:
    heard = [one_of(i % 3, 1000 * i) for i in range(9)]
    told = cluster([*heard, one_of(2, 9000)])
    assert told.count == 3
    assert told.labels[2] == told.labels[-1] == 0  # who spoke most


def test_many_local_speakers_are_clustered_like_few() -> None:
    told = cluster([one_of(int(i % 10 == 0), 1000 * i) for i in range(2000)])
    assert told.count == 2
    assert told.labels.mean() == pytest.approx(0.1)


def test_a_voice_that_talks_over_another_is_heard_in_both_places(
    one_voice: Sound, two_voices: Sound
) -> None:
    """Two recordings laid over each other: segments of two speakers overlap."""
    length = min(len(one_voice), len(two_voices))
    both = one_voice[:length] + two_voices[:length]
    report = speakers(both)
    assert report.speaker_count >= 2
    assert sum(end - start for start, end, _ in report.segments) > report.speech_s + 0.5


def test_a_filter_bank_of_chosen_rows_is_that_of_the_whole(one_voice: Sound) -> None:
    rows = np.array([0, 5, 6, 90])
    assert np.allclose(fbank(one_voice[:16_000])[rows], fbank(one_voice[:16_000], rows), atol=1e-4)
    assert fbank(one_voice[:399]).shape == (0, 80)


def test_a_pure_tone_peaks_where_kaldis_mel_scale_has_it() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    mel = 1127 * np.log(1 + np.array([20, 1000, 8000]) / 700)
    expected = 81 * (mel[1] - mel[0]) / (mel[2] - mel[0]) - 1
    assert abs(fbank(tone).mean(0).argmax() - expected) < 1


def test_campplus_knows_a_voice_again_and_tells_two_apart(two_voices: Sound) -> None:
    spoken: dict[str, list[Sound]] = {}
    for start, end, name in turns(AUDIO / "two_voices.rttm"):
        piece = two_voices[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
        spoken.setdefault(name, []).append(piece)
    halves = [[np.concatenate(pieces[i::2]) for i in range(2)] for pieces in spoken.values()]
    one, other = ([embed(fbank(half)) for half in pair] for pair in halves)
    assert min(float(one[0] @ one[1]), float(other[0] @ other[1])) > 0.5
    assert max(float(a @ b) for a in one for b in other) < 0.35


@needs_data
def test_the_large_set_is_counted_about_as_measured() -> None:
    """Looser than the benchmark's figures, so that only a real loss fails."""
    found: dict[str, list[int]] = {"one_speaker": [], "two_alternating": [], "no_speech": []}
    for mixture in json.loads((DATA / "audio" / "mixtures.json").read_text()):
        if mixture["type"] in found:
            sound = read_sound(DATA / "audio" / mixture["file"])
            found[mixture["type"]].append(speakers(sound).speaker_count)
    assert set(found["no_speech"]) == {0}
    assert np.mean([count > 1 for count in found["one_speaker"]]) <= 0.1
    assert np.mean([count > 1 for count in found["two_alternating"]]) >= 0.85
