"""What the camera sees of what a candidate was asked to do, and for how long that counts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proctoring.analysers.challenger import Answer, Challenger, Outcome
from proctoring.challenge import Asked, Colour, Kind, Yaw
from proctoring.perception import liveness
from proctoring.perception.flatness import Flatness
from proctoring.perception.scene import Scene
from proctoring.perception.skin import skin_colour
from proctoring.types import BrowserEvent, Observation

SIGNAL = "challenge_undecided"
CERTAIN = 0.7  # of a plane, as for `spoof_suspected`
PASSED_S = 300.0  # for so long one that was passed counts, while the face stays in view
FAILED_S = 60.0
TOLD_S = 10.0  # for so long it is told that nothing came of one
# Signals that turns change, and until how long after the last: gaze is a share of ten seconds.
EXCUSES = MappingProxyType({"off_screen_share": "asked to turn their head"})
EXCUSED_S = 12.0


class ChallengeWatch:
    def __init__(self, challenger: Challenger) -> None:
        self._challenger = challenger
        self._turning: _Turning | None = None  # while it is looked for
        self._turned_t = -EXCUSED_S  # when a turn was last looked for
        self._answer: Answer | None = None  # to the last challenge

    @property
    def asked(self) -> Asked | None:
        return self._challenger.asked

    def hear(self, event: BrowserEvent) -> None:
        self._challenger.hear(event)

    def doubt(self, t: float, score: float | None, *, may_colour: bool) -> None:
        self._challenger.doubt(t, score, may_colour=may_colour)

    def watch(self, scene: Scene) -> Answer | None:
        """In every picture. The answer, at the moment at which it is known."""
        kind = self._challenger.watches
        if kind is Kind.TURN:
            self._turned_t = scene.t
            self._turning = self._turning or _Turning()
            self._challenger.look(self._turning.look(scene))
        elif kind is Kind.COLOURS:
            mesh = scene.mesh
            colour = None if mesh is None else skin_colour(scene.image, mesh)
            self._challenger.look(Colour(scene.t, colour))
        is_plane = self._turning is not None and self._turning.is_plane
        self._challenger.advance(scene.t, is_plane=is_plane)
        if answer := self._challenger.take_answer():
            self._answer, self._turning = answer, None
        return answer

    def has_passed(self, t: float, kind: Kind) -> bool:
        return self._is(Outcome.PASSED, t, PASSED_S) and self._kind is kind

    def why_failed(self, t: float) -> str:
        """In words for a proctor; "" where nothing has failed."""
        return self._reason if self._is(Outcome.FAILED, t, FAILED_S) else ""

    def excuses(self, t: float) -> Mapping[str, str]:
        """Signals that say nothing now, and why: nobody answers for what they were asked to do."""
        return EXCUSES if t - self._turned_t < EXCUSED_S else {}

    def forget_pass(self) -> None:
        """Somebody else may sit there now."""
        if self._answer and self._answer.outcome is Outcome.PASSED:
            self._answer = None

    def tell(self, t: float) -> Observation:
        """1: a person is to look, because nothing came of it."""
        if self._is(Outcome.NOT_SHOWN, t, TOLD_S):
            return Observation(t, SIGNAL, None, reason=self._reason)
        if self._is(Outcome.UNDECIDED, t, TOLD_S):
            return Observation(t, SIGNAL, 1.0, detail=self._reason)
        return Observation(t, SIGNAL, 0.0)

    def _is(self, outcome: Outcome, t: float, for_s: float) -> bool:
        answer = self._answer
        return answer is not None and answer.outcome is outcome and t - answer.t < for_s

    @property
    def _kind(self) -> Kind | None:
        return self._answer.kind if self._answer else None

    @property
    def _reason(self) -> str:
        return self._answer.reason if self._answer else ""


class _Turning:
    """How a head turns, and whether it turns as a plane does."""

    def __init__(self) -> None:
        self._last: liveness.Look | None = None
        self._flatness = Flatness()

    @property
    def is_plane(self) -> bool:
        return self._flatness.plane >= CERTAIN

    def look(self, scene: Scene) -> Yaw:
        if scene.face is None or scene.head is None:
            self._last = None
            return Yaw(scene.t, None)
        now = liveness.look(scene.t, scene.image, scene.face.box)
        if self._last and (motion := liveness.motion(self._last, now)):
            self._flatness.add(motion)
        self._last = now
        return Yaw(scene.t, scene.head.yaw_deg)
