"""One frame and what was perceived in it: each thing computed once at most, and only if asked.

functools' cached_property will not do: up to Python 3.11 it holds one lock for all objects of a
class while it computes, and every candidate's faces would wait for every other's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from propcache.api import cached_property

from proctoring.perception.boxes import area, overlap
from proctoring.perception.face_embedding import Embedding, embed_face
from proctoring.perception.faces import detect_faces, examine_faces
from proctoring.perception.following import Alone
from proctoring.perception.head import Head, measure_head
from proctoring.perception.mesh import Mesh, NoMesh, face_mesh
from proctoring.perception.objects import DetectedObject, detect_objects
from proctoring.types import Face, Image, VideoFrame

FaceDetector = Callable[[Image], tuple[Face, ...]]
FaceTracer = Callable[[Image, Face | Mesh], Mesh]
FaceEmbedder = Callable[[Image, Mesh], Embedding]
ObjectDetector = Callable[[Image], tuple[DetectedObject, ...]]

SAME_FACE = 0.3  # overlap of the face's box with the points of the picture before


@dataclass(frozen=True, slots=True)
class Perception:
    """The networks that a scene asks. Another engine is another one of these."""

    detect_faces: FaceDetector = detect_faces
    examine_faces: FaceDetector = examine_faces  # the same, more thoroughly
    trace_face: FaceTracer = face_mesh
    embed_face: FaceEmbedder = embed_face
    detect_objects: ObjectDetector = detect_objects


PACKAGED = Perception()


@dataclass(frozen=True, eq=False)
class Scene:
    frame: VideoFrame
    perception: Perception = PACKAGED
    last_mesh: Mesh | None = None  # of the picture before, if it is a moment old
    last_face: Face | None = None  # likewise
    last_alone: Alone | None = None  # by the last glance, if nothing else was seen since
    stretch: float = 1.0  # costly looks are to come so many times more rarely

    @property
    def t(self) -> float:
        return self.frame.t

    @property
    def image(self) -> Image:
        return self.frame.image

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Every face; as an examination saw them, if somebody asked for one before. Who was alone
        a moment ago and has not moved away is not looked for anew."""
        examined: tuple[Face, ...] | None = self.__dict__.get("examined_faces")
        if examined is not None:
            return examined
        return (self._followed[0],) if self._followed else self.perception.detect_faces(self.image)

    @cached_property
    def examined_faces(self) -> tuple[Face, ...]:
        return self.perception.examine_faces(self.image)

    @cached_property
    def face(self) -> Face | None:
        """The candidate's: the largest, because who else is there sits further behind."""
        return max(self.faces, key=lambda face: area(face.box), default=None)

    @cached_property
    def mesh(self) -> Mesh | None:
        """The points of `face`, found from those of the picture before where they fit."""
        if self.face is None:
            return None
        if followed := self.__dict__.get("_followed"):
            return cast(Mesh, followed[1])
        last: Mesh | None = self.last_mesh
        places: list[Face | Mesh] = [self.face]
        if last is not None and overlap(last.box, self.face.box) >= SAME_FACE:
            places = [last, self.face]
        for near in places:
            with suppress(NoMesh):
                return self.perception.trace_face(self.image, near)
        return None

    @cached_property
    def head(self) -> Head | None:
        """How `mesh` is turned, and where its eyes are."""
        height, width = self.image.shape[:2]
        return None if self.mesh is None else measure_head(self.mesh, (height, width))

    @cached_property
    def embedding(self) -> Embedding | None:
        """What makes `face` recognisable; first see `perception.face_look.why_not`."""
        return None if self.mesh is None else self.perception.embed_face(self.image, self.mesh)

    @cached_property
    def objects(self) -> tuple[DetectedObject, ...]:
        return self.perception.detect_objects(self.image)

    @cached_property
    def luma(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """(height / 8, width / 8) mean brightness, 0..255: enough to tell dark, flat or frozen."""
        height, width = (side // 8 for side in self.image.shape[:2])
        if not height or not width:
            return np.zeros((height, width), np.float32)
        grey = cv2.cvtColor(self.image[: height * 8, : width * 8], cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32, copy=False)

    @property
    def known_face(self) -> Face | None:
        """`face` if somebody looked for it here, or where it was; asking here costs nothing."""
        return self.face if self.looked_for else self.last_face

    @property
    def looked_for(self) -> bool:
        """Has somebody looked for faces here? Then `faces` costs nothing."""
        return bool({"faces", "examined_faces"} & self.__dict__.keys())

    @property
    def traced(self) -> Mesh | None:
        """The mesh if somebody asked for it; asking here costs nothing."""
        followed: tuple[Face, Mesh] | None = self.__dict__.get("_followed")
        mesh: Mesh | None = self.__dict__.get("mesh")
        return followed[1] if followed else mesh

    @property
    def looked_at(self) -> bool:
        """Did somebody ask who is there?"""
        return bool({"faces", "examined_faces"} & self.__dict__.keys())

    @property
    def alone(self) -> Alone | None:
        """What the next picture may be compared with; asking here costs nothing."""
        found = self.__dict__.get("examined_faces", self.__dict__.get("faces", ()))
        if len(found) != 1 or self.traced is None:
            return None
        if self.__dict__.get("_followed"):
            return self.last_alone
        return Alone(self.t, self.luma, found[0], self.traced)

    @cached_property
    def _followed(self) -> tuple[Face, Mesh] | None:
        alone, last = self.last_alone, self.last_mesh
        if alone and last and alone.may_be_followed(self.t, self.luma, last, self.stretch):
            with suppress(NoMesh):
                mesh = self.perception.trace_face(self.image, last)
                if face := alone.face_at(mesh, last):
                    return face, mesh
        return None


class Beat:
    """Lets an analyser look every so often, and all that look as often in the same pictures.

    What is computed for one of them is then there for the others.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due_t = 0.0

    def is_due(self, t: float, stretch: float = 1.0) -> bool:
        """`stretch`: so many times more rarely than ever."""
        if t < self._due_t:
            return False
        every_s = self._every_s * stretch
        self._due_t = (t // every_s + 1) * every_s
        return True
