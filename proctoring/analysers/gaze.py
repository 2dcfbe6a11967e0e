"""For what share of the time does the candidate look away from the screen?

Nobody's glance matters, and no two people sit alike: what counts is how much of the last ten
seconds was spent looking further from the person's own usual direction than a screen is wide.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from typing import ClassVar

from proctoring.analysers.directions import (
    ENROLLED_LOOKS,
    Direction,
    Look,
    baseline,
    has_changed,
    is_closed,
    look_at,
    where,
)
from proctoring.exam import NOTHING_KNOWN, Exam, GazeBaseline
from proctoring.perception.boxes import overlap
from proctoring.perception.scene import SAME_FACE, Beat, Scene
from proctoring.types import BoxXYXY, Observation, Rule, Severity

LOOK_EVERY_S = 0.5
SHARE_OVER_S = 10.0
ENOUGH_LOOKS = 12  # of the twenty in ten seconds; with fewer nobody can speak of a share
BLINKS_OVER_S = 60.0
REMEMBERED_LOOKS = 1200  # ten minutes: who sits differently for five is taken as sitting so
LEARN_EVERY_S = 5.0  # once there is something to compare with
LEARNING = "learning how the screen is looked at"


class GazeTracker:
    name: ClassVar[str] = "gaze"
    title: ClassVar[str] = "Looking at the screen"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "For how much of the time your head and eyes point away from the screen, compared with "
        "how you usually sit. Glances and blinks don't matter; when it is a large part of ten "
        "seconds, one picture is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="looking_away",
            title="Looking away from the screen",
            signal="off_screen_share",
            # Four seconds of ten. Eyes that leave the screen in thought come back sooner.
            enter_at=0.4,
            exit_at=0.15,
            phrase="away for {value:.0%} of ten seconds",
            advice="Keep your eyes on the screen where you can. Short glances are fine.",
            severity=Severity.WARNING,
            weight=0.1,
            enter_after_s=1.0,
            exit_after_s=2.0,
        ),
    )

    learned: GazeBaseline | None = None  # as it is to be known if the server starts anew

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._fine = {Direction.SCREEN}
        if exam.policy.may_look_down:
            self._fine.add(Direction.DOWN)
        self._enrolled = exam.enrolment.gaze
        self._beat = Beat(LOOK_EVERY_S)
        self._looks: deque[Look] = deque(maxlen=REMEMBERED_LOOKS)
        self._box: BoxXYXY | None = None  # of the face, when it was last seen
        self._usual: GazeBaseline | None = None
        self._learned_t = -LEARN_EVERY_S
        self.learned = self._enrolled

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        if not self._beat.is_due(scene.t):
            return
        look = look_at(scene)
        if isinstance(look, str):
            yield from _abstain(scene.t, look, "off_screen_share", "eyes_closed")
            return
        box = _box(scene)
        if self._box and overlap(box, self._box) < SAME_FACE:  # somebody else, perhaps
            self._looks.clear()
            self._usual = None
        self._box = box
        self._looks.append(look)
        usual = self._learn(look.t)
        if usual is None:
            yield from _abstain(scene.t, LEARNING, "off_screen_share", "eyes_closed")
            return
        yield from self._tell_gaze(look, usual, box)
        yield from self._tell_eyes(look, usual)

    def _learn(self, t: float) -> GazeBaseline | None:
        if self._usual is None or t - self._learned_t >= LEARN_EVERY_S:
            self._usual, self._learned_t = baseline(self._looks, self._enrolled), t
            if self._usual and len(self._looks) >= ENROLLED_LOOKS:
                self._settle(self._usual)
        return self._usual

    def _settle(self, usual: GazeBaseline) -> None:
        """What a minute taught, and then whatever differs much from it."""
        if not math.isnan(usual.yaw_deg) and (
            self.learned is None or has_changed(self.learned, usual)
        ):
            self.learned = usual

    def _tell_gaze(self, look: Look, usual: GazeBaseline, box: BoxXYXY) -> Iterable[Observation]:
        recent = [where(past, usual) for past in self._since(look.t - SHARE_OVER_S)]
        told = [direction for direction in recent if direction]
        if len(told) < ENOUGH_LOOKS:
            unlearned = LEARNING if math.isnan(usual.yaw_deg) else "eyes not seen for long enough"
            why = look.hidden or unlearned
            yield from _abstain(look.t, why, "off_screen_share")
            return
        share = sum(direction not in self._fine for direction in told) / len(told)
        yield Observation(look.t, "off_screen_share", share, boxes=(box,))
        if recent[-1] and not look.hidden:  # as seen in the picture
            head = look.head
            yield Observation(look.t, "gaze_yaw_deg", head.gaze_yaw_deg - usual.yaw_deg)
            yield Observation(look.t, "gaze_pitch_deg", head.gaze_pitch_deg - usual.pitch_deg)

    def _tell_eyes(self, look: Look, usual: GazeBaseline) -> Iterable[Observation]:
        """The share of ten seconds with closed eyes, and how often they were seen to close.

        Two looks a second meet one blink in four, so `blinks` are fewer than there were.
        """
        if look.hidden and not is_closed(look.head, usual):
            yield from _abstain(look.t, look.hidden, "eyes_closed")
            return
        closed = [
            is_shut
            for past in self._since(look.t - BLINKS_OVER_S)
            if (is_shut := is_closed(past.head, usual)) or not past.hidden
        ]
        recent = closed[-int(SHARE_OVER_S / LOOK_EVERY_S) :]
        yield Observation(look.t, "eyes_closed", sum(recent) / len(recent))
        yield Observation(look.t, "blinks", sum(now and not then for then, now in pairwise(closed)))

    def _since(self, t: float) -> list[Look]:
        return [look for look in self._looks if look.t > t]


def _box(scene: Scene) -> BoxXYXY:
    assert scene.mesh is not None
    height, width = scene.image.shape[:2]
    left, top, right, bottom = scene.mesh.box
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _abstain(t: float, why: str, *signals: str) -> Iterable[Observation]:
    for signal in signals:
        yield Observation(t, signal, None, reason=why)
