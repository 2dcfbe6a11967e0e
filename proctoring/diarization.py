"""Who spoke when in a whole recording: for files, where what comes later may be heard first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from proctoring.perception.clustering import STRANGE, cluster
from proctoring.perception.listening import (
    STEP_FRAMES,
    STEP_S,
    WINDOW_S,
    Listener,
    VoiceWindow,
)
from proctoring.perception.speech import FRAME_S, IS_SPEECH
from proctoring.types import SAMPLE_RATE, Sound

PIECE = 30 * SAMPLE_RATE  # samples heard at a time, to bound the memory
BRIDGE_S = 0.3  # a shorter pause inside a turn is part of it
SHORTEST_S = 0.2  # a shorter sound is a click or a breath

LITTLE = 40  # windows, about sixteen seconds of speech
LITTLE_LESS = 0.1  # cosine; at 0.70, pieces of single voices gave 0 false of 52 with both, not 1

Segment = tuple[float, float, int]  # start s, end s, speaker (0 spoke most)


@dataclass(frozen=True, slots=True)
class SpeakerReport:
    speaker_count: int
    speech_s: float
    segments: tuple[Segment, ...]


def speakers(samples: Sound, listener: Listener | None = None) -> SpeakerReport:
    """Diarizes 16 kHz mono sound of any length. Times are seconds from its first sample.

    Each moment has one speaker: of two who speak at once, the one who is heard more.
    """
    listener = listener or Listener()
    tail = np.zeros(int((WINDOW_S + STEP_S) * SAMPLE_RATE), np.float32)  # completes the last one
    sound = np.concatenate([samples, tail])
    windows = [
        window
        for start in range(0, len(sound), PIECE)
        for window in listener.hear(sound[start : start + PIECE])
    ]
    spoken = [(w.embedding, w.start_s) for w in windows if w.embedding is not None]
    if not spoken:
        return SpeakerReport(0, 0.0, ())
    starts = [start for _, start in spoken]
    embeddings = np.stack([embedding for embedding, _ in spoken])
    clusters = cluster(embeddings, starts, _strange(len(spoken)))
    labels = _label_frames(_speech(windows), np.array(starts), clusters.labels)
    segments = tuple(_segments(labels))
    return SpeakerReport(
        len(clusters.voices), sum(end - start for start, end, _ in segments), segments
    )


def _strange(count: int) -> float:
    """The similarity below which a run of windows is another voice, where there are so many.

    A voice's centre errs while it rests on little, so little speech must differ by more.
    """
    return STRANGE - LITTLE_LESS * max(0.0, 1 - count / LITTLE)


def _speech(windows: list[VoiceWindow]) -> npt.NDArray[np.bool_]:
    """For each 32 ms of the recording, whether it is speech."""
    steps = [window.speech[:STEP_FRAMES] for window in windows[:-1]]
    return np.concatenate([*steps, windows[-1].speech]) > IS_SPEECH


def _label_frames(
    speech: npt.NDArray[np.bool_], starts_s: npt.NDArray[np.float64], labels: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """The speaker of each frame, that of the window whose middle is nearest; -1 in silence."""
    middles = starts_s + WINDOW_S / 2
    times = (np.arange(len(speech)) + 0.5) * FRAME_S
    after = np.clip(np.searchsorted(middles, times), 1, max(1, len(middles) - 1))
    before_is_nearer = times - middles[after - 1] <= middles[after % len(middles)] - times
    nearest = np.where(before_is_nearer | (len(middles) == 1), after - 1, after)
    return np.where(speech, labels[nearest], -1)


def _segments(labels: npt.NDArray[np.intp]) -> list[Segment]:
    """Runs of one speaker: short pauses bridged, what is shorter than a word left out."""
    edges = np.flatnonzero(np.diff(labels, prepend=-2, append=-2))
    runs = [(a * FRAME_S, b * FRAME_S, int(labels[a])) for a, b in pairwise(edges)]
    joined: list[Segment] = []
    for start, end, speaker in runs:
        if speaker < 0:
            continue
        last = joined[-1] if joined else None
        if last and last[2] == speaker and start - last[1] <= BRIDGE_S:
            joined[-1] = (last[0], end, speaker)
        else:
            joined.append((start, end, speaker))
    return [segment for segment in joined if segment[1] - segment[0] >= SHORTEST_S]
