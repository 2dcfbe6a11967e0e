"""Something to do that no recording can have known: turn the head, or sit in changing light.

Made when there is doubt, from a secret seed, shown by the candidate's page, and verified by what
the camera saw and when. Nothing here reads a clock or a picture: times are media time.

A turn tells a head from a flat picture. Colours tell now from before: a recording or a program's
picture does not take the screen's light; a print does. Neither proves that anybody is absent:
what is not seen to be done is for a person to look at.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Kind(StrEnum):
    TURN = "turn"
    COLOURS = "colours"


@dataclass(frozen=True, slots=True)
class Step:
    start_s: float  # from when the challenge is shown
    end_s: float
    ask: str  # "left" or "right", the candidate's own; or a colour: "#ffc8c8"


@dataclass(frozen=True, slots=True)
class Challenge:
    kind: Kind
    steps: tuple[Step, ...]
    seed: bytes  # secret until it is shown; the same one makes the same challenge

    @property
    def length_s(self) -> float:
        return self.steps[-1].end_s + LATEST_S


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that a candidate's page is to show now. It lives in this process alone."""

    id: str
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class ChallengeResult:
    passed: bool | None  # None: it can't be told, a person checks
    reason: str


@dataclass(frozen=True, slots=True)
class Yaw:
    """One look at a head."""

    t: float  # s
    yaw_deg: float | None  # grows as the candidate turns to their own left; None: not to be seen


@dataclass(frozen=True, slots=True)
class Colour:
    """One look at a face."""

    t: float  # s
    rgb: tuple[float, float, float] | None  # 0..255, the mean of the skin; None: not to be seen


LATEST_S = 1.0  # from a page to a picture that shows it: screen, camera, encoder, network
NEEDED_LOOKS = 0.6  # of those that would have come

# --- turns -------------------------------------------------------------------------------

TURNS = 2  # chance alone, or a recording of somebody who turns, gets one in four
TURN_S = (3.0, 4.0)  # to read, to turn and to be seen at it
REST_S = (1.5, 2.5)  # to look back at the screen
SOONEST_S = 0.25  # nobody reads and turns within less: who has turned by then knew
TURNED_DEG = 10.0  # from where they looked before; people who are asked turn by 20 to 40
LOOKS = 2  # so many turned so far
BASELINE_S = 1.5  # before the ask


def head_turns(seed: bytes) -> Challenge:
    """`seed` is from `secrets.token_bytes`."""
    choose = random.Random(seed)
    steps, t = [], choose.uniform(*REST_S)
    for _ in range(TURNS):
        end = t + choose.uniform(*TURN_S)
        steps.append(Step(t, end, choose.choice(("left", "right"))))
        t = end + choose.uniform(*REST_S)
    return Challenge(Kind.TURN, tuple(steps), seed)


def verify_turns(
    challenge: Challenge, shown_t: float, looks: Sequence[Yaw], *, is_plane: bool = False
) -> ChallengeResult:
    """`looks` are all from `BASELINE_S` before it was shown to its end, seen or not.

    `is_plane`: the face moved as one plane meanwhile (perception.flatness).
    """
    for number, step in enumerate(challenge.steps, 1):
        start, end = shown_t + step.start_s, shown_t + step.end_s + LATEST_S
        before = _yaws(looks, start - BASELINE_S, start)
        during = _yaws(looks, start + SOONEST_S, end)
        if not before or len(during) < LOOKS:
            return ChallengeResult(None, f"the head could not be seen at turn {number}")
        sign = 1 if step.ask == "left" else -1
        baseline = float(np.median(before))
        turned = [sign * (yaw - baseline) >= TURNED_DEG for yaw in during]
        if sum(turned) >= LOOKS:
            continue
        if len(during) < NEEDED_LOOKS * sum(start + SOONEST_S <= look.t <= end for look in looks):
            return ChallengeResult(None, f"the head was out of sight at turn {number}")
        return ChallengeResult(False, f"no turn to the {step.ask} was seen")
    if is_plane:
        return ChallengeResult(False, "what turned was flat")
    return ChallengeResult(True, "turned as asked")


def _yaws(looks: Sequence[Yaw], start: float, end: float) -> list[float]:
    return [look.yaw_deg for look in looks if start <= look.t <= end and look.yaw_deg is not None]


# --- colours -----------------------------------------------------------------------------

# Pale, so that nothing flashes; at most 1.25 changes a second, where 3 are the limit for people
# who are sensitive to light (WCAG 2.3.1). The page fades from one to the next.
PALETTE = ("#ffb4b4", "#b4ffb4", "#b4b4ff", "#ffffff", "#fff0a0", "#a0f0ff")
CHANGES = 10
COLOUR_S = (0.8, 1.2)
FADE_S = 0.3

DELAYS_S = tuple(np.arange(0.1, LATEST_S + 0.01, 0.1))
DECOYS = 99  # sequences that were not shown
RANK = 0.02  # at most so many of them may fit as well
FITS = 0.5  # correlation from which a sequence is seen
VISIBLE = 0.001  # of a channel's mean, root mean square: below, even the picture's noise is hidden


def screen_colours(seed: bytes) -> Challenge:
    """`seed` is from `secrets.token_bytes`. The page offers to skip it."""
    choose = random.Random(seed)
    steps: list[Step] = []
    t, last = 0.0, ""
    for _ in range(CHANGES):
        end = t + choose.uniform(*COLOUR_S)
        last = choose.choice([colour for colour in PALETTE if colour != last])
        steps.append(Step(t, end, last))
        t = end
    return Challenge(Kind.COLOURS, tuple(steps), seed)


def verify_colours(
    challenge: Challenge, shown_t: float, looks: Sequence[Colour]
) -> ChallengeResult:
    """Does the face's colour follow the screen's, later by a moment, and better than by chance?

    Never False: a lamp beside the screen hides its light as well as a recording does.
    """
    end_t = shown_t + challenge.length_s
    due = [look for look in looks if shown_t <= look.t <= end_t]
    seen = [look for look in due if look.rgb is not None]
    if len(seen) < max(2 * CHANGES, NEEDED_LOOKS * len(due)):
        return ChallengeResult(None, "the face could not be seen for long enough")
    times = np.array([look.t - shown_t for look in seen])
    tints = _tints(np.array([look.rgb for look in seen], np.float64), times)
    if float(np.sqrt(np.mean(tints**2))) < VISIBLE:
        return ChallengeResult(
            None, "the screen's light can't be seen on the face: it is too bright"
        )
    ours = _fit(challenge, times, tints)
    decoys = (screen_colours(challenge.seed + bytes([i])) for i in range(DECOYS))
    as_good = sum(_fit(decoy, times, tints) >= ours for decoy in decoys)
    if ours >= FITS and as_good <= RANK * DECOYS:
        return ChallengeResult(True, "the face took the screen's colours")
    return ChallengeResult(None, "the face did not take the screen's colours so that it shows")


def _fit(challenge: Challenge, times: Array, tints: Array) -> float:
    """Correlation at the best delay, -1..1."""
    return max(_correlation(_expected(challenge, times - delay), tints) for delay in DELAYS_S)


def _expected(challenge: Challenge, times: Array) -> Array:
    """(n, 3) tints that the screen gave at these times, faded as the page does."""
    knots: list[tuple[float, Array]] = []
    colours = [_rgb(step.ask) for step in challenge.steps]
    for (step, after), (colour, next_colour) in zip(
        pairwise(challenge.steps), pairwise(colours), strict=True
    ):
        knots += [(step.end_s, colour), (after.start_s + FADE_S, next_colour)]
    at = [t for t, _ in knots]
    rgb = np.stack([np.interp(times, at, [float(c[i]) for _, c in knots]) for i in range(3)], 1)
    return _tints(rgb, times)


def _tints(rgb: Array, times: Array) -> Array:
    """(n, 3): each channel against its mean, less what all share, and less what drifts."""
    relative = rgb / np.maximum(1.0, rgb.mean(axis=0)) - 1
    tints = relative - relative.mean(axis=1, keepdims=True)
    slow = np.column_stack([np.ones_like(times), times, times**2])
    drift, *_ = np.linalg.lstsq(slow, tints, rcond=None)
    return np.asarray(tints - slow @ drift, np.float64)


def _correlation(a: Array, b: Array) -> float:
    return float((a * b).sum() / max(1e-12, np.sqrt((a**2).sum() * (b**2).sum())))


def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
