"""Is there a live person before the camera, or a picture of one?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import median
from types import MappingProxyType
from typing import ClassVar

from proctoring.analysers.camera_names import is_phone, is_software
from proctoring.analysers.challenge_watch import ChallengeWatch
from proctoring.analysers.challenger import DOUBT, Answer, Challenger, Outcome
from proctoring.analysers.equipment import equipment_rule
from proctoring.challenge import Asked, Kind
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception import liveness
from proctoring.perception.flatness import SMALLEST_TO_BEND, Flatness
from proctoring.perception.repetition import Repetition
from proctoring.perception.scene import Beat, Scene
from proctoring.types import BrowserEvent, Face, Observation, Rule, Severity

LOOK_EVERY_S = 0.5
ASK_NETWORKS_EVERY_S = 2.0  # 5 ms of CPU each time
SMOOTH_OVER = 3  # answers of the networks; the middle one counts
GONE_AFTER_S = 3.0  # without a face: whoever comes then is looked at anew
ENOUGH_LOOKS = 20  # 10 s, before which no cue could have spoken

SMALLEST_FACE = 0.09  # of the picture's width; 58 px of 640
# The networks want to see what is around a face. From three quarters of the picture's height on,
# they take people for prints; below, no frame of any clip (chosen on scenario d6).
LARGEST_FACE = 0.75
TOO_DARK = 25.0  # grey levels, of the face

HELD = 0.5  # while the candidate is being asked, the score is no higher: nothing opens or closes

# A program as the camera is no sign by itself: many use one for its backgrounds. But one that shows
# what no camera would needs no more of it than this; live clips come to 0.05 (live_windows.py).
BY_PROGRAM = "the camera’s name is that of a program"
SLIGHT = 0.4  # of a sign; 1 - (1 - DOUBT) (1 - 0.4) = 0.7


class LivenessWatch:
    """The surest of several cues counts: each is made to be silent before live people.

    A plane that moves, or no motion at all; seconds that come back; and, where they have been
    fetched, what the networks say of the face's texture. A program as the camera is noted and
    doubted until the candidate has done once what they were asked; with slight signs of the
    others it is one. On doubt the candidate is asked to turn their head, or to sit in changing
    light (see `challenger`).
    """

    name: ClassVar[str] = "liveness"
    title: ClassVar[str] = "A live picture"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Whether the camera shows a person and not a photo, a screen or a recording: how the "
        "face moves, whether the same seconds come back, and the camera’s name. In doubt you may "
        "be asked to turn your head, or to look at soft colours; you can always skip that. When "
        "it may not be live, one picture is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = (Scene, BrowserEvent)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="spoof_suspected",
            title="The picture may not be a live person",
            signal="spoof_score",
            enter_at=0.7,
            exit_at=0.4,
            phrase="{value:.0%} like a photo, a screen or a recording",
            advice="Use the camera itself, sit in good light and move your head a little.",
            severity=Severity.WARNING,
            weight=0.3,
            enter_after_s=3.0,
            exit_after_s=4.0,
            max_gap_s=8.0,
        ),
        equipment_rule(
            kind="phone_as_camera",
            title="A phone is the camera",
            signal="phone_camera",
            enter_at=1.0,
            exit_at=0.0,
            phrase="the camera’s name is that of a phone",
            severity=Severity.INFO,
            advice="Nothing needs to be done. Put the phone where it stands firmly.",
            enter_after_s=0.0,
        ),
        equipment_rule(
            kind="virtual_camera",
            title="A program is the camera",
            signal="software_camera",
            enter_at=1.0,
            exit_at=0.0,
            phrase=BY_PROGRAM,
            advice="If you can, choose the camera itself in your browser. Your exam goes on.",
            enter_after_s=0.0,
        ),
        equipment_rule(
            kind="challenge_undecided",
            title="Whether the picture is live could not be checked",
            signal="challenge_undecided",
            enter_at=1.0,
            exit_at=0.0,
            phrase="please look, undecided",
            advice="Nothing needs to be done: a person will look.",
            enter_after_s=0.0,
            exit_after_s=0.0,
        ),
    )

    excuses: Mapping[str, str] = MappingProxyType({})  # see `Pipeline`
    is_costly: ClassVar[bool] = True

    def __init__(
        self, exam: Exam = NOTHING_KNOWN, /, *, challenger: Challenger | None = None
    ) -> None:
        self._beat = Beat(LOOK_EVERY_S)
        self._ask = Beat(ASK_NETWORKS_EVERY_S)
        self._label = ""
        self._has_shown_life = False  # behind this camera's name, as they were asked
        self._last: liveness.Look | None = None
        self._flatness = Flatness()
        self._repetition = Repetition()
        self._doubts: deque[float] = deque(maxlen=SMOOTH_OVER)
        self._challenge = ChallengeWatch(challenger or Challenger(is_on=exam.policy.challenges))

    @property
    def asked(self) -> Asked | None:
        """What the candidate's page is to show."""
        return self._challenge.asked

    def analyse(self, sample: Scene | BrowserEvent) -> Iterable[Observation]:
        if isinstance(sample, BrowserEvent):
            if sample.name == "camera_label":
                self._change_camera(sample.detail)
            self._challenge.hear(sample)
            return
        if face := sample.known_face:
            self._repetition.add(sample.luma, face.box)
        if answer := self._challenge.watch(sample):
            self._learn_from(answer)
        self.excuses = self._challenge.excuses(sample.t)
        if self._beat.is_due(sample.t):
            yield Observation(sample.t, "phone_camera", float(is_phone(self._label)))
            yield Observation(sample.t, "software_camera", float(is_software(self._label)))
            yield self._weigh(self._observe(sample))
            yield self._challenge.tell(sample.t)

    def _change_camera(self, label: str) -> None:
        if label != self._label:
            self._label = label
            self._forget_pass()

    def _forget_pass(self) -> None:
        self._challenge.forget_pass()
        self._has_shown_life = False

    def _learn_from(self, answer: Answer) -> None:
        if answer.outcome is Outcome.PASSED:
            self._has_shown_life = True
            self._repetition = Repetition()
            if answer.kind is Kind.TURN:
                self._flatness.clear()
                self._doubts.clear()

    def _weigh(self, seen: Observation) -> Observation:
        """The score, with what came of asking."""
        self._challenge.doubt(seen.t, seen.value, may_colour=self._picture_doubt < DOUBT)
        if seen.value is None:
            return seen
        if reason := self._challenge.why_failed(seen.t):
            return replace(seen, value=1.0, detail=reason)
        if self._challenge.asked:
            return replace(seen, value=min(seen.value, HELD))
        return seen

    def _observe(self, scene: Scene) -> Observation:
        face = scene.face
        if face is None:
            self._forget(scene.t)
            return Observation(scene.t, "spoof_score", None, reason="no face in view")
        if reason := why_not(scene, face):
            return Observation(scene.t, "spoof_score", None, reason=reason)
        self._follow(scene, face)
        self._ask_networks(scene, face)
        if self._challenge.has_passed(scene.t, Kind.TURN):
            return Observation(scene.t, "spoof_score", 0.0, boxes=(face.box,))
        score = self._score(scene.t)
        has_spoken = score >= SLIGHT or self._is_answered
        if not has_spoken and (reason := self._why_no_motion(scene, face)):
            return Observation(scene.t, "spoof_score", None, reason=reason)
        detail = BY_PROGRAM if is_software(self._label) else ""
        return Observation(scene.t, "spoof_score", score, boxes=(face.box,), detail=detail)

    def _why_no_motion(self, scene: Scene, face: Face) -> str:
        """Why how it moves tells nothing yet; empty if it does."""
        if face.box[2] - face.box[0] < SMALLEST_TO_BEND / liveness.WIDTH * scene.image.shape[1]:
            return "face too small to see how it moves"
        return "seen for too short a time" if len(self._flatness) < ENOUGH_LOOKS else ""

    def _follow(self, scene: Scene, face: Face) -> None:
        now = liveness.look(scene.t, scene.image, face.box)
        if self._last is not None and now.t - self._last.t <= 2 * LOOK_EVERY_S:
            if motion := liveness.motion(self._last, now):
                self._flatness.add(motion)
            else:  # a cut, or a head that turns away quickly: what was before says nothing now
                self._flatness.clear()
        self._last = now

    def _ask_networks(self, scene: Scene, face: Face) -> None:
        """Not where others are in view: their faces in the crop mislead it."""
        is_too_large = face.box[3] - face.box[1] > LARGEST_FACE * scene.image.shape[0]
        if len(scene.faces) > 1 or is_too_large or not self._ask.is_due(scene.t, scene.stretch):
            return
        live = liveness.live_probability(scene.image, face.box)
        if live is not None:
            self._doubts.append(1 - live)

    @property
    def _is_answered(self) -> bool:
        return len(self._doubts) == SMOOTH_OVER

    @property
    def _picture_doubt(self) -> float:
        """That it is a print or a screen. A print takes coloured light as well as a face does."""
        texture = median(self._doubts) if self._is_answered else 0.0
        return max(self._flatness.plane, self._flatness.still, texture)

    def _score(self, t: float) -> float:
        if self._challenge.has_passed(t, Kind.COLOURS):  # it is of now
            return self._picture_doubt
        again = min(1.0, self._repetition.share * self.rules[0].enter_at)
        signs = max(self._picture_doubt, again)
        if not is_software(self._label):
            return signs
        if signs >= SLIGHT:
            return 1 - (1 - DOUBT) * (1 - signs)
        return signs if self._has_shown_life else max(signs, DOUBT)

    def _forget(self, t: float) -> None:
        if self._last is not None and t - self._last.t > GONE_AFTER_S:
            self._last = None
            self._forget_pass()
            self._flatness.clear()
            self._doubts.clear()


def why_not(scene: Scene, face: Face) -> str:
    """Why this face can't be judged; empty if it can."""
    left, top, right, bottom = face.box
    if right - left < SMALLEST_FACE * scene.image.shape[1]:
        return "face too small"
    skin = scene.luma[max(0, top // 8) : bottom // 8 + 1, max(0, left // 8) : right // 8 + 1]
    if not skin.size or float(skin.mean()) < TOO_DARK:
        return "face too dark"
    return ""
