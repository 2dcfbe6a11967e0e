"""Voices in bad sound: the right answer or a technical state, never a voice that is not there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from material import SMALL

from proctoring.analysers import create_analysers
from proctoring.media import read_sound
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import (
    SAMPLE_RATE,
    AudioChunk,
    Category,
    Observation,
    Occurrence,
    Sample,
    Sound,
    Tick,
)

ONE, TWO = (SMALL / "audio" / f"{name}.flac" for name in ("one_voice", "two_voices"))
PACKET = SAMPLE_RATE // 50  # samples, 20 ms, as Opus sends them
CHUNK = SAMPLE_RATE // 2


class Heard:
    """What the live pipeline makes of samples."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.observations: list[Observation] = []
        names = ("speakers", "voice_owner", "whisper")
        pipeline = Pipeline(
            create_analysers(names, {"microphone"}),
            preset=PRESETS["standard"],
            meeting_id="m",
            participant_id="p",
            started_at=datetime(1970, 1, 1, tzinfo=UTC),
            on_observation=self.observations.append,
        )
        self.occurrences: dict[str, Occurrence] = {}
        for sample in samples:
            for record in pipeline.process(sample):
                if isinstance(record, Occurrence):
                    self.occurrences[record.id] = record
        assert not pipeline.broken

    @property
    def most(self) -> float:
        return max(self._values("speaker_count"), default=0)

    def kinds(self, category: Category) -> set[str]:
        return {o.kind for o in self.occurrences.values() if o.category is category}

    def _values(self, signal: str) -> list[float]:
        return [o.value for o in self.observations if o.signal == signal and o.value is not None]


def chunks(sound: Sound, start_t: float = 0.0) -> Iterator[AudioChunk]:
    sound = np.concatenate([sound, np.zeros(2 * SAMPLE_RATE, np.float32)])
    for start in range(0, len(sound), CHUNK):
        yield AudioChunk(start_t + start / SAMPLE_RATE, sound[start : start + CHUNK])


def ffmpeg(source: Path, path: Path, *options: str) -> Path:
    command = ["ffmpeg", "-y", "-loglevel", "error", "-i", str(source), *options, str(path)]
    subprocess.run(command, check=True)
    return path


# --- files --------------------------------------------------------------------------------

FORMATS = {
    "8 kHz": ("a.wav", ("-ar", "8000")),
    "44.1 kHz": ("a.wav", ("-ar", "44100")),
    "stereo, one channel dead": ("a.wav", ("-af", "pan=stereo|c0=0*c0|c1=c0")),
    "5.1, the voice in front": ("a.wav", ("-af", "pan=5.1|FL=0*c0|FR=0*c0|FC=c0|LFE=0*c0")),
    "5.1, the voice behind": ("a.flac", ("-af", "pan=5.1|FL=0*c0|FR=0*c0|BL=c0|BR=0*c0")),
    "a telephone's 8 bits": ("a.wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("source", "voices"), [(ONE, 1), (TWO, 2)])
def test_any_rate_and_any_channels_have_the_same_voices(
    name: str, source: Path, voices: int, tmp_path: Path
) -> None:
    file, options = FORMATS[name]
    assert Heard(chunks(read_sound(ffmpeg(source, tmp_path / file, *options)))).most == voices


def test_samples_that_are_no_numbers_are_silence_in_a_file(tmp_path: Path) -> None:
    sound = read_sound(ONE)
    sound[SAMPLE_RATE * 3 : SAMPLE_RATE * 3 + 800] = np.nan
    sound[SAMPLE_RATE * 9] = np.inf
    raw = tmp_path / "raw"
    raw.write_bytes(sound.astype("<f4").tobytes())
    path = tmp_path / "nan.wav"
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "f32le", "-ar", "16000", "-ac", "1"]
    subprocess.run([*command, "-i", raw, "-c:a", "pcm_f32le", path], check=True)
    assert Heard(chunks(read_sound(path))).most == 1


# --- samples ------------------------------------------------------------------------------


def offset(sound: Sound) -> Sound:
    return sound + np.float32(0.3)


def overdriven(sound: Sound) -> Sound:
    return np.clip(sound * 40, -1, 1)


def concealed(sound: Sound) -> Sound:
    """Every twentieth packet is lost, and its gap filled with a fading echo of the last."""
    packets = sound[: len(sound) // PACKET * PACKET].reshape(-1, PACKET).copy()
    lost = np.flatnonzero(np.random.default_rng(5).random(len(packets)) < 0.05)
    for number in lost[lost > 0]:
        packets[number] = 0.6 * packets[number - 1]
    return packets.ravel()


def out_of_order(sound: Sound) -> Sound:
    packets = sound[: len(sound) // PACKET * PACKET].reshape(-1, PACKET).copy()
    for number in np.flatnonzero(np.random.default_rng(6).random(len(packets) - 1) < 0.02):
        packets[[number, number + 1]] = packets[[number + 1, number]]
    return packets.ravel()


@pytest.mark.parametrize("spoil", [offset, concealed, out_of_order])
@pytest.mark.parametrize(("source", "voices"), [(ONE, 1), (TWO, 2)])
def test_a_spoilt_stream_has_the_same_voices(
    spoil: Callable[[Sound], Sound], source: Path, voices: int
) -> None:
    assert Heard(chunks(spoil(read_sound(source)))).most == voices


@pytest.mark.parametrize("source", [ONE, TWO])
def test_clipped_sound_is_degraded_and_nobodys(source: Path) -> None:
    heard = Heard(chunks(overdriven(read_sound(source))))
    assert heard.kinds(Category.CONDUCT) == set()
    reasons = {o.reason for o in heard.observations if o.signal == "speaker_count"}
    assert "sound too loud: it is clipped" in reasons


def test_a_muted_microphone_is_a_technical_state() -> None:
    heard = Heard(chunks(np.zeros(25 * SAMPLE_RATE, np.float32)))
    assert heard.kinds(Category.TECHNICAL) == {"microphone_silent"}
    assert heard.kinds(Category.CONDUCT) == set()


# --- times --------------------------------------------------------------------------------


def test_lost_sound_is_a_hole_in_time_and_no_second_voice() -> None:
    """Half a second in four is missing, and the clock says so."""
    kept = [chunk for number, chunk in enumerate(chunks(read_sound(ONE))) if number % 8 != 5]
    assert Heard(kept).most <= 1


@pytest.mark.parametrize("source", [ONE, TWO])
def test_a_stream_that_stops_for_a_minute_is_told_and_knows_its_voices_after(source: Path) -> None:
    sound = read_sound(source)
    first = list(chunks(sound))
    stopped = first[-1].end_t
    ticks = [Tick(stopped + second) for second in range(1, 60)]
    heard = Heard([*first, *ticks, *chunks(sound, stopped + 60)])
    assert "audio_lost" in heard.kinds(Category.TECHNICAL)
    assert heard.most == (1 if source is ONE else 2)
    told = [o.span for o in heard.observations if o.signal == "voice" and o.span]
    assert not [span for span in told if stopped + 3 < span[0] < stopped + 57]


def test_a_clock_that_drifts_by_200_millionths_moves_nothing_by_much() -> None:
    """The card samples too slowly: after 25 minutes its sound is 0.3 s late by the clock."""
    silent = np.full(CHUNK, 1e-4, np.float32)
    before = 25 * 60 * 2
    stream = [AudioChunk(number / 2 * 1.0002, silent) for number in range(before)]
    start_t = before / 2 * 1.0002
    heard = Heard([*stream, *chunks(read_sound(ONE), start_t)])
    assert heard.most == 1
    assert heard.kinds(Category.CONDUCT) == set()
    spoken = [
        o.span[0] for o in heard.observations if o.signal == "voice" and o.span and o.value != 0
    ]
    assert abs(min(spoken) - (start_t + 0.7)) < 1.3, "the first word's second"


def test_the_clip_of_a_second_voice_is_what_was_heard_then() -> None:
    """After a hole in the stream, too: times are the stream's."""
    sound = read_sound(TWO)
    first = next(iter(Heard(chunks(sound, 100.0)).occurrences.values()))
    again = next(iter(Heard(chunks(sound, 0.0)).occurrences.values()))
    moved = (first.opened_at - again.opened_at).total_seconds()
    assert moved == pytest.approx(100, abs=0.01)
