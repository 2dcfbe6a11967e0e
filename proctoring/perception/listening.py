"""A stream of sound as local speakers: who is heard of late, each with embeddings.

Every 1.44 s in which somebody speaks, segmentation is asked who is heard in the last ten
seconds, and each voice that said something new is embedded: its latest 2.4 s in which nobody
else speaks, gathered from between the others' words. So a voice that talks over another is
known by the scraps that it has to itself. Where it is plain who speaks (`calm`), every second
of these looks is left out, and the next one hears what it missed.

The grid is laid from the first sample: how a stream was cut into chunks changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from proctoring.perception import (
    fbank,
    loudspeaker,
    segmentation,
    speaker_embedding,
    voices,
    whisper,
)
from proctoring.perception.calm import Calm
from proctoring.perception.frames import Numbers
from proctoring.perception.speech import FRAME, IS_SPEECH, VoiceActivity
from proctoring.types import SAMPLE_RATE, Sound

STEP = 23_040  # samples, 1.44 s: whole frames of speech (512) and of the filter bank (160)
STEP_S = STEP / SAMPLE_RATE
SPEECH_FRAMES = STEP // FRAME  # 45
FRAMES_PER_S = SAMPLE_RATE // fbank.HOP  # 100
EMBEDDED = 240  # frames at most, 2.4 s: a turn is soon over, and more adds little
FEWEST = 40  # frames, 0.4 s: less tells nobody
FEWEST_NEW = 20  # frames, 0.2 s since the last look
FEWEST_WHISPERED = 20  # frames, 0.2 s of a step, for which it is worth to look at who is heard
LONG = 120  # frames, 1.2 s, from which CAM++ alone tells a voice; GE2E then is asked
GE2E_EVERY = 4  # for each so many pieces only, so that scraps have something to be compared with
NOT_ASKED = np.zeros(256, np.float32)
LITTLE_SPEECH = 0.1  # of a step; with less, nobody is looked for
BACK = 300  # frames before the last look, 3 s, for which a look says again who was heard
NEAR_SPEECH = 3  # speech frames to either side that may be speech too: soft starts and ends

Segmented = tuple[Sound, segmentation.Activity, int]  # who is heard in it; its first frame


@dataclass(frozen=True, slots=True, eq=False)
class LocalSpeaker:
    """A voice in the last ten seconds. Whether the next step's is the same, clustering says."""

    frames: Numbers  # at most 240, in which it alone is heard: the embeddings are of these
    active: Numbers  # in which it is heard, alone or not, since 3 s before the last look at least
    campplus: npt.NDArray[np.float32]  # (192,), of length 1
    ge2e: npt.NDArray[np.float32]  # (256,), of length 1, or zeros: not asked
    fundamental_db: float = float("nan")  # see `loudspeaker`

    @property
    def seconds(self) -> float:
        return len(self.frames) / FRAMES_PER_S


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What was found at the end of 1.44 s more."""

    end_s: float  # media time
    speakers: tuple[LocalSpeaker, ...]  # those that said something new
    speech: Numbers  # of the last ten seconds, in which anybody speaks; empty where none now does
    overlap: Numbers  # those of `speech` in which two speak at once
    whispered: Numbers = field(default_factory=lambda: np.empty(0, np.int_))  # news of 1.44 s
    is_look: bool = True  # False: nobody was looked for, and `speech` is that of 1.44 s alone

    @property
    def overlap_s(self) -> float:
        return len(self.overlap) / FRAMES_PER_S


class Listener:
    """Follows one stream, the first sample of which has the media time `start_s`."""

    def __init__(
        self,
        activity: VoiceActivity | None = None,
        start_s: float = 0.0,
        *,
        is_thorough: bool = False,
        ge2e_every: int = GE2E_EVERY,
    ) -> None:
        """`is_thorough`: looks each time, however plain it is who speaks."""
        self._activity = activity or VoiceActivity()
        self._start = round(start_s * FRAMES_PER_S)  # number of the stream's first frame
        self._sound: Sound = np.empty(0, np.float32)  # from the first sample of step `_oldest` on
        self._speech: npt.NDArray[np.float32] = np.empty(0, np.float32)  # of the same stretch
        self._oldest = 0  # number of a step
        self._next = 0  # number of the step to come
        self._looked = self._start  # the frame up to which speakers were looked for
        self._filters = segmentation.Filters()  # of `_sound`
        self._segmented: tuple[int, Segmented] | None = None  # of which step
        self._noise = whisper.Noise(STEP)
        self._calm = None if is_thorough else Calm()
        self._ge2e_every = ge2e_every
        self._unasked = ge2e_every  # longer pieces of speech since GE2E was asked
        self._may_wait = False  # until the next step, because all was plain at the last look
        self._waits = False  # something was said that has not been looked at

    def anew(self, start_s: float) -> Listener:
        """One for what comes after a break: nothing heard yet."""
        return Listener(self._activity.anew(), start_s)

    def hear(self, samples: Sound) -> Iterator[Step]:
        """The steps that `samples`, of any length, complete."""
        self._sound = np.concatenate([self._sound, samples])
        self._speech = np.concatenate([self._speech, self._activity.hear(samples)])
        while len(self._speech) >= (self._next - self._oldest + 1) * SPEECH_FRAMES:
            self._next += 1
            steps = self._next - self._oldest
            yield replace(self._step(steps), whispered=self._whispered(steps))
            if (self._next - self._oldest) * STEP > segmentation.LONGEST:
                self._sound = self._sound[STEP:]
                self._speech = self._speech[SPEECH_FRAMES:]
                self._filters.forget(STEP)
                self._oldest += 1

    def _step(self, steps: int) -> Step:
        """The step that ends where `steps` of what is remembered end."""
        end_s = self._start / FRAMES_PER_S + self._next * STEP_S
        spoken = self._speech[: steps * SPEECH_FRAMES] > IS_SPEECH
        is_spoken = spoken[-SPEECH_FRAMES:].mean() >= LITTLE_SPEECH
        if not is_spoken and not self._waits:
            return Step(end_s, (), np.empty(0, np.int_), np.empty(0, np.int_))
        self._waits = self._may_wait and not self._waits
        if self._waits:
            return self._unlooked(end_s, spoken[-SPEECH_FRAMES:])
        sound, anybody, first = self._segment(steps)
        middles = np.arange(len(anybody)) * fbank.HOP + fbank.FRAME // 2
        near = np.convolve(spoken, np.ones(2 * NEAR_SPEECH + 1), "same") > 0
        start = (first - self._start) * fbank.HOP - self._oldest * STEP
        active = anybody & near[(start + middles) // FRAME][:, None]
        speakers = tuple(self._speakers(sound, active, first))
        together = active.sum(axis=1)
        overlap = first + np.flatnonzero(together > 1)
        new_overlap_s = float((overlap >= self._looked).sum()) / FRAMES_PER_S
        said = [(speaker.campplus, speaker.seconds) for speaker in speakers]
        self._may_wait = self._calm is not None and self._calm.after(said, new_overlap_s)
        self._looked = first + len(middles)
        return Step(end_s, speakers, first + np.flatnonzero(together), overlap)

    def _unlooked(self, end_s: float, spoken: npt.NDArray[np.bool_]) -> Step:
        """Of 1.44 s that are looked at together with those to come."""
        end = round(end_s * FRAMES_PER_S)
        frames = np.arange(end - STEP // fbank.HOP, end)
        speech = frames[spoken[np.arange(len(frames)) * fbank.HOP // FRAME]]
        return Step(end_s, (), speech, np.empty(0, np.int_), is_look=False)

    def _segment(self, steps: int) -> Segmented:
        """The last ten seconds; computed once a step at most."""
        if self._segmented and self._segmented[0] == self._next:
            return self._segmented[1]
        start, end = max(0, steps * STEP - segmentation.LONGEST), steps * STEP
        sound = self._sound[start:end]
        activity = segmentation.segment(sound, self._filters.of(self._sound[:end], start))
        middles = np.arange((len(sound) - fbank.FRAME) // fbank.HOP + 1) * fbank.HOP
        active = segmentation.at_samples(activity, middles + fbank.FRAME // 2)
        found = (sound, active, self._start + (self._oldest * STEP + start) // fbank.HOP)
        self._segmented = (self._next, found)
        return found

    def _whispered(self, steps: int) -> Numbers:
        """A quarter of a second late, because a vowel may follow."""
        end = steps * STEP - (whisper.NEAR + 1) * whisper.HOP
        sound, speech = self._sound[: steps * STEP], self._speech[: steps * SPEECH_FRAMES]
        start = max(0, end - STEP)
        found = whisper.without_pitch(
            sound, speech, start, end, lambda: self._noise.level_db(sound, self._oldest)
        )
        if len(found) < FEWEST_WHISPERED:
            return np.empty(0, np.int_)
        frames = self._start + self._oldest * STEP // fbank.HOP + found
        _, active, first = self._segment(steps)
        rows = np.clip(frames - first, 0, len(active) - 1)
        is_heard = speech[found * fbank.HOP // FRAME] > whisper.IS_SPEECH
        return np.asarray(frames[is_heard | active[rows].any(axis=1)])

    def _speakers(
        self, sound: Sound, active: segmentation.Activity, first: int
    ) -> Iterator[LocalSpeaker]:
        alone = active & (active.sum(axis=1) == 1)[:, None]
        for mine, mine_alone in zip(active.T, alone.T, strict=True):
            rows = np.flatnonzero(mine_alone)
            if len(rows) < FEWEST or (rows >= self._looked - first).sum() < FEWEST_NEW:
                continue
            rows = rows[-EMBEDDED:]
            all_rows = np.flatnonzero(mine)
            since = min(
                rows[0], self._looked - first - BACK
            )  # what no look has heard yet, at least
            self._unasked += 1
            is_asked = len(rows) < LONG or self._unasked >= self._ge2e_every
            self._unasked = 0 if is_asked else self._unasked
            yield LocalSpeaker(
                frames=first + rows,
                active=first + all_rows[all_rows >= since],
                campplus=speaker_embedding.embed(fbank.fbank(sound, rows)),
                ge2e=_ge2e(sound, rows) if is_asked else NOT_ASKED,
                fundamental_db=loudspeaker.fundamental_db(sound, rows),
            )


def _ge2e(sound: Sound, rows: npt.NDArray[np.int_]) -> npt.NDArray[np.float32]:
    return np.asarray(voices.encode(voices.window_at(sound, rows)[None])[0])
