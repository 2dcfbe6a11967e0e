"""Is there more than one screen at the candidate's computer?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.objects import SIGNALS
from proctoring.analysers.page_contact import ACCEPTS, LOOK_EVERY_S, Contact, Sample
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import Observation, Rule

UNKNOWN = "this browser does not say"  # Firefox and Safari


class DisplayWatch:
    """Equipment, so never scored: many desks have two screens, and a proctor can ask."""

    name: ClassVar[str] = "displays"
    title: ClassVar[str] = "Screens"
    medium: ClassVar[str] = "page"
    explains: ClassVar[str] = (
        "Whether your computer has more than one screen: yes or no, as the browser says. Nothing "
        "of what they show is seen, and it is never scored."
    )
    accepts: ClassVar[type | tuple[type, ...]] = ACCEPTS
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="second_display",
            title="More than one screen",
            signal="displays",
            enter_at=2.0,
            exit_at=1.0,
            phrase="the desktop goes on to another screen",
            advice="Unplug or switch off the other screen, if you can. Your exam goes on.",
            enter_after_s=2.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._contact = Contact()
        self._is_allowed = exam.policy.allowed_objects.issuperset(SIGNALS["second_screen"])

    def analyse(self, sample: Sample) -> Iterable[Observation]:
        if not self._contact.follow(sample):
            return
        now, state = self._contact.now, self._contact.state
        if reason := self._contact.why_not:
            yield Observation(now, "displays", None, reason=reason)
        elif not {"one_screen", "more_screens"} & state:
            yield Observation(now, "displays", None, reason=UNKNOWN)
        else:
            is_more = "more_screens" in state and not self._is_allowed
            yield Observation(now, "displays", 2.0 if is_more else 1.0)
