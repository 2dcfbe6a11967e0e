"""An exam page as the pipeline hears it: it says what the real one says, by media time alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from proctoring.analysers import PAGE, create_analysers
from proctoring.exam import Exam
from proctoring.live.reports import Reports
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import (
    PAGE_CLOSED,
    PAGE_OPENED,
    BrowserEvent,
    CoverageSpan,
    Journey,
    Occurrence,
    Policy,
    Sample,
    Tick,
)

START = datetime(2026, 1, 1, 9, tzinfo=UTC)  # as in `making`
NAMES = ("page", "clipboard", "displays")
BEAT_EVERY_S = 5.0


class ExamPage:
    def __init__(
        self,
        *,
        preset: str = "standard",
        journey: Journey | None = None,
        policy: Policy | None = None,
        names: Sequence[str] = NAMES,
    ) -> None:
        exam = Exam(policy or Policy(), journey=journey or Journey())
        self.pipeline = Pipeline(
            create_analysers(names, {PAGE}, exam),
            preset=PRESETS[preset],
            meeting_id="m",
            participant_id="p",
            started_at=START,
        )
        self.t = 0.0
        self.reports = Reports()
        self.state = {"visible", "focused", "windowed", "one_screen"}
        self.is_online = self.beats = True
        self.count = 0
        self.kept: list[tuple[int, str, str, float]] = []  # while there is no line
        self.saved: dict[str, Occurrence] = {}  # by id
        self.spans: dict[str, CoverageSpan] = {}
        self.hear(BrowserEvent(0.0, PAGE_OPENED))
        self.say("watch_started")
        self.beat()

    def hear(self, sample: Sample) -> None:
        for record in self.pipeline.process(sample):
            if isinstance(record, Occurrence):
                self.saved[record.id] = record
            elif isinstance(record, tuple):
                self.spans.update((span.id, span) for span in record)

    def say(self, name: str, detail: str = "") -> None:
        self.count += 1
        report = (self.count, name, detail, self.t)
        if self.is_online:
            self.send(*report)
        else:
            self.kept.append(report)

    def send(self, number: int, name: str, detail: str, at: float) -> None:
        for event in self.reports.take(f"1-{number}", name, detail, self.t - at, self.t):
            self.hear(event)

    def beat(self) -> None:
        if self.is_online and self.beats:
            for event in self.reports.beat("1", self.count, " ".join(self.state), self.t):
                self.hear(event)

    def be(self, word: str, instead_of: str, name: str = "") -> None:
        """It changes, says so, and says how it stands."""
        self.state = (self.state - {instead_of}) | {word}
        if name:
            self.say(name)
        self.beat()

    def hide(self) -> None:
        self.be("hidden", "visible", "page_hidden")

    def show(self) -> None:
        self.be("visible", "hidden", "page_visible")

    def unfocus(self) -> None:
        self.be("unfocused", "focused", "window_unfocused")

    def focus(self) -> None:
        self.be("focused", "unfocused", "window_focused")

    def go_offline(self, noticed_after_s: float = 6.0) -> None:
        self.is_online = False
        self.wait(noticed_after_s)
        self.hear(BrowserEvent(self.t, PAGE_CLOSED))

    def go_online(self) -> None:
        self.is_online = True
        self.hear(BrowserEvent(self.t, PAGE_OPENED))
        for report in self.kept:
            self.send(*report)
            self.hear(Tick(self.t))  # other samples come between
        self.kept = []
        self.beat()

    def wait(self, seconds: float, step_s: float = 0.5) -> None:
        for _ in range(round(seconds / step_s)):
            self.t += step_s
            self.hear(Tick(self.t))
            if self.t % BEAT_EVERY_S < step_s:
                self.beat()

    def close(self) -> None:
        for record in self.pipeline.close(self.t):
            if isinstance(record, Occurrence):
                self.saved[record.id] = record

    @property
    def found(self) -> list[Occurrence]:
        return sorted(self.saved.values(), key=lambda o: (o.opened_at, o.id))

    @property
    def kinds(self) -> list[str]:
        return [occurrence.kind for occurrence in self.found]
