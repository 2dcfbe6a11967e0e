"""What an analyser may know of the exam it watches: what is allowed, and who sits there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from proctoring.types import Journey, Policy


@dataclass(frozen=True, slots=True)
class GazeBaseline:
    """How the candidate looks at the screen: see `proctoring.analysers.directions.baseline`.

    Each angle is the middle one of many, and each spread the middle deviation from it.
    """

    yaw_deg: float  # of the gaze; signs as in perception.head
    pitch_deg: float
    yaw_spread_deg: float
    pitch_spread_deg: float
    head_yaw_deg: float
    head_pitch_deg: float
    eye_openness: float


@dataclass(frozen=True, slots=True, eq=False)
class FaceProfile:
    """What a face looks like, in several pictures and poses: see `proctoring.enrolment.face`.

    It is kept sealed, in case the server starts anew (`proctoring.recall`), and no longer than
    the exam.
    """

    embeddings: npt.NDArray[np.float32]  # (n, 256)
    spread: float | None  # distance between them; None for one picture
    is_settled: bool = False  # the first minute was added to it, and nothing more is to be


@dataclass(frozen=True, slots=True, eq=False)
class VoiceProfile:
    """What a voice sounds like, in several stretches of speech: see `proctoring.enrolment.voice`.

    Kept as a `FaceProfile` is.
    """

    embeddings: npt.NDArray[np.float32]  # (n, 192), each of length 1: perception.speaker_embedding
    seconds: npt.NDArray[np.float32]  # (n,) of speech that each is made of
    spread: float  # the middle cosine of one to the centre of the others; 1 where there is one
    is_settled: bool = False  # as for faces


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the check-in learned of the candidate, or the same exam before the server started
    anew. Without it, the first calm minute teaches."""

    gaze: GazeBaseline | None = None
    faces: FaceProfile | None = None
    voice: VoiceProfile | None = None


@dataclass(frozen=True, slots=True)
class Exam:
    policy: Policy = field(default_factory=Policy)
    enrolment: Enrolment = field(default_factory=Enrolment)
    journey: Journey = field(default_factory=Journey)


NOTHING_KNOWN = Exam()
