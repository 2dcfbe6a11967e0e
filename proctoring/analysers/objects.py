"""Is there a phone, a book, another screen, or somebody who doesn't show a face?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median_low
from typing import ClassVar

from proctoring.analysers.faces import hidden_by
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.boxes import area, inside
from proctoring.perception.objects import DetectedObject
from proctoring.perception.percentiles import percentile
from proctoring.perception.scene import Beat, Scene
from proctoring.types import BoxXYXY, Observation, Rule, Severity

# One look costs about 35 ms of CPU, so there is one in four seconds, and one a second while
# the looks do not agree. The middle of three looks counts, so two of them have to agree.
LOOK_EVERY_S = 4.0
LOOK_AGAIN_S = 1.0
SMOOTH_OVER = 3  # looks
SMOOTH_OVER_S = 12.0  # older looks say nothing about now
DOUBT = 0.8  # share of what opens an incident; from here on looks come once a second

# Grey levels that a fiftieth of the picture is lighter than. Of 34 phones in the hand, 32 are
# found in pictures as they are, 27 in them darkened to 40, 23 to 25, and 16 to 15.
TOO_DARK = 25.0

SIGNALS = {  # signal -> labels of perception.objects
    "phone": ("cell phone",),
    "book": ("book",),
    "second_screen": ("laptop", "tv"),
}
LEAST_PERSON = 0.02  # share of the picture; less is a hand, or somebody in a picture on a wall
OF_THE_CANDIDATE = 0.4  # share of a person's box that lies in the candidate's


class ObjectWatch:
    """The middle of the last three looks counts, so one look that differs changes nothing.

    What the exam allows is looked for and not told of.
    """

    name: ClassVar[str] = "objects"
    title: ClassVar[str] = "Phones, books, screens"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Every few seconds, whether the camera sees a phone, a book, another screen or somebody "
        "else, as far as the exam does not allow them; when it does several times in a row, one "
        "picture is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="phone_seen",
            title="A phone in view",
            signal="phone",
            # Of phones that fill 1.5 % of the picture, 97 % are above it in one look (benchmark);
            # in clips without one, no two looks in a row are: a hand at a face came to 0.31.
            enter_at=0.5,
            exit_at=0.3,
            phrase="what looks like a phone",
            advice="Put your phone away, out of the picture.",
            severity=Severity.ALERT,
            weight=0.4,
            enter_after_s=0.0,
            exit_after_s=3.0,
            max_gap_s=3 * LOOK_EVERY_S,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="book_seen",
            title="A book in view",
            signal="book",
            # NanoDet hardly knows books. An empty room and blurred edges come to 0.21, and three of
            # five books no higher than 0.18; a tablet held up comes to 0.35.
            enter_at=0.3,
            exit_at=0.2,
            phrase="what looks like a book",
            advice="Put books and papers away, out of the picture.",
            weight=0.15,
            enter_after_s=2.0,
            exit_after_s=3.0,
            max_gap_s=3 * LOOK_EVERY_S,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="second_screen",
            title="Another screen in view",
            signal="second_screen",
            # Maps and boards on a wall come to 0.3, a tablet held up to 0.34.
            enter_at=0.4,
            exit_at=0.3,
            phrase="what looks like another screen",
            advice="Turn the camera, or switch off and cover the other screen.",
            weight=0.15,
            enter_after_s=2.0,
            exit_after_s=3.0,
            max_gap_s=3 * LOOK_EVERY_S,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="other_person",
            title="Somebody else in view",
            signal="person_without_face",
            # Arms and edges of the candidate come to 0.44; see also the benchmark.
            enter_at=0.6,
            exit_at=0.4,
            phrase="somebody whose face cannot be seen",
            advice="Make sure that you are alone in the picture.",
            severity=Severity.ALERT,
            weight=0.3,
            enter_after_s=2.0,
            exit_after_s=3.0,
            max_gap_s=3 * LOOK_EVERY_S,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    is_costly: ClassVar[bool] = True

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        allowed = exam.policy.allowed_objects
        self._labels = {signal: frozenset(labels) - allowed for signal, labels in SIGNALS.items()}
        self._beats = Beat(LOOK_EVERY_S), Beat(LOOK_AGAIN_S)
        self._in_doubt = False
        self._looks: deque[tuple[float, dict[str, DetectedObject]]] = deque(maxlen=SMOOTH_OVER)

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        usual, in_doubt = self._beats
        is_due, is_due_in_doubt = usual.is_due(scene.t, scene.stretch), in_doubt.is_due(scene.t)
        if not is_due and not (self._in_doubt and is_due_in_doubt):
            return
        if reason := unseen_in(scene):
            self._looks.clear()
            self._in_doubt = False
            for rule in self.rules:
                yield Observation(scene.t, rule.signal, None, reason=reason)
            return
        while self._looks and scene.t - self._looks[0][0] > SMOOTH_OVER_S:
            self._looks.popleft()
        seen = self._look(scene)
        self._looks.append((scene.t, seen))
        observations = [self._observe(scene.t, rule.signal) for rule in self.rules]
        self._in_doubt = any(map(self._is_doubtful, self.rules))
        yield from observations

    def _look(self, scene: Scene) -> dict[str, DetectedObject]:
        """The likeliest of each signal."""
        likeliest: dict[str, DetectedObject] = {}
        for signal, labels in self._labels.items():
            things = (thing for thing in scene.objects if thing.label in labels)
            if thing := max(things, key=lambda thing: thing.confidence, default=None):
                likeliest[signal] = thing
        if other := faceless(scene):
            likeliest["person_without_face"] = other
        return likeliest

    def _is_doubtful(self, rule: Rule) -> bool:
        """Have some of the looks seen nearly enough, and not all of them?"""
        values = [_confidence(seen, rule.signal) for _, seen in self._looks]
        is_settled = len(values) == SMOOTH_OVER and min(values) >= rule.enter_at
        return max(values) > DOUBT * rule.enter_at and not is_settled

    def _observe(self, t: float, signal: str) -> Observation:
        value = median_low(_confidence(seen, signal) for _, seen in self._looks)
        if len(self._looks) == 1:
            value = 0.0  # one look decides nothing
        shown = [(seen_t, seen[signal]) for seen_t, seen in self._looks if signal in seen]
        if not value or not shown:
            return Observation(t, signal, value)
        seen_t, thing = shown[-1]
        return Observation(
            t, signal, value, confidence=thing.confidence, boxes=(thing.box,), seen_t=seen_t
        )


def _confidence(seen: dict[str, DetectedObject], signal: str) -> float:
    return seen[signal].confidence if signal in seen else 0.0


def unseen_in(scene: Scene) -> str:
    """Why nothing could be told apart in this picture; empty if it could."""
    if reason := hidden_by(scene):
        return reason
    return "picture too dark" if percentile(scene.luma, 98) < TOO_DARK else ""


def faceless(scene: Scene) -> DetectedObject | None:
    """The likeliest person who is not the candidate and shows no face.

    Faces are counted elsewhere; here is who turns their back, or stands cut off at the edge.
    """
    people = [thing for thing in scene.objects if thing.label == "person"]
    own = _own_box(scene, people)
    if own is None:
        return None
    height, width = scene.image.shape[:2]
    others = (
        person
        for person in people
        if area(person.box) >= LEAST_PERSON * height * width
        and inside(person.box, own) < OF_THE_CANDIDATE
        and not any(inside(face.box, person.box) > 0.5 for face in scene.faces)
    )
    return max(others, key=lambda person: person.confidence, default=None)


def _own_box(scene: Scene, people: list[DetectedObject]) -> BoxXYXY | None:
    """Where the candidate is: around their face, or the largest person's where none is seen."""
    face = scene.face
    around = [p.box for p in people if face is None or inside(face.box, p.box) > 0.5]
    if around:
        return max(around, key=area)
    if face is None:
        return None
    left, top, right, _ = face.box
    breadth = right - left  # of the face; shoulders are three times as broad
    return left - breadth, top, right + breadth, scene.image.shape[0]
