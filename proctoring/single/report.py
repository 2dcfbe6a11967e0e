"""What one picture tells: everything that needs no before and no after, in one report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from proctoring.analysers import choices
from proctoring.analysers.camera import CameraHealth
from proctoring.analysers.faces import FaceCounter
from proctoring.analysers.picture import PictureQuality
from proctoring.analysers.position import FacePosition
from proctoring.enrolment.face import THOROUGH
from proctoring.exam import NOTHING_KNOWN, FaceProfile
from proctoring.perception.scene import Scene
from proctoring.rules import is_bad
from proctoring.single.parts import PARTS, Asked, Gaze, Untold
from proctoring.types import Analyser, Face, Image, Observation, Policy, Rule, VideoFrame

LOOKERS: tuple[type[Analyser], ...] = (FaceCounter, CameraHealth, PictureQuality, FacePosition)
IN_MOTION = frozenset({"picture_change", "picture_age_s", "camera_change"})  # need two pictures
NOBODY: Mapping[str, FaceProfile] = {}


@dataclass(frozen=True, slots=True)
class PictureReport:
    """smart-exam-ai's fields first, under their names, then ours.

    What could not be told is None, and `abstained` says why. One look is no incident: `alerts` are
    the kinds of incident that would open if what is seen here lasted.
    """

    people_count: int
    banned_objects: tuple[str, ...] | None
    face_detected: bool
    face_verified: bool | None
    person_name: str | None
    headpose_alert: bool | None  # turned away from the camera
    spoofing_alert: bool | None
    alerts: tuple[str, ...]  # kinds of incident
    faces: tuple[Face, ...]  # the likeliest first
    yaw_deg: float | None  # of the head; signs as in `perception.head`
    pitch_deg: float | None
    roll_deg: float | None
    gaze: Gaze | None
    ear: float | None  # eye aspect ratio
    distance_cm: float | None  # from the camera
    liveness: float | None  # 0..1
    landmarks: tuple[tuple[float, float, float], ...] | None  # see `perception.mesh`
    quality: Mapping[str, float | None]  # by signal of `analysers.picture`
    abstained: Mapping[str, str]  # field -> why it is None


def report_on(
    image: Image,
    *,
    policy: Policy = NOTHING_KNOWN.policy,
    signals: Collection[str] | None = None,
    known: Mapping[str, FaceProfile] = NOBODY,
) -> PictureReport:
    """`image` is (height, width, 3) BGR. `signals` are names of analysers, all by default;
    `known` are the people, by name, whose face it may be.
    """
    asked = Asked(Scene(VideoFrame(0.0, image), THOROUGH), policy, known)
    is_off = {kind.name for kind in choices() if signals is not None and kind.name not in signals}
    values, abstained, alerts = _tell(asked, is_off)
    seen = [found for kind in LOOKERS if kind.name not in is_off for found in _look(kind, asked)]
    alerts += [rule.kind for rule, o in seen if o.value is not None and is_bad(rule, o.value)]
    of_picture = [o for rule, o in seen if rule in PictureQuality.rules]
    faces = asked.scene.faces
    return PictureReport(
        **{"people_count": len(faces)} | values,
        face_detected=bool(faces),
        faces=faces,
        alerts=tuple(dict.fromkeys(alerts)),
        quality={o.signal: o.value for o in of_picture},
        abstained=abstained | {o.signal: o.reason for o in of_picture if o.value is None},
    )


def _tell(
    asked: Asked, is_off: Collection[str]
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The fields of all parts, why some are None, and alerts."""
    values: dict[str, Any] = {name: None for part in PARTS for name in part.fields}
    abstained: dict[str, str] = {}
    alerts: list[str] = []
    for part in PARTS:
        try:
            if part.analyser in is_off:
                raise Untold("switched off by the policy")
            told = part.tell(asked)
        except Untold as reason:
            abstained |= dict.fromkeys(part.fields, str(reason))
            continue
        values |= told.fields
        alerts += told.alerts
        abstained |= told.abstained
    return values, abstained, alerts


def as_json(report: PictureReport, *, has_landmarks: bool = False) -> dict[str, Any]:
    values = {field.name: getattr(report, field.name) for field in fields(report)}
    values |= {
        "faces": [{"box": f.box, "confidence": round(f.confidence, 3)} for f in report.faces],
        "gaze": None if report.gaze is None else asdict(report.gaze),
        "quality": {k: None if v is None else round(v, 3) for k, v in report.quality.items()},
        "abstained": dict(report.abstained),
    }
    if not has_landmarks:
        del values["landmarks"]
        values["abstained"].pop("landmarks", None)
    return values


def _look(kind: type[Analyser], asked: Asked) -> Iterator[tuple[Rule, Observation]]:
    found = {o.signal: o for o in kind().analyse(asked.scene)}
    for rule in kind.rules:
        if rule.signal in found and rule.signal not in IN_MOTION:
            yield rule, found[rule.signal]
