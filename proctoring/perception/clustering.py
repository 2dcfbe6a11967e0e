"""Speaker clustering: how many voices a number of local speakers are.

CAM++ embeddings tell them apart; for scraps of speech below 1.2 s, of which one network says
little, GE2E's are added. What is not like the voice that spoke most, nor like any other that
is known, is another voice as soon as it has been heard for long enough: alone, or at the same
time as the known one.

The thresholds were chosen on the tuning half of `benchmarks/mixtures.py`. In such mixtures, speech
of 2.4 s has a cosine of 0.53 (1st percentile; 0.79 in the median) to the centre of its own voice,
and of 0.22 in the median to that of another; speech of 0.6 s, 0.13 and 0.56 to its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proctoring.perception.frames import Numbers, distinct
from proctoring.perception.listening import FRAMES_PER_S, LocalSpeaker

STRANGE = 0.40  # similarity to a known voice, below which speech of 1.5 s or more is another's
STRANGE_AT_0_S = 0.10  # the same for hardly any speech, and
STRANGE_PER_S = 0.20  # what each second adds, up to STRANGE
ALIKE = 0.30  # similarity of strange speech to the middle of what else is strange
STRANGERS = 0.25  # similarity of two that hardly are one voice
OWN = 0.50  # similarity of what surely is the first voice's, and makes its centre
ENOUGH_S = 0.9  # of strange speech, that makes it a voice
OVERLAP_SHARE = 1 / 3  # of a second of strange speech, that a second of two at once is worth
LONG_S = 1.2  # of speech, by which a voice's centre can be found
SHORT_SHARE = 0.5  # of GE2E's cosine, less its usual
SHORT_USUAL = 0.7  # value, in the similarity of speech shorter than that
LEAST_S = 0.6  # of speech in all, for one voice
MOST_VOICES = 4
WITNESSES = 400  # local speakers at most that each is compared with: bounds the work

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    labels: Rows  # for each local speaker its voice's number; 0 spoke most
    margins: Floats  # for each, by how much it is more like that voice than like the next; 0..1
    count: int  # voices; one more than the labels tell where two only ever speak at once
    evidence_s: float  # of strange speech for the second voice, overlap's worth included
    similarity: float = 1.0  # cosine of the second voice found to the first; 1 where there is none


@dataclass(frozen=True, slots=True, eq=False)
class _Speech:
    """Local speakers as arrays; a voice's centre is the same with one row."""

    campplus: Floats  # (n, 192)
    ge2e: Floats  # (n, 256)
    seconds: Floats  # (n,)

    def at(self, rows: Rows) -> _Speech:
        return _Speech(self.campplus[rows], self.ge2e[rows], self.seconds[rows])

    def middle(self, rows: Rows) -> _Speech:
        mine = self.at(rows)
        weights = mine.seconds / mine.seconds.sum()
        centres = (weights @ mine.campplus, weights @ mine.ge2e)
        units = (centre / max(float(np.linalg.norm(centre)), 1e-9) for centre in centres)
        campplus, ge2e = (unit[None].astype(np.float32) for unit in units)
        return _Speech(campplus, ge2e, mine.seconds.sum(keepdims=True))

    def like(self, other: _Speech) -> Floats:
        """(n, others): a cosine, of short speech two networks' together."""
        short = np.minimum.outer(self.seconds, other.seconds) < LONG_S
        short &= np.logical_and.outer(self.ge2e.any(axis=1), other.ge2e.any(axis=1))
        second = SHORT_SHARE * (self.ge2e @ other.ge2e.T - SHORT_USUAL)
        return np.asarray(self.campplus @ other.campplus.T + short * second, np.float32)


def cluster(speakers: Sequence[LocalSpeaker], overlap_s: float = 0.0) -> Clustering:
    """Groups local speakers by voice.

    `overlap_s` is for how long, in the ten seconds in which it was most, two spoke at once.
    """
    if len(_frames(speakers)) < LEAST_S * FRAMES_PER_S:
        return _all_one(len(speakers), 0)
    speech = _Speech(
        np.stack([speaker.campplus for speaker in speakers]),
        np.stack([speaker.ge2e for speaker in speakers]),
        np.array([speaker.seconds for speaker in speakers], np.float32),
    )
    first = _first_voice(speech)
    if first is None:
        return _all_one(len(speakers), 1)
    voices, evidence_s = [first], 0.0
    limits = np.minimum(STRANGE, STRANGE_AT_0_S + STRANGE_PER_S * speech.seconds)
    strange = np.ones(len(speakers), bool)
    while len(voices) < MOST_VOICES:
        strange &= speech.like(voices[-1])[:, 0] < limits
        group = _largest_group(speech, np.flatnonzero(strange))
        own_s = len(_frames([speakers[row] for row in group])) / FRAMES_PER_S
        worth_s = own_s + (overlap_s * OVERLAP_SHARE if len(voices) == 1 else 0.0)
        evidence_s = worth_s if len(voices) == 1 else evidence_s
        if worth_s < ENOUGH_S or len(group) == 0:
            break
        voices.append(speech.middle(group))
    alike = np.concatenate([speech.like(voice) for voice in voices], axis=1)
    count = max(len(voices), 2 if evidence_s >= ENOUGH_S else 1)
    labels = _by_seconds(alike.argmax(axis=1), speech.seconds)
    similarity = float(voices[1].like(voices[0])[0, 0]) if len(voices) > 1 else 1.0
    return Clustering(labels, _margins(alike), count, evidence_s, similarity)


def _all_one(speakers: int, count: int) -> Clustering:
    return Clustering(np.zeros(speakers, np.intp), np.ones(speakers, np.float32), count, 0.0)


def _margins(alike: Floats) -> Floats:
    if alike.shape[1] == 1:
        return np.ones(len(alike), np.float32)
    second, first = np.sort(alike, axis=1).T[-2:]
    return np.asarray(first - second, np.float32)


def _first_voice(speech: _Speech) -> _Speech | None:
    """The middle of what most of the longer speech agrees on; None where none is long."""
    rows = np.flatnonzero(speech.seconds >= LONG_S)
    if len(rows) == 0:
        return None
    long = speech.at(rows)
    long = long.at(_unmixed(long))
    alike = np.sort(long.like(long.at(_thinned(np.arange(len(long.seconds))))), axis=1)
    closest = alike[:, -max(3, alike.shape[1] // 3) :].mean(axis=1)
    voice = long.middle(closest.argmax(keepdims=True))
    for _ in range(3):
        own = np.flatnonzero(long.like(voice)[:, 0] >= OWN)
        voice = long.middle(own) if len(own) else voice
    return voice


def _unmixed(speech: _Speech) -> Rows:
    """Without what is like two others that are strange to each other: a turn's end and the next
    one's start, heard as one. All of it where nothing else is there."""
    witnesses = speech.at(_thinned(np.arange(len(speech.seconds))))
    near = speech.like(witnesses) >= OWN
    strangers = witnesses.like(witnesses) < STRANGERS
    rows = np.flatnonzero(~((near @ strangers) & near).any(axis=1))
    return rows if len(rows) else np.arange(len(speech.seconds))


def _largest_group(speech: _Speech, rows: Rows) -> Rows:
    """Of these, those around the one that is like the most seconds of them."""
    if len(rows) == 0:
        return rows
    part = speech.at(rows)
    seeds = _thinned(np.arange(len(rows)))
    alike = part.at(seeds).like(part) >= ALIKE
    group = np.flatnonzero(alike[(alike @ part.seconds).argmax()])
    for _ in range(2):
        near = np.flatnonzero(part.like(part.middle(group))[:, 0] >= ALIKE) if len(group) else group
        group = near if len(near) else group
    return rows[group]


def _frames(speakers: Sequence[LocalSpeaker]) -> Numbers:
    """The frames that any of them has to itself, each once."""
    return distinct(speaker.frames for speaker in speakers)


def _thinned(rows: Rows) -> Rows:
    return rows[:: 1 + (len(rows) - 1) // WITNESSES]


def _by_seconds(labels: Rows, seconds: Floats) -> Rows:
    """The labels renumbered, so that 0 spoke most."""
    order = np.argsort(-np.bincount(labels, seconds), kind="stable")
    return np.argsort(order)[labels]
