"""What the exam page tells: durations count and not blinks, and what is lost is technical."""

import random

import pytest
from exam_page import ExamPage
from making import at

from proctoring.analysers import (
    PAGE,
    choices,
    create_analysers,
    is_on,
    media_of,
    page_signals,
    rules_by_kind,
)
from proctoring.policy.allowances import policy_of
from proctoring.types import PAGE_ODD, BrowserEvent, Category, Journey, Measured, Tick

PRESETS = ["standard", "classic"]
FULL_SCREEN = Journey(full_screen=True)


@pytest.fixture(params=PRESETS)
def page(request):
    page = ExamPage(preset=request.param)
    page.wait(30)
    return page


# --- durations ---------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.3, 1, 3, 4.5])
def test_a_blink_is_nothing(page, seconds):
    for _ in range(4):
        page.hide()
        page.wait(seconds, step_s=seconds)
        page.show()
        page.wait(20)
    assert page.kinds == []


@pytest.mark.parametrize("seconds", [11, 20, 65])
def test_an_absence_is_told_with_how_long_it_was(seconds):
    page = ExamPage()
    page.wait(30)
    page.hide()
    page.wait(seconds)
    page.show()
    page.wait(10)
    (found,) = page.found
    assert (found.kind, found.value) == ("page_hidden", seconds)
    assert (found.opened_at, found.last_seen_at) == (at(30), at(30 + seconds))
    assert found.closed_at == found.last_seen_at


def test_one_look_in_five_seconds_tells_it_more_coarsely():
    page = ExamPage(preset="classic")
    page.wait(30)
    page.hide()
    page.wait(65)
    page.show()
    page.wait(10)
    (found,) = page.found
    assert 60 <= found.value <= 65


def test_an_absence_is_told_while_it_lasts(page):
    page.hide()
    page.wait(16)
    (found,) = page.found
    assert found.closed_at is None


def test_a_long_absence_is_not_saved_every_second():
    page, saves = ExamPage(), []
    hear = page.pipeline.process
    page.pipeline.process = lambda sample: saves.extend(hear(sample)) or []
    page.hide()
    page.wait(300)
    occurrences = [one for one in saves if getattr(one, "kind", "") == "page_hidden"]
    assert len(occurrences) < 50


def test_several_absences_say_how_many_they_are(page):
    for _ in range(3):
        page.hide()
        page.wait(15)
        page.show()
        page.wait(25)
    assert "; 3 times in 5 min" in page.found[-1].summary


def test_another_window_in_front_counts_only_after_twenty_seconds(page):
    page.unfocus()
    page.wait(19)
    page.focus()
    page.wait(20)
    assert page.kinds == []
    page.unfocus()
    page.wait(31)
    page.focus()
    assert page.kinds == ["window_unfocused"]
    assert page.found[0].value >= 30
    assert page.found[0].summary.endswith("2 times in 5 min")


def test_a_hidden_page_is_not_unfocused_as_well(page):
    page.hide()
    page.unfocus()
    page.wait(40)
    page.focus()
    page.show()
    assert page.kinds == ["page_hidden"]


# --- full screen --------------------------------------------------------------------------


def test_full_screen_is_nothing_where_it_is_not_asked_for(page):
    page.say("fullscreen_entered")
    page.say("fullscreen_left")
    page.wait(120)
    assert page.kinds == []


def test_there_is_a_minute_to_enter_full_screen():
    page = ExamPage(journey=FULL_SCREEN)
    page.wait(50)
    page.be("full", "windowed", "fullscreen_entered")
    page.wait(30)
    assert page.kinds == []
    page.be("windowed", "full", "fullscreen_left")
    page.wait(4)
    page.be("full", "windowed", "fullscreen_entered")
    page.wait(10)
    assert page.kinds == []
    page.be("windowed", "full", "fullscreen_left")
    page.wait(9)
    assert page.kinds == ["fullscreen_left"]


def test_full_screen_that_is_never_entered_is_told():
    page = ExamPage(journey=FULL_SCREEN)
    page.wait(59)
    assert page.kinds == []
    page.wait(5)
    assert page.kinds == ["fullscreen_left"]


def test_a_page_that_is_loaded_anew_has_its_minute_again():
    page = ExamPage(journey=FULL_SCREEN)
    page.be("full", "windowed", "fullscreen_entered")
    page.wait(100)
    page.state = {"visible", "focused", "windowed", "one_screen"}
    page.say("watch_started")
    page.beat()
    page.wait(50)
    assert page.kinds == []


def test_a_browser_without_full_screen_is_not_blamed_for_it():
    page = ExamPage(journey=FULL_SCREEN)
    page.be("no_full_screen", "windowed")
    page.wait(120)
    assert page.kinds == []
    assert page.pipeline.latest["windowed_s"].reason == "this browser has no full screen"


# --- an exam elsewhere ---------------------------------------------------------------------


def test_who_works_in_the_exams_own_tab_is_not_away():
    page = ExamPage(journey=Journey(exam_url="https://exam.example"))
    page.say("exam_opened")
    page.hide()
    page.wait(300)
    assert page.kinds == []
    latest = page.pipeline.latest["page_hidden_s"]
    assert (latest.value, latest.reason) == (None, "the exam is open in a tab of its own")


def test_nobody_excuses_themselves_where_there_is_no_exam_elsewhere(page):
    page.say("exam_opened")
    page.hide()
    page.wait(20)
    assert page.kinds == ["page_hidden"]


# --- the clipboard -------------------------------------------------------------------------


def test_a_large_paste_is_told_by_its_length(page):
    page.say("pasted", "312 other")
    page.wait(15)
    (found,) = page.found
    assert (found.kind, found.summary) == ("pasted", "312 characters, not copied on this page")
    assert found.closed_at is not None


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("pasted", "39 other"),
        ("pasted", "5000 own"),
        ("pasted", "many other"),
        ("pasted", ""),
        ("copied", "99 page"),
        ("copied", "5000 field"),
        ("cut", "5000 field"),
    ],
)
def test_a_word_and_what_is_ones_own_is_nothing(page, name, detail):
    page.say(name, detail)
    page.wait(15)
    assert page.kinds == []


def test_copying_the_questions_and_printing_are_told(page):
    page.say("copied", "450 page")
    page.wait(15)
    page.say("printed")
    page.wait(15)
    assert page.kinds == ["copied", "printed"]


def test_two_pastes_in_one_breath_are_one_incident_with_the_larger(page):
    page.say("pasted", "312 other")
    page.say("pasted", "50 other")
    page.wait(15)
    (found,) = page.found
    assert found.summary == "312 characters, not copied on this page; 2 times in 5 min"


# --- screens and tools -----------------------------------------------------------------------


def test_a_second_display_is_equipment(page):
    page.be("more_screens", "one_screen")
    page.wait(10)
    (found,) = page.found
    assert (found.kind, found.category) == ("second_display", Category.TECHNICAL)
    page.be("one_screen", "more_screens")
    page.wait(10)
    assert page.found[0].closed_at is not None


def test_a_second_display_that_is_allowed_is_nothing():
    page = ExamPage(policy=policy_of(["second_screen"]))
    page.be("more_screens", "one_screen")
    page.wait(60)
    assert page.kinds == []


def test_a_browser_that_does_not_tell_of_screens_is_not_measured():
    page = ExamPage()
    page.be("visible", "one_screen")
    page.wait(10)
    latest = page.pipeline.latest["displays"]
    assert (latest.value, latest.reason) == (None, "this browser does not say")


def test_developer_tools_are_told_and_never_scored(page):
    page.be("tools", "", "tools_opened")
    page.wait(10)
    (found,) = page.found
    assert (found.kind, found.category, found.weight) == (
        "developer_tools",
        Category.TECHNICAL,
        0.0,
    )
    assert "can be wrong" in found.summary


# --- a bad line --------------------------------------------------------------------------------


def test_a_line_that_drops_while_the_page_is_in_front_is_technical_alone(page):
    page.go_offline()
    page.wait(60)
    page.go_online()
    page.wait(30)
    assert {found.category for found in page.found} == {Category.TECHNICAL}
    assert page.kinds == ["page_silent"]


def test_a_short_drop_is_nothing(page):
    page.go_offline()
    page.wait(8)
    page.go_online()
    page.wait(30)
    assert page.kinds == []


def test_what_happened_without_a_line_is_told_after_it_with_its_own_length():
    page = ExamPage()
    page.wait(30)
    page.go_offline()
    page.say("network_lost")
    page.wait(10)
    page.hide()
    page.wait(30)
    page.show()
    page.wait(10)
    page.say("network_back")
    page.go_online()
    page.wait(10)
    hidden = [found for found in page.found if found.kind == "page_hidden"]
    assert len(hidden) == 1
    assert (hidden[0].opened_at, hidden[0].last_seen_at) == (at(46), at(76))
    silent = [found for found in page.found if found.kind == "page_silent"]
    assert silent[-1].summary.endswith("the computer was without a network for 50 s")


def test_blinks_without_a_line_are_blinks_still(page):
    page.go_offline()
    for _ in range(5):
        page.hide()
        page.wait(3)
        page.show()
        page.wait(3)
    page.go_online()
    page.wait(10)
    assert page.kinds == ["page_silent"]


def test_a_page_that_comes_back_is_not_away_for_the_time_it_was_gone(page):
    page.hide()
    page.wait(2)
    page.go_offline()
    page.wait(300)
    page.kept = []  # the machine was off: nothing was kept
    page.state = {"visible", "focused", "windowed", "one_screen"}
    page.is_online = True
    page.hear(BrowserEvent(page.t, "page_opened"))
    page.say("watch_started")
    page.beat()
    page.wait(10)
    longest_s = max([found.value for found in page.found if found.kind == "page_hidden"])
    assert longest_s < 10  # of the seconds in which nobody knew that the line was gone


def test_a_gap_in_the_line_is_a_gap_in_the_coverage():
    page = ExamPage()
    page.wait(30)
    page.go_offline(noticed_after_s=0.5)
    page.wait(60)
    page.go_online()
    page.wait(30)
    page.close()
    spans = [span for span in page.spans.values() if span.signal == "page_hidden_s"]
    degraded = [span for span in spans if span.state is Measured.DEGRADED]
    assert sum((s.ended_at - s.started_at).total_seconds() for s in degraded) >= 55
    assert {span.reason for span in degraded} >= {"no connection to the page"}


# --- a page that was tampered with -----------------------------------------------------------


def test_a_page_that_stops_speaking_on_an_open_line_is_seen(page):
    page.beats = False
    page.wait(40)
    (found,) = page.found
    assert found.kind == "page_silent"
    assert "its line is open, but it says nothing" in found.summary
    assert page.pipeline.latest["page_hidden_s"].value is None


def test_a_page_in_the_background_may_doze_for_a_minute():
    page = ExamPage()
    page.hide()
    page.beats = False
    page.wait(70)
    assert "page_silent" not in page.kinds


def test_what_no_page_says_is_one_technical_incident(page):
    for _ in range(100):
        page.hear(BrowserEvent(page.t, PAGE_ODD, "5 reports are missing"))
        page.wait(0.5)
    (found,) = page.found
    assert (found.kind, found.category) == ("reports_irregular", Category.TECHNICAL)
    assert "5 reports are missing" in found.summary


def test_a_flood_makes_few_records_and_undoes_none():
    page = ExamPage()
    page.wait(30)
    page.hide()
    page.wait(20)
    before = page.found
    for _ in range(5000):
        page.say("pasted", "9999 other")
    for _ in range(600):
        page.say("page_visible")
        page.t += 0.05
        page.hear(Tick(page.t))
    page.wait(60)
    after = {found.id: found for found in page.found}
    assert len(after) < 20
    assert "reports_irregular" in page.kinds
    for found in before:
        kept = after[found.id]
        assert kept.value >= found.value
        assert kept.opened_at == found.opened_at


def test_a_sleep_and_a_set_clock_are_technical(page):
    page.say("clock_jumped", "-3600")
    page.wait(15)
    (found,) = page.found
    assert (found.kind, found.category) == ("clock_jumped", Category.TECHNICAL)
    assert found.summary.startswith("by 3600 s")


def test_a_device_that_goes_is_named(page):
    page.say("devices_changed", "camera out")
    page.wait(15)
    assert page.kinds == ["devices_changed"]
    assert page.found[0].summary.endswith("camera out")


# --- a clean exam ------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", range(4))
def test_ten_clean_minutes_give_no_incident(preset, seed):
    """Typing, scrolling, notifications, menus, a slip to another tab, a word pasted."""
    chance, page = random.Random(seed), ExamPage(preset=preset)
    while page.t < 600:
        match chance.randrange(6):
            case 0:
                page.hide()
                page.wait(chance.choice([0.5, 1, 3]))
                page.show()
            case 1:
                page.unfocus()
                page.wait(chance.uniform(0.5, 15))
                page.focus()
            case 2:
                page.say("pasted", f"{chance.randrange(1, 39)} other")
            case 3:
                page.say("pasted", f"{chance.randrange(1, 3000)} own")
            case 4:
                page.say("copied", f"{chance.randrange(1, 2000)} field")
            case _:
                page.go_offline(noticed_after_s=2)
                page.wait(chance.uniform(1, 12))
                page.go_online()
        page.wait(chance.uniform(5, 30))
    page.close()
    assert page.kinds == []


# --- where it runs -------------------------------------------------------------------------------


def test_a_page_is_no_device():
    assert media_of(["page", "clipboard"]) == frozenset()
    assert media_of(["page", "faces"]) == {"camera"}
    names = [kind.name for kind in create_analysers(["page"], {PAGE})]
    assert names == ["page", "page_line"]


def test_where_nothing_of_the_page_is_on_nothing_listens_to_it():
    assert page_signals(["faces", "speakers"]) == ()
    assert page_signals(["faces", "clipboard"]) == ("clipboard", "page_line")
    assert create_analysers(["page"], {"camera", "microphone"}) == []


def test_the_line_is_no_choice_and_the_screens_are():
    on = {kind.name for kind in choices() if kind.medium == PAGE}
    assert on == {"page", "clipboard", "displays"}
    assert all(is_on(kind, ["page"]) for kind in choices() if kind.name == "page")


def test_what_is_of_equipment_is_never_scored():
    for kind in ("second_display", "developer_tools", "page_silent", "reports_irregular"):
        rule = rules_by_kind()[kind]
        assert (rule.category, rule.weight) == (Category.TECHNICAL, 0.0)
