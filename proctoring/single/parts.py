"""The parts of a report on one picture, each of which tells its fields or abstains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from proctoring.analysers.directions import HEAD_PITCH, HEAD_YAW, Look, look_at
from proctoring.analysers.faces import hidden_by
from proctoring.analysers.liveness import LARGEST_FACE, LivenessWatch
from proctoring.analysers.liveness import why_not as why_not_live
from proctoring.analysers.objects import SIGNALS, ObjectWatch, faceless, unseen_in
from proctoring.analysers.position import LIKELY_FACE
from proctoring.enrolment.face import trouble_with
from proctoring.exam import FaceProfile
from proctoring.perception.face_match import THRESHOLD, distance_from, limit_of, same_person
from proctoring.perception.head import Head, measure_head
from proctoring.perception.liveness import live_probability
from proctoring.perception.scene import Scene
from proctoring.types import Policy

(OTHER_PERSON,) = (rule for rule in ObjectWatch.rules if rule.kind == "other_person")


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where head and eyes point, from the camera; uncalibrated, so some degrees off."""

    yaw_deg: float  # to the right edge of the picture
    pitch_deg: float  # upwards


class Asked(NamedTuple):
    scene: Scene
    policy: Policy
    known: Mapping[str, FaceProfile]


class Untold(Exception):
    """The message is the reason."""


class Told(NamedTuple):
    fields: dict[str, Any]
    alerts: tuple[str, ...] = ()  # kinds of incident
    abstained: Mapping[str, str] = MappingProxyType({})  # field -> why it is not among `fields`


class Part(NamedTuple):
    analyser: str  # that the policy switches it off with; empty: always on
    fields: tuple[str, ...]
    tell: Callable[[Asked], Told]


def _head_of(scene: Scene) -> Head:
    mesh = scene.mesh
    if mesh is None:
        raise Untold(hidden_by(scene) or "no face in view")
    if mesh.confidence < LIKELY_FACE:
        raise Untold("the face cannot be made out")
    height, width = scene.image.shape[:2]
    return measure_head(mesh, (height, width))


def _tell_head(asked: Asked) -> Told:
    head = _head_of(asked.scene)
    is_down_fine = asked.policy.may_look_down and head.pitch_deg < 0
    is_turned = abs(head.yaw_deg) > HEAD_YAW
    is_turned |= abs(head.pitch_deg) > HEAD_PITCH and not is_down_fine
    angles = {name: round(getattr(head, name), 1) for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    return Told({"headpose_alert": is_turned} | angles, ("looking_away",) if is_turned else ())


def _tell_eyes(asked: Asked) -> Told:
    _head_of(asked.scene)
    look = look_at(asked.scene)
    if not isinstance(look, Look) or look.hidden:
        raise Untold(look.hidden if isinstance(look, Look) else look)
    head = look.head
    gaze = Gaze(round(head.gaze_yaw_deg, 1), round(head.gaze_pitch_deg, 1))
    return Told({"gaze": gaze, "ear": round(head.eye_openness, 3)})


def _tell_place(asked: Asked) -> Told:
    head, mesh = _head_of(asked.scene), asked.scene.mesh
    assert mesh is not None
    points = tuple((round(x, 2), round(y, 2), round(z, 2)) for x, y, z in mesh.points.tolist())
    return Told({"distance_cm": round(head.distance_cm), "landmarks": points})


def _tell_person(asked: Asked) -> Told:
    if not asked.known:
        raise Untold("nobody is enrolled to compare with")
    if trouble := trouble_with(asked.scene):
        raise Untold(trouble)
    embedding = asked.scene.embedding
    assert embedding is not None
    apart = {
        name: (distance_from(profile.embeddings, embedding), _limit(profile))
        for name, profile in asked.known.items()
    }
    name = min(apart, key=lambda name: apart[name][0] / apart[name][1])
    is_same = same_person(*apart[name])
    if is_same is None:
        raise Untold("too near to the threshold to say")
    if not is_same:
        nobody = {"person_name": "nobody who is enrolled"}
        return Told({"face_verified": False}, ("different_person",), nobody)
    return Told({"face_verified": True, "person_name": name})


def _limit(profile: FaceProfile) -> float:
    """One picture to compare with is no spread to adapt to."""
    return THRESHOLD if profile.spread is None else limit_of(profile.spread)


def _tell_liveness(asked: Asked) -> Told:
    scene, face = asked.scene, asked.scene.face
    if face is None:
        raise Untold(hidden_by(scene) or "no face in view")
    if len(scene.faces) > 1:
        raise Untold("several faces")
    if face.box[3] - face.box[1] > LARGEST_FACE * scene.image.shape[0]:
        raise Untold("face too large")
    if reason := why_not_live(scene, face):
        raise Untold(reason)
    live = live_probability(scene.image, face.box)
    if live is None:
        raise Untold("one picture can only tell with the networks that `fetch-models` fetches")
    is_spoof = 1 - live >= LivenessWatch.rules[0].enter_at
    told = {"liveness": round(live, 3), "spoofing_alert": is_spoof}
    return Told(told, ("spoof_suspected",) if is_spoof else ())


def _tell_objects(asked: Asked) -> Told:
    """People are counted by their bodies too: a back has no face."""
    scene = asked.scene
    if reason := unseen_in(scene):
        raise Untold(reason)
    least = {label: rule for rule in ObjectWatch.rules for label in SIGNALS.get(rule.signal, ())}
    seen = {
        thing.label: least[thing.label].kind
        for thing in scene.objects
        if thing.label in least and thing.confidence >= least[thing.label].enter_at
        if thing.label not in asked.policy.allowed_objects
    }
    people = sum(thing.label == "person" for thing in scene.objects)
    counted = {"people_count": max(len(scene.faces), people), "banned_objects": tuple(seen)}
    other = faceless(scene)
    is_other = other is not None and other.confidence >= OTHER_PERSON.enter_at
    return Told(counted, (*seen.values(), *([OTHER_PERSON.kind] if is_other else ())))


PARTS = (
    Part("objects", ("banned_objects",), _tell_objects),
    Part("identity", ("face_verified", "person_name"), _tell_person),
    Part("gaze", ("headpose_alert", "yaw_deg", "pitch_deg", "roll_deg"), _tell_head),
    Part("gaze", ("gaze", "ear"), _tell_eyes),
    Part("", ("distance_cm", "landmarks"), _tell_place),
    Part("liveness", ("liveness", "spoofing_alert"), _tell_liveness),
)
