"""Is one of a few phrases said, and when? By PocketSphinx's keyword search.

The search compares the sounds of each phrase with any sounds at all, and works out nothing else
of what is said: there is no transcript that could be kept. Voice activity is its gate, so it
rests in a quiet room, and what is not speech cannot be taken for a phrase.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from proctoring.perception.pronunciation import (
    check_phrases,
    model_folder,
    sounds_in,
    ways_to_say,
)
from proctoring.perception.speech import FRAME, FRAME_S, IS_SPEECH, VoiceActivity
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound

# How much better a phrase has to explain the sound than any sounds do, in nats, by how many
# sounds it has: by chance a short one does it better than a long one. See benchmarks/phrases.py.
SHORT = 6  # sounds, for which
NEEDED = 0.0  # nats are needed; for each sound more so much less
LESS_BY_SOUND = 8.0
LEAST = -60.0  # what is needed of the longest; at -110 the search gives up

# A sound takes 80 ms in calm speech; a spot that is shorter or longer is something else.
SHORTEST_SOUND_S, LONGEST_SOUND_S = 0.04, 0.2

GAP_S = 0.25  # a larger jump in the stream's time is a break in the stream
BEFORE_S, AFTER_S = 0.32, 0.64  # of sound around speech that is searched as well
LONGEST_SPEECH_S = 60.0  # then the search starts afresh

_STEP_S = 0.01  # PocketSphinx's frames
_UNIT_NATS = math.log(1.0001) * 1024  # its scores: logarithms to the base 1.0001, shifted by 10
_OFFSET = 1500  # and so much below


@dataclass(frozen=True, slots=True)
class Spot:
    phrase: str  # as the examiner wrote it
    start_t: float  # s, media time
    end_t: float
    margin: float  # nats above what is needed


class PhraseListener:
    """Follows one stream of sound. Its model takes some 10 MB for each."""

    def __init__(
        self,
        phrases: Sequence[str],
        *,
        activity: VoiceActivity | None = None,
        margin: float = 0.0,  # nats more than `needed`
    ) -> None:
        """Raises PhraseError."""
        check_phrases(phrases)
        self._said: dict[str, tuple[str, int]] = {}  # as searched for: the phrase, its sounds
        self._margin = margin
        self._decoder = self._made(phrases)
        self._activity = activity or VoiceActivity()
        self._rest: Sound = np.empty(0, np.float32)
        self._before: deque[Sound] = deque(maxlen=round(BEFORE_S / FRAME_S))
        self._next_t: float | None = None  # of the first sample of the next frame
        self._hold = 0  # frames that are still searched
        self._start_t = 0.0  # of what is searched, while `_is_open`
        self._is_open = False
        self._told: list[Spot] = []  # in what is searched

    def hear(self, chunk: AudioChunk) -> Iterator[Spot]:
        """Those whose end lies a tenth of a second or more back, each once."""
        samples = np.clip(np.nan_to_num(chunk.samples, posinf=0.0, neginf=0.0), -1, 1)
        samples = samples.astype(np.float32)
        if self._next_t is None or abs(chunk.t - self._heard_t) > GAP_S:
            yield from self._anew(chunk.t)
        assert self._next_t is not None
        sound = np.concatenate([self._rest, samples])
        frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
        self._rest = sound[frames.size :]
        for frame, probability in zip(frames, self._activity.hear(samples), strict=True):
            yield from self._search(frame, bool(probability >= IS_SPEECH))
            self._next_t += FRAME_S

    @property
    def _heard_t(self) -> float:
        return (self._next_t or 0.0) + len(self._rest) / SAMPLE_RATE

    def _anew(self, t: float) -> Iterator[Spot]:
        yield from self._close()
        self._activity = self._activity.anew()
        self._rest, self._next_t, self._hold = np.empty(0, np.float32), t, 0
        self._before.clear()

    def _search(self, frame: Sound, is_speech: bool) -> Iterator[Spot]:
        self._hold = round(AFTER_S / FRAME_S) if is_speech else self._hold - 1
        if self._hold <= 0:
            yield from self._close()
            self._before.append(frame)
            return
        assert self._next_t is not None
        if self._is_open and self._next_t - self._start_t > LONGEST_SPEECH_S:
            yield from self._close()
        if not self._is_open:
            self._is_open, self._told = True, []
            self._start_t = self._next_t - len(self._before) * FRAME_S
            self._decoder.start_utt()
            for earlier in self._before:
                self._feed(earlier)
            self._before.clear()
        self._feed(frame)
        yield from self._spots()

    def _feed(self, frame: Sound) -> None:
        """A frame at a time: PocketSphinx holds the interpreter's lock while it works."""
        self._decoder.process_raw((frame * 32767).astype("<i2").tobytes(), False, False)

    def _close(self) -> Iterator[Spot]:
        if self._is_open:
            self._is_open = False
            self._decoder.end_utt()
            yield from self._spots()

    def _spots(self) -> Iterator[Spot]:
        """Of overlapping ways to say a phrase the first one that is good enough."""
        for found in self._decoder.seg() or ():
            phrase, sounds = self._said[found.word.strip()]
            length_s = (found.end_frame - found.start_frame) * _STEP_S
            margin = _score(found.prob) - needed(sounds) - self._margin
            if margin < 0 or not SHORTEST_SOUND_S <= length_s / sounds <= LONGEST_SOUND_S:
                continue
            start_t = self._start_t + found.start_frame * _STEP_S
            spot = Spot(phrase, start_t, start_t + length_s, margin)
            if not any(_overlap(spot, told) for told in self._told):
                self._told.append(spot)
                yield spot

    def _made(self, phrases: Sequence[str]) -> Any:
        import pocketsphinx  # 1.3 MB of code that few exams need

        # No dictionary and no language model: no other word is known to it than these.
        decoder = pocketsphinx.Decoder(
            hmm=str(model_folder() / "en-us"), dict=None, lm=None, loglevel="FATAL"
        )
        lines = []
        for phrase in phrases:
            for way in ways_to_say(phrase):
                for name, sounds in way:
                    if decoder.lookup_word(name) is None:
                        decoder.add_word(name, sounds, True)
                text, count = " ".join(name for name, _ in way), sounds_in(way)
                self._said.setdefault(text, (phrase, count))
                least = (needed(count) + self._margin) / math.log(10)
                lines.append(f"{text} /1e{math.floor(least)}/\n")
        with TemporaryDirectory() as folder:  # it takes several phrases from a file alone
            file = Path(folder) / "phrases"
            file.write_text("".join(lines), encoding="utf-8")
            decoder.add_kws("phrases", str(file))
        decoder.activate_search("phrases")
        return decoder


def needed(sounds: int) -> float:
    """Nats, for a phrase of so many sounds."""
    return max(LEAST, NEEDED - LESS_BY_SOUND * (sounds - SHORT))


def _score(probability: float) -> float:
    """What the phrase explains better than any sounds do, in nats."""
    return (math.log(probability) / math.log(1.0001) + _OFFSET) * _UNIT_NATS


def _overlap(one: Spot, other: Spot) -> bool:
    return one.phrase == other.phrase and one.start_t < other.end_t and other.start_t < one.end_t
