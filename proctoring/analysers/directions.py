"""Which way is that, for somebody who sits as this person does?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from enum import StrEnum

import numpy as np

from proctoring.exam import GazeBaseline
from proctoring.perception.head import Head, iris_contrast
from proctoring.perception.scene import Scene

LEARN_LOOKS = 16  # until then there is nothing to compare with
ENROLLED_LOOKS = 120  # a check-in weighs as much as a minute of looks
CHANGED = 5.0  # degrees: half of what people stay within, below
CHANGED_OPENNESS = 0.2  # of what it was

# Degrees from the usual direction. Where eyes go to the side with the head still they go 25 to 33
# degrees, and people who talk, pull faces and move before a screen stay within 10 (99 % of the
# looks of 8 clips); up and down within 14. A screen spans up to 25 to each side of its middle:
# whoever lets the eyes wander over it has a wider spread, and so a wider limit.
LIMIT_YAW = 18.0
LIMIT_PITCH = 20.0
BEYOND_SPREADS = 2.5  # middle deviations; of what is evenly spread over a screen, 2 reach its edge
BEYOND_SPREAD = 8.0  # degrees more than that

# A head turned this far from its usual direction is turned away, whatever the eyes do: they can't
# rest that far to the side. Less far it may be while the eyes stay on the screen.
HEAD_YAW = 35.0
HEAD_PITCH = 25.0
HEAD_BOWED = 12.0  # with the lids down: reads what lies on the desk

CLOSED = 0.55  # of the usual openness; blinks go down to 0.3, looking down to 0.6
WIDE = 1.2  # of the usual openness; brows raised in surprise look like eyes turned down

# Below these, eyes can't be told. Of all looks of three clips, twice a second, 96 % were told
# rightly as they are (the rest on the move); in a poor picture with 18 px between the eyes 95 %,
# with 14 px 88 %; blurred to a contrast of 0.28, 95 %, to 0.20, 68 %; darkened until the white of
# the eyes had 7 grey levels, 96 %, 4 levels, 84 %.
FEWEST_PX = 20.0
LEAST_CONTRAST = 0.22
LEAST_WHITE = 5.0
SURE = 0.5  # of a face: the mesh's own measure
STEEPEST_YAW = 40.0  # degrees; beyond, the far eye hides behind the nose
WORST_FIT_CM = 0.75  # the faces of 322 pictures fit better, but for what was taken for one


class Direction(StrEnum):
    """As the candidate would say it: their own left is right in a picture."""

    SCREEN = "screen"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Look:
    t: float  # s
    head: Head
    hidden: str = ""  # why the eyes can't be told from the picture; empty if they can


def look_at(scene: Scene) -> Look | str:
    """What is to be seen of the candidate's head and eyes, or why nothing is."""
    mesh = scene.mesh
    if mesh is None:
        return "no face in view"
    if mesh.confidence < SURE:
        return "no clear face"
    head = scene.head
    assert head is not None
    if head.between_eyes_px < FEWEST_PX * math.cos(math.radians(head.yaw_deg)):
        return "face too small"
    if head.misfit_cm > WORST_FIT_CM:
        return "face partly hidden"
    return Look(scene.t, head, _hidden(scene, head))


def _hidden(scene: Scene, head: Head) -> str:
    if abs(head.yaw_deg) > STEEPEST_YAW:
        return "head turned too far to see the eyes"
    assert scene.mesh is not None
    contrast, white = iris_contrast(scene.image, scene.mesh)
    if white < LEAST_WHITE:
        return "eyes too dark"
    return "irises not clear enough" if contrast < LEAST_CONTRAST else ""


def baseline(looks: Iterable[Look], enrolled: GazeBaseline | None = None) -> GazeBaseline | None:
    """The usual direction in those looks, beginning with that of the check-in.

    Up to half of them may go anywhere: the middle is where the others go. For a check-in, the
    looks are those of somebody whose eyes follow a dot over the whole screen. None for fewer
    looks than `LEARN_LOOKS`; the gaze is NaN if the eyes were seen in fewer than that.
    """
    heads = [look.head for look in looks]
    seen = [look.head for look in looks if not look.hidden]
    turned = [(head.yaw_deg, head.pitch_deg) for head in heads]
    gazes = [(head.gaze_yaw_deg, head.gaze_pitch_deg, head.eye_openness) for head in seen]
    least = (0.0, 0.0)
    if enrolled is not None:
        turned += [(enrolled.head_yaw_deg, enrolled.head_pitch_deg)] * ENROLLED_LOOKS
        usual = (enrolled.yaw_deg, enrolled.pitch_deg, enrolled.eye_openness)
        gazes += [usual] * ENROLLED_LOOKS
        least = (enrolled.yaw_spread_deg, enrolled.pitch_spread_deg)
    if len(turned) < LEARN_LOOKS:
        return None
    if len(gazes) < LEARN_LOOKS:
        gazes = [(math.nan, math.nan, math.nan)]
    yaw, pitch, openness = (float(middle) for middle in np.median(gazes, axis=0))
    spreads = np.median(np.abs(np.array(gazes)[:, :2] - (yaw, pitch)), axis=0)
    yaw_spread, pitch_spread = (float(spread) for spread in np.maximum(spreads, least))
    head_yaw, head_pitch = (float(middle) for middle in np.median(turned, axis=0))
    return GazeBaseline(yaw, pitch, yaw_spread, pitch_spread, head_yaw, head_pitch, openness)


def has_changed(before: GazeBaseline, now: GazeBaseline) -> bool:
    """By so much that going on from the one would tell other directions than from the other."""
    angles = zip(astuple(before)[:-1], astuple(now)[:-1], strict=True)
    return (
        any(abs(one - other) > CHANGED for one, other in angles)
        or abs(now.eye_openness / before.eye_openness - 1) > CHANGED_OPENNESS
    )


def where(look: Look, usual: GazeBaseline) -> Direction | None:
    """None if it can't be told: the eyes are closed, or hidden with the head as usual."""
    head = look.head
    turned, raised = head.yaw_deg - usual.head_yaw_deg, head.pitch_deg - usual.head_pitch_deg
    if away := _beyond(turned, raised, HEAD_YAW, HEAD_PITCH):
        return away
    if is_closed(head, usual):
        return Direction.DOWN if raised < -HEAD_BOWED else None
    if look.hidden or math.isnan(usual.yaw_deg):
        return None
    yaw, pitch = head.gaze_yaw_deg - usual.yaw_deg, head.gaze_pitch_deg - usual.pitch_deg
    if head.eye_openness > WIDE * usual.eye_openness:
        pitch = max(pitch, 0.0)
    yaw_limit = max(LIMIT_YAW, BEYOND_SPREADS * usual.yaw_spread_deg + BEYOND_SPREAD)
    pitch_limit = max(LIMIT_PITCH, BEYOND_SPREADS * usual.pitch_spread_deg + BEYOND_SPREAD)
    return _beyond(yaw, pitch, yaw_limit, pitch_limit) or Direction.SCREEN


def is_closed(head: Head, usual: GazeBaseline) -> bool:
    return head.eye_openness < CLOSED * usual.eye_openness


def _beyond(yaw: float, pitch: float, yaw_limit: float, pitch_limit: float) -> Direction | None:
    """Down before sideways: paper lies a little to the side."""
    if pitch < -pitch_limit:
        return Direction.DOWN
    if abs(yaw) > yaw_limit:
        return Direction.LEFT if yaw > 0 else Direction.RIGHT
    return Direction.UP if pitch > pitch_limit else None
