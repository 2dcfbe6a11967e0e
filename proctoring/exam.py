"""What an analyser may know of the exam it watches: what is allowed, and who sits there."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Policy:
    """What the examiner allows. Nothing that is allowed becomes an incident."""

    allowed_objects: frozenset[str] = frozenset()  # labels of perception.objects: "book"
    may_look_down: bool = False  # at paper on the desk


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the check-in learned of the candidate. Without it, the first calm minute teaches."""


@dataclass(frozen=True, slots=True)
class Exam:
    policy: Policy = field(default_factory=Policy)
    enrolment: Enrolment = field(default_factory=Enrolment)


NOTHING_KNOWN = Exam()
