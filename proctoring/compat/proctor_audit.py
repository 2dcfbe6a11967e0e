"""Proctor-Audit's three calls (`get_auth`, `detect_frame`, `logout`) on this product's perception.

    from proctoring.compat import proctor_audit

    proctor_audit.use(accounts)                   # whose keys are good: yours to say
    await proctor_audit.get_auth(api_key)         # then, for each frame of that candidate:
    proctor_audit.detect_frame(frame_base64)      # {"anomaly": …, "pupil_movement_status": …, …}
    await proctor_audit.logout()

The answers have the fields of Proctor-Audit 0.1.5 and two more: `face_count` and `reasons`.
The numbers are the published ones. Other than there, each candidate has a state of their own
(it follows the asyncio task that awaits `get_auth`), a second face is seen, and
nothing is asked of any network or database.

One frame decides here, so a blink is an "anomaly": that is this interface. The analysers of the
product wait and compare, and do not use it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

from proctoring.media import MediaError, decode_picture
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import PACKAGED, Perception, Scene
from proctoring.types import Image, VideoFrame


@dataclass(frozen=True, slots=True)
class Measures:
    """A named set of limits."""

    name: str
    ear_below: float  # eye aspect ratio: an eye is closed
    pupils_still_below: float  # shares of the picture's sides, from frame to frame: "straight"
    pupils_usual_below: float  # the same: "usual"; from there on "unusual"
    face_moved_above: float  # the same, of the middle of the face


PUBLISHED = Measures("proctor-audit", 0.18, 0.002, 0.008, 0.05)  # its description
AS_CODED = Measures("proctor-audit-0.1.5", 0.18, 0.002, 0.010, 0.05)  # its wheel, where it differs
PRESETS = {measures.name: measures for measures in (PUBLISHED, AS_CODED)}

# p1 … p6 of Soukupová and Čech 2016: corner, two points above, corner, two points below.
EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
PUPILS = (468, 473)
LIKELY_FACE = 0.5  # of the mesh

Point = tuple[float, float]


class Account(NamedTuple):
    email: str
    name: str


class _Seen(NamedTuple):
    """Of the frame before; shares of the picture's sides."""

    face: Point
    pupils: tuple[Point, Point]


class Candidate:
    """What is remembered of one candidate: the frame before. One frame at a time."""

    def __init__(self, measures: Measures = PUBLISHED, perception: Perception = PACKAGED) -> None:
        self._measures = measures
        self._perception = perception
        self._before: _Seen | None = None

    def detect_frame(self, frame_base64: str | bytes) -> dict[str, Any]:
        try:
            image = _decoded(frame_base64)
        except (binascii.Error, ValueError, MediaError):
            return {"error": "Invalid image"}
        scene = Scene(VideoFrame(0.0, image), self._perception)
        reasons, status = self._measure(scene)
        return {
            "anomaly": bool(reasons),
            "pupil_movement_status": status,
            "frame": _encoded(image) if reasons else None,
            "face_count": len(scene.faces),
            "reasons": reasons,
        }

    def _measure(self, scene: Scene) -> tuple[list[str], str]:
        reasons = (
            [] if len(scene.faces) == 1 else ["more than one face" if scene.faces else "no face"]
        )
        mesh = scene.mesh
        if mesh is None or mesh.confidence < LIKELY_FACE:
            self._before = None
            return reasons, "straight"
        before, now = self._before, _seen(mesh, scene.image)
        self._before = now
        if min(eye_aspect_ratio(mesh, eye) for eye in EYES) < self._measures.ear_below:
            reasons.append("eyes closed")
        if before is None:
            return reasons, "straight"
        if math.dist(before.face, now.face) > self._measures.face_moved_above:
            reasons.append("face moved")
        moved = [math.dist(*pupil) for pupil in zip(before.pupils, now.pupils, strict=True)]
        return reasons, self._status(sum(moved) / 2)

    def _status(self, moved: float) -> str:
        if moved < self._measures.pupils_still_below:
            return "straight"
        return "usual" if moved < self._measures.pupils_usual_below else "unusual"


_accounts: Mapping[str, Account] = {}
_candidate: ContextVar[Candidate | None] = ContextVar("candidate", default=None)


def use(accounts: Mapping[str, Account]) -> None:
    """Whose keys `get_auth` accepts from now on: key -> account."""
    global _accounts
    _accounts = dict(accounts)


async def get_auth(api_key: str) -> dict[str, str]:
    """Begins a candidate's session for the task that calls it."""
    for key, account in _accounts.items():
        if hmac.compare_digest(key.encode(), api_key.encode()):
            _candidate.set(Candidate())
            return {
                "auth_status": "Authentication Success",
                "email": account.email,
                "name": account.name,
            }
    why = "Invalid API key" if _accounts else "No keys are known: call proctor_audit.use() first"
    return {"auth_status": "Authentication Failed", "error": why}


def detect_frame(frame_base64: str | bytes) -> dict[str, Any]:
    candidate = _candidate.get()
    if candidate is None:
        return {"error": "Unexpected error: Unauthorized access"}
    return candidate.detect_frame(frame_base64)


async def logout() -> dict[str, str]:
    if _candidate.get() is None:
        return {"error": "Authentication required. Please log in first."}
    _candidate.set(None)
    return {"message": "Logout successful. Authentication status reset."}


def eye_aspect_ratio(mesh: Mesh, eye: tuple[int, ...]) -> float:
    """Height over width: about 0.3 for an open eye, near 0 for a closed one."""
    p1, p2, p3, p4, p5, p6 = mesh.points[list(eye), :2].astype(np.float64)
    return (math.dist(p2, p6) + math.dist(p3, p5)) / max(2 * math.dist(p1, p4), 1e-9)


def _seen(mesh: Mesh, image: Image) -> _Seen:
    height, width = image.shape[:2]
    places = mesh.points[:, :2] / (width, height)
    x, y = places.mean(axis=0).tolist()
    left, right = (tuple(places[pupil].tolist()) for pupil in PUPILS)
    return _Seen((x, y), (left, right))


def _decoded(frame: str | bytes) -> Image:
    """Also of a data URL, as a browser's canvas gives it."""
    text = frame.decode("ascii") if isinstance(frame, bytes) else frame
    _, _, content = text.rpartition(",")
    return decode_picture(base64.b64decode(content, validate=True))


def _encoded(image: Image) -> str:
    return base64.b64encode(cv2.imencode(".jpg", image)[1].tobytes()).decode("ascii")
