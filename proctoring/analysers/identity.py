"""Is it still the same person?

Compared with the pictures of the check-in, or with what the first calm minute taught. Nothing
is told by one look: three of the last five must agree. What can't be told for a while becomes a
request to look at the camera, and no observation of another person.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import ClassVar, NamedTuple

from proctoring.analysers.face_memory import FaceMemory
from proctoring.exam import NOTHING_KNOWN, Exam, FaceProfile
from proctoring.perception.boxes import area, overlap
from proctoring.perception.face_look import why_not
from proctoring.perception.scene import Beat, Scene
from proctoring.types import BoxXYXY, Category, Observation, Rule, Severity

EVERY_S = 0.5  # a glance whether the face is still where it was
JITTER_S = 0.2  # pictures don't come on the beat
LOOK_EVERY_S = 4.0  # an embedding costs 21 ms of CPU
DOUBT_EVERY_S = 0.5  # in doubt, until `WINDOW` looks were taken ...
LONG_DOUBT_EVERY_S = 1.5  # ... and then, while it lasts
ABSENT_S = 1.0  # a face that comes back after longer is looked at anew
MOVED = 0.1  # overlap; a face less than this from where it was half a second ago is another's
SEVERAL = "several faces"
BESIDE = 0.5  # of the largest face's area: from here on nobody knows whose seat it is

WINDOW = 5  # looks
WINDOW_S = 15.0
ENOUGH = 3  # looks

# In limits of the person: 1 is as far as another person. On the test clips one's own face stays
# below 0.6 and other people's above 1 (benchmarks/identity.py).
CONFIRMED = 0.93
DIFFERENT = 1.0
UNCONFIRMED_S = 20.0


class _Look(NamedTuple):
    t: float
    value: float  # distance, in limits
    box: BoxXYXY


class IdentityCheck:
    name: ClassVar[str] = "identity"
    title: ClassVar[str] = "Same person"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Whether the person at the camera stays the same. Your face is turned into numbers that "
        "are compared with those of the beginning and thrown away when the exam ends; nobody is "
        "looked up by name. If the face seems to be another one for some seconds, one picture is "
        "kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="different_person",
            title="Another person may be at the camera",
            signal="face_distance",
            enter_at=DIFFERENT,
            exit_at=CONFIRMED,
            phrase="face unlike the one at the start: {value:.2f}, the limit is 1",
            advice="Look straight at the camera, with light from the front.",
            severity=Severity.ALERT,
            weight=0.5,
            enter_after_s=2.5,
            exit_after_s=3.0,
            max_gap_s=15.0,
        ),
        Rule(
            kind="look_at_camera",
            title="Please look at the camera",
            signal="face_unconfirmed_s",
            enter_at=UNCONFIRMED_S,
            exit_at=1.0,
            phrase="face not recognised for {value:.0f} s",
            advice="Please look at the camera for a moment.",
            category=Category.TECHNICAL,
            weight=0.0,
            severity=Severity.INFO,
            enter_after_s=0.0,
            exit_after_s=0.0,
        ),
    )

    is_costly: ClassVar[bool] = True

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._memory = FaceMemory(exam.enrolment.faces)
        self._beat = Beat(EVERY_S)
        self._looks: deque[_Look] = deque(maxlen=WINDOW)
        self._since_settled = 0  # looks, since it was last plain who it is
        self._look_due_t = 0.0
        self._seen_t = 0.0
        self._seen_box: BoxXYXY | None = None
        self._confirmed_t: float | None = None
        self._reason = ""

    @property
    def learned(self) -> FaceProfile | None:
        return self._memory.learned

    def look_anew(self) -> None:
        """Only what is seen from now on counts: somebody asks who it is."""
        self._looks.clear()
        self._since_settled = 0
        self._look_due_t = 0.0

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        if not self._beat.is_due(scene.t):
            return
        if scene.face is None:
            yield Observation(scene.t, "face_distance", None, reason="no face")
            self._confirmed_t = None
            return
        self._notice(scene.t, scene.face.box)
        if scene.t >= self._look_due_t - JITTER_S:
            self._reason = self._look(scene)
            self._look_due_t = scene.t + self._pause_s(scene.stretch)
        yield self._distance(scene.t)
        yield self._unconfirmed(scene.t)

    def _notice(self, t: float, box: BoxXYXY) -> None:
        """Somebody who comes, and somebody who takes a seat in one step, is looked at at once."""
        came = t - self._seen_t > ABSENT_S or self._seen_box is None
        if came or (self._seen_box is not None and overlap(box, self._seen_box) < MOVED):
            self._looks.clear()
            self._since_settled = 0
            self._look_due_t = t
        self._seen_t, self._seen_box = t, box

    def _look(self, scene: Scene) -> str:
        """Takes a look, or says why none could be taken."""
        assert scene.face is not None
        beside = sorted((area(face.box) for face in scene.faces), reverse=True)[1:]
        if any(other > BESIDE * area(scene.face.box) for other in beside):
            return SEVERAL
        if scene.mesh is None:
            return "the face cannot be made out"
        if reason := why_not(scene.image, scene.mesh):
            return reason
        assert scene.embedding is not None
        value = self._memory.compare(scene.t, scene.embedding)
        if value is None:
            return "still learning the face"
        self._looks.append(_Look(scene.t, value, scene.face.box))
        while self._looks[0].t < scene.t - WINDOW_S:
            self._looks.popleft()
        self._since_settled = 0 if self._is_settled() else self._since_settled + 1
        return ""

    def _pause_s(self, stretch: float) -> float:
        """How long until the next look. In doubt none is put off."""
        if self._is_settled():
            return LOOK_EVERY_S * stretch
        return DOUBT_EVERY_S if self._since_settled <= WINDOW else LONG_DOUBT_EVERY_S

    def _is_settled(self) -> bool:
        """Enough was seen, and all of it says that it is the same person."""
        return len(self._looks) >= ENOUGH and self._looks[-1].value < CONFIRMED

    def _value(self) -> float:
        return median(look.value for look in self._looks)

    def _distance(self, t: float) -> Observation:
        """Between two looks at somebody who has not moved away, the last word holds."""
        if self._reason:
            return Observation(t, "face_distance", None, reason=self._reason)
        if len(self._looks) < ENOUGH:
            return Observation(t, "face_distance", None, reason="a few looks more")
        value, newest = self._value(), self._looks[-1]
        if value < CONFIRMED:
            self._confirmed_t = t
        return Observation(
            t,
            "face_distance",
            round(value, 3),
            confidence=round(min(1.0, abs(value - CONFIRMED) / CONFIRMED * 4), 2),
            boxes=(newest.box,),
            seen_t=newest.t,
            reason=self._memory.about,
        )

    def _unconfirmed(self, t: float) -> Observation:
        """Since when nobody knows. Not counted where it is known, be it that it is another."""
        if self._reason == SEVERAL:
            self._confirmed_t = t
            return Observation(t, "face_unconfirmed_s", None, reason=SEVERAL)
        is_told = len(self._looks) >= ENOUGH and self._value() >= DIFFERENT
        if self._confirmed_t is None or is_told:
            self._confirmed_t = t
        return Observation(t, "face_unconfirmed_s", t - self._confirmed_t)
