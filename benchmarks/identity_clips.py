"""Clips of one person each, and swaps spliced of two, through the running check."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path

from benchmarks.identity_pictures import CONDITIONS, Condition
from proctoring.analysers.identity import IdentityCheck
from proctoring.enrolment.face import enrol_faces
from proctoring.exam import NOTHING_KNOWN, Enrolment, Exam
from proctoring.media import read_frames
from proctoring.perception.scene import Scene
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.replay import FRAMES_PER_S, START
from proctoring.types import Image, Observation, Occurrence, VideoFrame

BEFORE_S, AFTER_S = 10.0, 15.0  # of a spliced swap
SWAPPED = ("d09", "d12", "d10", "d13", "live woman", "caller", "phone woman")
CHANGES = ("dark and noisy", "lit from one side", "warm light", "glasses (drawn)", "mask (drawn)")
CALM = {  # person -> recordings of them alone: file, from and to (s)
    "d09": (
        ("video/webcam_expr1", 0, 53),
        ("video/webcam_expr2", 0, 30),
        ("scenarios/d1_normal", 0, 30),
    ),
    "d12": (("video/gaze_center", 0, 10), ("video/gaze_left", 0, 15), ("video/gaze_right", 0, 15)),
    "d10": (("scenarios/d2_second_person_beside", 0, 9.5), ("video/head_man", 0, 5)),
    "d13": (("scenarios/d6_phone", 0, 9.5),),
    "live woman": (("scenarios/d7_photo_to_camera", 0, 9.5),),
    "caller": (("video/phone_call_woman", 0, 12),),
    "phone woman": (("video/phone_woman", 0, 7.8),),
    "man signing": (("video/sign_man", 0, 2.2),),
    "woman signing": (("video/sign_woman", 0, 2.9),),
}


@dataclass(slots=True)
class Watched:
    """What the check made of one stream."""

    seconds: float = 0.0
    raised: dict[str, list[float]] = field(default_factory=dict)  # kind -> when it was told, s
    values: list[float] = field(default_factory=list)  # of face_distance
    reasons: list[str] = field(default_factory=list)  # of what was not measured
    cpu_s: float = 0.0  # of the check itself; the faces were found before


class _Timed(IdentityCheck):
    cpu_s = 0.0

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        assert scene.faces is not None  # FaceCounter has asked already
        start = time.process_time()
        found = list(super().analyse(scene))
        self.cpu_s += time.process_time() - start
        return found


def watch(frames: Iterable[VideoFrame], exam: Exam) -> Watched:
    check, watched = _Timed(exam), Watched()
    pipeline = Pipeline(
        [check], preset=PRESETS["standard"], meeting_id="m", participant_id="p", started_at=START
    )
    known: set[str] = set()
    for frame in frames:
        for record in pipeline.process(frame):
            if isinstance(record, Occurrence) and record.id not in known:
                known.add(record.id)
                watched.raised.setdefault(record.kind, []).append(frame.t)
        told = pipeline.latest.get("face_distance")
        if told is not None and told.t == frame.t:
            if told.value is None:
                watched.reasons.append(told.reason)
            else:
                watched.values.append(told.value)
        watched.seconds = frame.t
    watched.cpu_s = check.cpu_s
    return watched


def frames(data: Path, clip: tuple[str, float, float]) -> list[VideoFrame]:
    name, start, end = clip
    found = read_frames(data / f"{name}.mp4", FRAMES_PER_S)
    return [replace(frame, t=frame.t - start) for frame in found if start <= frame.t < end]


def there_and_back(clip: list[VideoFrame], seconds: float, start: float) -> Iterator[VideoFrame]:
    """A clip played to its end, back and again, for so long."""
    loop = [*clip, *clip[-2:0:-1]]
    for number in range(round(seconds * FRAMES_PER_S)):
        yield VideoFrame(start + number / FRAMES_PER_S, loop[number % len(loop)].image)


def swaps(data: Path, people: Iterable[str]) -> Iterator[tuple[str, str, list[VideoFrame]]]:
    """Each of them followed by each other one, by a cut and no moment of absence."""
    clips = {name: frames(data, CALM[name][0]) for name in people}
    for one, other in permutations(clips, 2):
        before = there_and_back(clips[one], BEFORE_S, 0.0)
        yield one, other, [*before, *there_and_back(clips[other], AFTER_S, BEFORE_S)]


def changed(clip: list[VideoFrame], condition: Condition) -> Iterator[VideoFrame]:
    """The same person, the first half as it is and the second otherwise."""
    yield from there_and_back(clip, BEFORE_S, 0.0)
    for frame in there_and_back(clip, AFTER_S, BEFORE_S):
        mesh = Scene(frame).mesh
        yield frame if mesh is None else replace(frame, image=condition(frame.image, mesh))


def enrolled(pictures: Iterable[Image]) -> Exam:
    return Exam(enrolment=Enrolment(faces=enrol_faces(pictures)))


def swap_rows(data: Path) -> Iterator[tuple[str, str, float | None]]:
    """The two people, and after how many seconds it was told."""
    for one, other, played in swaps(data, SWAPPED):
        told = watch(played, NOTHING_KNOWN).raised.get("different_person", [])
        late = [t - BEFORE_S for t in told if t >= BEFORE_S]
        yield one, other, late[0] if late and len(late) == len(told) else None


def calm_rows(data: Path) -> Iterator[tuple[str, Watched]]:
    """Every recording of one person: without a check-in, and with one of another recording."""
    for person, recordings in CALM.items():
        for recording in recordings:
            played = frames(data, recording)
            yield f"{person}, first minute", watch(played, NOTHING_KNOWN)
            for other in recordings:
                if other != recording:
                    exam = enrolled([f.image for f in frames(data, other)[:16:5]])
                    yield f"{person}, enrolled in {other[0]}", watch(played, exam)


def changed_rows(data: Path) -> Iterator[tuple[str, str, Watched]]:
    for person in SWAPPED:
        clip = frames(data, CALM[person][0])
        for change in CHANGES:
            watched = watch(changed(clip, CONDITIONS[change]), NOTHING_KNOWN)
            yield person, change, watched
