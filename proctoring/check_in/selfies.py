"""Learning a face from some pictures in three poses, one after the other as they come.

A picture is looked at and gone; of each that counts, an embedding stays until all are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from proctoring.check_in import words
from proctoring.enrolment.face import as_scene, of_one_person, profile_of, trouble_with
from proctoring.exam import FaceProfile
from proctoring.perception.face_embedding import Embedding
from proctoring.types import Image


class Pose(StrEnum):
    """The candidate's own left and right."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"


WANTED = (*[Pose.STRAIGHT] * 3, *[Pose.LEFT] * 2, *[Pose.RIGHT] * 2)
STRAIGHT_WITHIN = 15.0  # degrees of yaw to the camera, which may stand beside the screen
# Degrees from how they look straight ahead. Faces turned by more than 35 can't be compared.
LEAST_TURN, MOST_TURN = 10.0, 28.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one picture, and what is wanted next."""

    text: str
    pose: Pose | None  # None: all are there
    done: int
    of: int = len(WANTED)
    is_counted: bool = False
    has_failed: bool = False  # all begins anew


class Selfies:
    def __init__(self) -> None:
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._known: list[Embedding] = []
        self._yaws: list[float] = []  # degrees, of the straight ones
        self._skipped = 0  # pictures of poses that were taken as they are

    @property
    def pose(self) -> Pose | None:
        """The next one."""
        return WANTED[self._done] if self._done < len(WANTED) else None

    @property
    def profile(self) -> FaceProfile | None:
        """Once all are there."""
        return profile_of(self._known) if self.pose is None else None

    def take(self, image: Image, *, as_it_is: bool = False) -> Taken:
        """One more picture. `as_it_is`: whoever cannot turn is taken so, in place of the whole
        pose, if only the face can be told."""
        pose = self.pose
        if pose is None:
            return self._say(words.FACE_LEARNED)
        scene = as_scene(image)
        if trouble := trouble_with(scene):
            return self._say(words.TROUBLE[trouble])
        assert scene.head is not None
        assert scene.embedding is not None
        yaw = scene.head.yaw_deg
        if not as_it_is and (hint := self._turn(pose, yaw)):
            return self._say(hint)
        if not of_one_person([*self._known, scene.embedding]):
            self._begin_anew()
            return Taken(words.NOT_ONE_PERSON, self.pose, 0, has_failed=True)
        self._known.append(scene.embedding)
        if pose is Pose.STRAIGHT:
            self._yaws.append(yaw)
        if as_it_is:
            self._skipped += WANTED[self._done :].count(pose)
        return Taken(self._praise(pose), self.pose, self._done, is_counted=True)

    @property
    def _done(self) -> int:
        return len(self._known) + self._skipped

    def _turn(self, pose: Pose, yaw: float) -> str:
        """What is missing for the pose; empty if nothing is."""
        if pose is Pose.STRAIGHT:
            return "" if abs(yaw) <= STRAIGHT_WITHIN else words.POSES[pose]
        # Who turns to their own left turns to the right edge of the picture: yaw grows.
        turned = yaw - median(self._yaws or [0.0])
        turned = turned if pose is Pose.LEFT else -turned
        if turned > MOST_TURN:
            return words.LESS
        return "" if turned >= LEAST_TURN else words.POSES[pose]

    def _praise(self, pose: Pose) -> str:
        """After a picture of this pose."""
        if self.pose is None:
            return words.FACE_LEARNED
        return words.HELD if self.pose is pose else words.POSES[self.pose]

    def _say(self, text: str) -> Taken:
        return Taken(text, self.pose, self._done)
