"""A shared screen as its page tells of it: durations and not blinks, and the line is technical."""

from __future__ import annotations

import pytest
from exam_page import NAMES, ExamPage
from making import at

from proctoring.analysers import choices, is_on, rules_by_kind, signals_of
from proctoring.analysers.screen import (
    CANNOT,
    NO_STILLS,
    SHARED_WITHIN_S,
    STILLS_LATE_S,
    STOPPED_AFTER_S,
    ScreenWatch,
)
from proctoring.live.reports import RESERVED
from proctoring.types import STILL_KEPT, BrowserEvent, Category, Journey, Measured, Policy

SHARED = Journey(screen_share=True)


class Sharing(ExamPage):
    def __init__(self, **options: object) -> None:
        super().__init__(names=(*NAMES, "screen"), **options)  # type: ignore[arg-type]

    def share(self, word: str = "share_whole") -> None:
        self.state -= {"share_none", "share_part", "share_whole", "share_cannot"}
        self.be(word, "", word)

    def still(self) -> None:
        self.hear(BrowserEvent(self.t, STILL_KEPT, "screen"))

    def wait(self, seconds: float, step_s: float = 0.5) -> None:
        """While it is shared its pictures come, as from a real page."""
        for _ in range(round(seconds / 10)):
            super().wait(10, step_s)
            if {"share_whole", "share_part"} & self.state and self.is_online and self.draws:
                self.still()

    draws = True

    def measured(self, signal: str = "share_missing_s") -> list[tuple[str, str]]:
        found = sorted(self.spans.values(), key=lambda span: span.started_at)
        return [(str(span.state), span.reason) for span in found if span.signal == signal]


@pytest.fixture(params=["standard", "classic"])
def page(request: pytest.FixtureRequest) -> Sharing:
    page = Sharing(preset=request.param)
    page.share()
    page.wait(30)
    return page


def test_it_is_off_unless_the_exam_asks_for_it() -> None:
    assert ScreenWatch not in choices()
    names = [kind.name for kind in choices()]
    assert "screen" not in signals_of(names, Policy())
    assert "screen" not in signals_of([*names, "screen"], Policy())
    assert "screen" in signals_of(names, Policy(), SHARED)
    assert is_on(ScreenWatch, ["screen"])
    assert not is_on(ScreenWatch, names)


def test_a_screen_that_stays_shared_is_nothing(page: Sharing) -> None:
    page.wait(600)
    assert page.kinds == []


def test_a_share_that_is_back_within_twenty_seconds_is_nothing(page: Sharing) -> None:
    for _ in range(3):
        page.share("share_none")
        page.wait(10)
        page.share()
        page.wait(60)
    assert page.kinds == []


def test_one_that_ends_is_told_from_its_end_on_and_with_how_long() -> None:
    page = Sharing()
    page.share()
    page.wait(30)
    page.share("share_none")
    page.wait(120)
    page.share()
    page.wait(10)
    (found,) = page.found
    assert (found.kind, found.opened_at) == ("screen_share_stopped", at(30))
    assert found.value >= 110
    assert found.closed_at == at(150)
    assert found.category is Category.CONDUCT
    assert rules_by_kind()["screen_share_stopped"].weight <= 0.05


def test_after_the_page_was_loaded_there_is_a_minute_to_share_it() -> None:
    page = Sharing()
    page.share("share_none")
    page.wait(SHARED_WITHIN_S - 10)
    page.share()
    page.wait(60)
    assert page.kinds == []
    page.say("watch_started")  # loaded anew
    page.share("share_none")
    page.wait(SHARED_WITHIN_S - 10)
    assert page.kinds == []
    page.wait(60)
    assert page.kinds == ["screen_share_stopped"]


def test_what_was_not_shared_from_the_beginning_is_told_in_the_end() -> None:
    page = Sharing()
    page.share("share_none")
    page.wait(SHARED_WITHIN_S + STOPPED_AFTER_S)
    assert page.kinds == ["screen_share_stopped"]


def test_a_window_is_technical_and_never_scored(page: Sharing) -> None:
    page.share("share_part")
    page.wait(60)
    (found,) = page.found
    assert (found.kind, found.category, found.weight) == (
        "screen_share_partial",
        Category.TECHNICAL,
        0.0,
    )


def test_a_browser_that_cannot_is_not_certain_and_no_entry() -> None:
    page = Sharing()
    page.share("share_cannot")
    page.wait(300)
    page.close()
    assert page.kinds == []
    assert (Measured.DEGRADED, CANNOT) in page.measured()


def test_a_line_that_is_away_is_no_end_of_a_share(page: Sharing) -> None:
    page.go_offline()
    page.wait(120)
    page.go_online()
    page.wait(60)
    assert "screen_share_stopped" not in page.kinds


def test_what_ended_without_a_line_is_told_afterwards() -> None:
    page = Sharing()
    page.share()
    page.wait(30)
    page.go_offline()
    page.share("share_none")
    page.wait(60)
    page.share()
    page.go_online()
    page.wait(30)
    assert "screen_share_stopped" in page.kinds


def test_a_page_that_says_it_shares_and_sends_nothing_is_not_believed() -> None:
    page = Sharing()
    page.draws = False
    page.share()
    page.wait(STILLS_LATE_S + 60)
    page.close()
    assert page.kinds == []
    assert (Measured.DEGRADED, NO_STILLS) in page.measured()


def test_no_page_can_say_that_its_picture_came() -> None:
    assert STILL_KEPT in RESERVED
    page = Sharing()
    page.share()
    before = page.pipeline
    page.still()
    assert page.pipeline is before
