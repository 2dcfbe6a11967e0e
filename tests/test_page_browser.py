"""In real Chromium: what the exam page tells of itself, and what a script in its console gets."""

from __future__ import annotations

import json
import shutil
import time

import pytest
from exam_live import JOINS_MS, SPEAK, TAKE_LINE, Sat, seat_link, sit
from live import CHROMIUM, open_page, person
from playwright.sync_api import Page, expect

from proctoring.types import Journey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

CLEAN_S = 30  # the slowest rule of the page opens after 20 s
LONG = "The mitochondrion is the powerhouse of the cell, and more besides." * 3


@pytest.fixture
def sat(server, browser):
    """An exam that measures the page alone: no camera and no microphone."""
    context = person(browser)
    yield sit(server, context)
    context.close()


@pytest.fixture
def desk(sat, browser):
    page = open_page(person(browser), sat.links.proctor)
    yield page
    page.context.close()


def cards(desk: Page, title: str):
    return desk.locator(".feed .card", has_text=title)


def test_an_exam_that_measures_the_page_alone_needs_no_camera(sat):
    expect(sat.page.get_by_role("button", name="Finish exam")).to_be_visible()
    assert sat.page.locator("iframe[title*=webrtc]").count() == 0
    signals = sat.page.locator(".signals")
    expect(signals).to_contain_text("The exam page: measuring", timeout=JOINS_MS)
    assert sat.line.names[:1] == ["watch_started"]


# --- where the page is ----------------------------------------------------------------------


def test_another_tab_is_told_to_the_desk_and_to_the_candidate(sat, desk):
    sat.be("hidden", True)
    expect(cards(desk, "Away from the exam page")).to_be_visible(timeout=JOINS_MS)
    expect(sat.page.locator(".card", has_text="Come back to this page")).to_be_visible()
    sat.be("hidden", False)
    expect(sat.page.locator(".card.resolved")).to_be_visible()
    assert sat.line.names.count("page_hidden") == sat.line.names.count("page_visible") == 1


def test_a_moment_in_another_tab_is_nothing(sat):
    for _ in range(3):
        sat.be("hidden", True)
        sat.page.wait_for_timeout(300)
        sat.be("hidden", False)
        sat.page.wait_for_timeout(700)
    sat.wait(lambda: sat.line.names.count("page_visible") == 3)
    sat.wait_for_beats()
    assert sat.found == []


def test_frames_of_the_page_itself_take_no_focus_away(sat):
    sat.page.evaluate(
        """() => {
          const frame = document.body.appendChild(document.createElement("iframe"));
          frame.srcdoc = "<input>";
          frame.onload = () => frame.contentDocument.querySelector("input").focus();
        }"""
    )
    sat.wait(lambda: sat.page.evaluate("document.activeElement.tagName") == "IFRAME")
    sat.wait_for_beats()
    assert "window_unfocused" not in sat.line.names


def test_focus_that_goes_and_comes_is_told(sat):
    sat.be("focus", False)
    sat.wait(lambda: "window_unfocused" in sat.line.names)
    sat.be("focus", True)
    sat.wait(lambda: "window_focused" in sat.line.names)


def test_full_screen_is_entered_by_a_button_and_its_leaving_is_told(server, browser):
    context = person(browser)
    sat = sit(server, context, journey=Journey(full_screen=True))
    button = sat.page.get_by_role("button", name="Full screen")
    button.click()
    sat.wait(lambda: "fullscreen_entered" in sat.line.names)
    expect(button).to_be_hidden()
    sat.page.evaluate("document.exitFullscreen()")
    sat.wait(lambda: "fullscreen_left" in sat.line.names)
    expect(button).to_be_visible()
    expect(sat.page.locator(".card", has_text="Not in full screen")).to_be_visible(timeout=JOINS_MS)
    context.close()


def test_an_exam_that_wants_no_full_screen_has_no_button_for_it(sat):
    expect(sat.page.get_by_role("button", name="Full screen")).to_have_count(0)


def test_who_works_on_the_exam_in_a_tab_of_its_own_is_not_away(server, browser):
    context = person(browser)
    context.route("https://exam.example/**", lambda route: route.fulfill(body="<h1>Exam</h1>"))
    sat = sit(server, context, journey=Journey(exam_url="https://exam.example/42"))
    with context.expect_page():
        sat.page.get_by_role("link", name="Open the exam in a new tab").click()
    sat.wait(lambda: "exam_opened" in sat.line.names)
    sat.be("hidden", True)
    expect(sat.page.locator(".signals")).to_contain_text("in a tab of its own", timeout=JOINS_MS)
    sat.wait_for_beats(3)
    assert "page_hidden" not in sat.kinds
    context.close()


# --- what goes in and out -------------------------------------------------------------------


@pytest.fixture
def field(sat):
    """A question and a field for the answer, in the page of an exam."""
    sat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sat.page.evaluate(
        """(text) => {
          const box = document.createElement("div");
          box.style = "position: fixed; top: 40%; left: 0; z-index: 9999; background: white";
          box.innerHTML = '<p id="question"></p><textarea id="answer"></textarea>';
          box.querySelector("p").textContent = text;
          document.body.append(box);
        }""",
        LONG,
    )
    return sat.page.locator("#answer")


def details(sat: Sat, name: str) -> list[object]:
    return [event["detail"] for event in sat.line.events if event["name"] == name]


def test_a_paste_from_elsewhere_is_told_by_its_length_alone(sat, desk, field):
    sat.page.evaluate("(text) => navigator.clipboard.writeText(text)", LONG)
    field.click()
    sat.page.keyboard.press("Control+V")
    sat.wait(lambda: details(sat, "pasted") == [f"{len(LONG)} other"])
    expect(cards(desk, "Text pasted from elsewhere")).to_contain_text(
        f"{len(LONG)} characters", timeout=JOINS_MS
    )
    assert "mitochondrion" not in json.dumps(sat.line.events + sat.line.beats)


def test_what_was_copied_on_the_page_is_ones_own(sat, field):
    sat.page.evaluate("getSelection().selectAllChildren(document.querySelector('#question'))")
    sat.page.keyboard.press("Control+C")
    sat.wait(lambda: details(sat, "copied") == [f"{len(LONG)} page"])
    field.click()
    sat.page.keyboard.press("Control+V")
    sat.wait(lambda: details(sat, "pasted") == [f"{len(LONG)} own"])
    sat.page.keyboard.press("Control+A")
    sat.page.keyboard.press("Control+X")
    sat.wait(lambda: details(sat, "cut") == [f"{len(LONG)} field"])
    sat.wait_for_beats()
    assert "pasted" not in sat.kinds


def test_printing_is_told(sat):
    sat.page.evaluate("window.print()")
    sat.wait(lambda: "printed" in sat.line.names)
    sat.wait(lambda: "printed" in sat.kinds)


# --- developer tools, docked ones, as the size of the window tells of them --------------------


NARROW = """(px) => {
  const was = window.innerWidth;
  Object.defineProperty(window, "innerWidth", { configurable: true, get: () => was - px });
  window.dispatchEvent(new Event("resize"));
}"""


def test_tools_are_told_after_a_key_that_opens_them_and_when_they_are_closed(sat):
    sat.page.keyboard.press("F12")
    sat.page.evaluate(NARROW, 400)
    sat.wait(lambda: details(sat, "tools_opened") == ["a key"])
    sat.page.evaluate(NARROW, -400)
    sat.wait(lambda: "tools_closed" in sat.line.names)


def test_a_page_that_only_gets_narrower_has_no_tools_open(sat):
    sat.page.evaluate(NARROW, 400)
    sat.wait_for_beats(3)
    assert "tools_opened" not in sat.line.names


# --- the line -------------------------------------------------------------------------------


def test_thirty_seconds_offline_are_told_afterwards_as_they_were(sat):
    sat.line.is_cut = True
    sat.page.context.set_offline(True)
    sat.page.wait_for_timeout(9_000)
    sat.be("hidden", True)
    sat.page.wait_for_timeout(12_000)
    sat.be("hidden", False)
    sat.page.wait_for_timeout(9_000)
    sat.line.is_cut = False
    sat.page.context.set_offline(False)
    sat.wait(lambda: sat.line.acks >= len({event["id"] for event in sat.line.events}))
    hidden = sat.wait(lambda: [one for one in sat.found if one.kind == "page_hidden"])
    assert len(hidden) == 1
    assert 11 <= hidden[0].value <= 20
    ago_ms = {event["name"]: event["ago_ms"] for event in sat.line.events}
    assert ago_ms["page_hidden"] - ago_ms["page_visible"] >= 11_000
    assert "reports_irregular" not in sat.kinds


def test_a_page_that_is_closed_says_so(sat):
    newer = sat.page.context.new_page()
    newer.goto(seat_link(sat), wait_until="commit")
    expect(newer.locator(".signals")).to_contain_text("page: measuring", timeout=JOINS_MS)
    newer.close(run_before_unload=True)
    sat.wait(lambda: "page_silent" in sat.kinds)
    assert sat.found[0].summary.endswith("it was closed, or loaded anew")


# --- somebody at the console ----------------------------------------------------------------


def test_a_console_changes_nothing_of_what_was_recorded_and_is_seen(sat, desk):
    sat.be("hidden", True)
    sat.wait(lambda: "page_hidden" in sat.kinds)
    before = sat.found[0]
    theirs = sat.page.evaluate(TAKE_LINE)
    hello = {"pass": theirs["pass"], "page": theirs["page"]}

    def event(number: int, name: str, **more: object) -> dict[str, object]:
        of = f"{theirs['prefix']}-{number}"
        return {"type": "event", "id": of, "name": name, **more}

    repeated = [event(1, "watch_started")] * 5
    ahead = [event(theirs["count"] + 9, "page_visible", ago_ms=3_600_000)]
    flood = [event(10**6 + n, "pasted", detail="5000 other") for n in range(400)]
    messages = [*repeated, *ahead, *flood]
    assert sat.page.evaluate(SPEAK, {"hello": hello, "messages": messages, "own": 25_000}) == 0
    desk.get_by_role("tab", name="Technical").click()
    expect(cards(desk, "reports are irregular")).to_be_visible(timeout=JOINS_MS)
    found = {one.id: one for one in sat.found}
    assert found[before.id].opened_at == before.opened_at
    assert found[before.id].value >= before.value
    assert len(found) < 20


@pytest.mark.parametrize("name", ["page_closed", "page_opened", "page_odd", "heartbeat"])
def test_the_servers_own_words_are_not_for_a_page_to_say(sat, name):
    theirs = sat.page.evaluate(TAKE_LINE)
    hello = {"pass": theirs["pass"], "page": theirs["page"]}
    said = {"type": "event", "id": "9-9", "name": name, "detail": ""}
    code = sat.page.evaluate(SPEAK, {"hello": hello, "messages": [said], "own": 30_000})
    assert code == 1008


def test_a_swallowed_report_is_seen(sat):
    sat.page.evaluate(
        TAKE_LINE.replace("const { line, data }", "const { line }").replace(
            "window.theirs", "line.sendEvent = () => {}; window.theirs"
        )
    )
    sat.be("hidden", True)
    sat.be("hidden", False)
    sat.wait(lambda: "reports_irregular" in sat.kinds)


def test_a_page_that_is_kept_from_speaking_is_seen(sat):
    sat.page.evaluate(TAKE_LINE.replace("window.theirs", "line.beat = () => {}; window.theirs"))
    sat.wait(lambda: "page_silent" in sat.kinds)
    assert "says nothing" in sat.found[0].summary


def test_an_older_tab_is_not_listened_to(sat):
    newer = sat.page.context.new_page()
    newer.goto(seat_link(sat), wait_until="commit")
    expect(newer.locator("[data-of=connection][data-state=on]")).to_be_visible(timeout=JOINS_MS)
    expect(sat.page.get_by_text("Your exam goes on in another tab")).to_be_visible(timeout=JOINS_MS)
    theirs = sat.line.hello
    said = [{"type": "event", "id": f"9-{n}", "name": "page_hidden"} for n in range(1, 5)]
    sat.page.evaluate(SPEAK, {"hello": theirs, "messages": said, "own": 8_000})
    assert "page_hidden" not in sat.kinds


# --- a clean exam ---------------------------------------------------------------------------


def test_half_a_minute_of_typing_and_scrolling_gives_no_incident(sat, field):
    field.click()
    until = time.monotonic() + CLEAN_S
    while time.monotonic() < until:
        sat.page.keyboard.type("An answer that grows. ", delay=30)
        sat.page.mouse.wheel(0, 120)
        sat.page.wait_for_timeout(300)
    assert sat.found == []
