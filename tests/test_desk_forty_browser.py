"""One proctor keeps forty candidates in view, and two share them: in real Chromium, on a real
server, with candidates who are simulated (see `forty`)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from accessible import expect_accessible, tab_through
from forty import WATCH, Forty, running_room
from live import CHROMIUM, open_page, person
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from seated import opened
from waiting import wait_until

from proctoring import attention
from proctoring.acts.kinds import content_of
from proctoring.types import Act

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]
COMES_MS = 60_000
BUDGET = 4


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forty]:
    data = tmp_path_factory.mktemp("forty") / "data"
    limits = {"OPENPROCTOR_DESK_BUDGET": str(BUDGET), "OPENPROCTOR_LOOK_EVERY_MIN": "1"}
    with running_room(data, 40, **limits) as forty:
        yield forty


@pytest.fixture(scope="module", autouse=True)
def nobody_looks(room: Forty) -> Forty:
    """A second exam, from the beginning on: a minute has to go by, beside the other tests."""
    return room.another(3)


@pytest.fixture
def people(browser: Browser) -> Iterator[list[BrowserContext]]:
    made = [person(browser, reduced_motion="reduce"), person(browser, reduced_motion="reduce")]
    yield made
    for context in made:
        context.close()


def desk_of(forty: Forty, context: BrowserContext, many: int) -> Page:
    page = open_page(context, forty.links.proctor)
    expect(page.locator(".tile")).to_have_count(many, timeout=COMES_MS)
    expect(page.locator(".chip[data-mark=in_exam] b")).to_have_text(str(many), timeout=COMES_MS)
    return page


def queue(page: Page) -> Locator:
    return page.locator("#cards-conduct > .cards > .card")


def acts(forty: Forty, *kinds: str) -> list[Act]:
    with opened(forty.server.data_dir) as store:
        found = [
            act for one in store.participants(forty.links.meeting_id) for act in store.acts(one.id)
        ]
    return [act for act in found if act.kind in kinds]


def names_in_order(forty: Forty) -> list[str]:
    """As the rule has it, worked out here from what the store holds."""
    with opened(forty.server.data_dir) as store:
        incidents = store.feed(forty.links.meeting_id).incidents
        names = {one.id: one.name for one in store.participants(forty.links.meeting_id)}
    found = attention.attention(incidents, {}, datetime.now(UTC), budget=BUDGET)
    return [names[one.incident.first.participant_id] for one in found.queue]


# --- forty -----------------------------------------------------------------------------------


def test_forty_are_in_view_the_queue_is_in_order_and_nothing_jumps(
    room: Forty, people: list[BrowserContext]
) -> None:
    page = desk_of(room, people[0], 40)
    expect(page.locator(".tiles.calm .tile")).to_have_count(40)  # all calm: all step back
    for who, kind in ((3, "looking_away"), (17, "different_person"), (30, "no_face")):
        room.bad(who, kind, 300)
    expect(queue(page)).to_have_count(3, timeout=COMES_MS)
    expect(page.locator(".tiles:not(.calm) .tile")).to_have_count(3)  # … and come back
    wait_until(lambda: queue(page).locator(".name").all_inner_texts() == names_in_order(room))

    # Somebody is about to press a button far down, while much happens.
    far = page.locator(".tiles.calm .tile").nth(24)
    far.evaluate("tile => tile.scrollIntoView({ block: 'center' })")
    far.focus()
    page.evaluate(WATCH)
    page.wait_for_timeout(6000)  # until nobody seems to be about to press it any more
    for who, kind in ((8, "multiple_faces"), (22, "phone_seen"), (35, "no_face")):
        room.bad(who, kind, 8)
    expect(page.locator("details.left > summary")).to_have_text(
        "Left for the review: 2", timeout=COMES_MS
    )
    expect(queue(page)).to_have_count(BUDGET)
    expect(page.locator(".tiles:not(.calm) .tile")).to_have_count(6, timeout=COMES_MS)
    watched = page.evaluate("window.watched")
    assert watched["drawn"] > 0
    assert (watched["lost"], watched["jumps"]) == (0, 0), watched
    assert page.evaluate("window.watched.lost") == 0


def test_one_click_decides_the_focus_goes_on_and_the_log_says_who(
    room: Forty, people: list[BrowserContext]
) -> None:
    small = room.another(3)
    page = desk_of(small, people[0], 3)
    page.get_by_text("Alerts").click()
    page.get_by_label("What the other proctors call you").fill("Bo")
    page.get_by_text("Alerts").click()
    small.bad(0, "no_face", 8)
    small.bad(1, "no_face", 8)
    expect(queue(page)).to_have_count(2, timeout=COMES_MS)
    first = queue(page).first
    name = first.locator(".name").inner_text()
    first.get_by_role("button", name="Nothing to do").click()
    expect(queue(page)).to_have_count(1)
    expect(queue(page).get_by_role("button", name="Nothing to do")).to_be_focused()
    decided = page.locator("details.decided")
    expect(decided.locator("> summary")).to_have_text("Decided: 1")
    decided.locator("> summary").click()
    expect(decided.locator(".card")).to_contain_text(name)
    expect(decided.locator(".card")).to_contain_text(
        "Bo: looked at, nothing to do", timeout=COMES_MS
    )
    queue(page).get_by_role("button", name="For review").press("Enter")
    expect(page.locator("#cards-conduct > .empty")).to_be_visible()
    done = wait_until(lambda: found if len(found := acts(small, "looked")) == 2 else None)
    said = [content_of(act) for act in done]
    assert {one["outcome"] for one in said} == {"nothing", "review"}
    assert {one["name"] for one in said} == {"Bo"}
    expect(page.locator(".budget")).to_contain_text(f"2 decided, 0 waiting; at most {BUDGET} in 10")


def test_many_are_acted_upon_at_once_and_who_could_not_be_is_named(
    room: Forty, people: list[BrowserContext]
) -> None:
    page = desk_of(room, people[0], 40)
    with opened(room.server.data_dir) as store:
        gone = store.participants(room.links.meeting_id)[39]
    page.get_by_role("button", name="Select", exact=True).click()
    bulk = page.locator(".bulk")
    bulk.get_by_role("button", name="Select all 40 shown").click()
    expect(bulk.locator(".number")).to_have_text("40 candidates selected")
    bulk.get_by_role("button", name="Message").click()
    bulk.get_by_role("button", name="Thank you, all is well.").click()
    bulk.get_by_role("button", name="Send").click()
    expect(bulk.locator(".result")).to_have_text("Sent. 40 candidates.", timeout=COMES_MS)
    told = acts(room, "message")
    assert len(told) == len({act.participant_id for act in told}) == 40

    # One is ended: in two steps, a reason, and the number typed.
    bulk.get_by_role("button", name="Select none").click()
    page.get_by_label(f"Select {gone.name}").check()
    bulk.get_by_role("button", name="End exams").click()
    bulk.get_by_label("Why, as the candidate reads it").fill("too short")
    expect(bulk.get_by_role("button", name="End the exam …")).to_be_disabled()
    bulk.get_by_label("Why, as the candidate reads it").fill("The candidate fell ill.")
    bulk.get_by_role("button", name="End the exam …").click()
    sure = bulk.get_by_role("button", name="Yes, end it now")
    expect(sure).to_be_disabled()
    bulk.get_by_label("Type 1 to say").fill("1")
    sure.click()
    expect(bulk.locator(".result")).to_have_text("Ended. 1 candidate.", timeout=COMES_MS)
    expect(page.locator(".chip[data-mark=finished] b")).to_have_text("1", timeout=COMES_MS)

    # What cannot be done for one is done for the others, and said.
    bulk.get_by_role("button", name="Select all 40 shown").click()
    bulk.get_by_role("button", name="Add time").click()
    bulk.get_by_role("button", name="5 min", exact=True).click()
    expect(bulk.locator(".result")).to_have_text(
        f"5 min more. 39 candidates. Not done for 1: {gone.name} (This exam is finished).",
        timeout=COMES_MS,
    )
    assert len(acts(room, "extra_time")) == 39
    bulk.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()


def test_forty_are_reached_by_the_keyboard_and_axe_finds_nothing(
    room: Forty, people: list[BrowserContext]
) -> None:
    page = open_page(people[0], room.links.proctor)
    expect(page.locator(".tile")).to_have_count(40, timeout=COMES_MS)
    expect(page.locator(".unseen:visible").first).to_be_visible(timeout=2 * COMES_MS)
    room.bad(11, "no_face", 300)
    expect(queue(page).first).to_be_visible(timeout=COMES_MS)
    page.get_by_role("button", name="Select", exact=True).click()
    page.locator(".bulk").get_by_role("button", name="Pause").scroll_into_view_if_needed()
    expect_accessible(page)
    page.locator(".bulk").get_by_role("button", name="Done").click()
    reached = tab_through(page)
    for name in ("Needs attention", "Alerts", "To look at", "Nothing to do", "For review"):
        assert name in reached


# --- whom nobody looks at, and whose check is asked for ----------------------------------------


def test_nobody_goes_unlooked_at_and_a_look_is_confirmed_on_the_tile(
    nobody_looks: Forty, people: list[BrowserContext]
) -> None:
    page = desk_of(nobody_looks, people[0], 3)
    expect(page.locator(".looks")).to_contain_text(
        "Not looked at for 1\u00a0min", timeout=2 * COMES_MS
    )
    unseen = page.locator(".unseen:visible")
    expect(unseen).to_have_count(3, timeout=COMES_MS)
    unseen.first.get_by_role("button", name=re.compile("^Looked at ")).click()
    expect(unseen).to_have_count(2, timeout=COMES_MS)
    page.locator(".looks").get_by_role("button", name="Look now").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(unseen).to_have_count(1, timeout=COMES_MS)


def test_who_it_is_is_checked_anew_and_the_answer_comes_to_the_proctor(
    room: Forty, people: list[BrowserContext]
) -> None:
    small = room.another(3)
    page = desk_of(small, people[0], 3)
    page.locator(".tile").first.click()
    panel = page.locator(".panel")
    panel.locator(".tools").get_by_role("button", name="Re-check identity").click()
    panel.locator(".form").get_by_role("button", name="Re-check").click()
    expect(panel.locator(".result")).to_contain_text(
        "The same person as at the beginning", timeout=COMES_MS
    )
    expect(panel.locator(".talk")).to_contain_text("The server compared the face")
    expect(panel.locator(".recent svg").first).to_be_visible(timeout=COMES_MS)


def test_an_open_candidate_is_decided_upon_where_they_are(
    room: Forty, people: list[BrowserContext]
) -> None:
    small = room.another(3)
    page = desk_of(small, people[0], 3)
    small.bad(2, "no_face", 8)
    expect(queue(page)).to_have_count(1, timeout=COMES_MS)
    queue(page).get_by_role("button", name="Open").click()
    card = page.locator(".panel .cards.conduct .card")
    card.get_by_role("button", name="For review").click()
    expect(card.locator(".with")).to_contain_text("for review", timeout=COMES_MS)
    inside = "dialog => dialog.contains(dialog.getRootNode().activeElement)"
    wait_until(lambda: page.locator(".panel").evaluate(inside))
    page.keyboard.press("Escape")
    expect(queue(page)).to_have_count(0)
    expect(page.locator("details.decided > summary")).to_have_text("Decided: 1")


# --- two proctors ------------------------------------------------------------------------------


def test_two_proctors_see_who_is_with_whom_hand_over_and_let_go(
    room: Forty, people: list[BrowserContext]
) -> None:
    small = room.another(3)
    here, there = (desk_of(small, context, 3) for context in people)
    for page, name in ((here, "Bo"), (there, "Cy")):
        page.get_by_text("Alerts").click()
        page.get_by_label("What the other proctors call you").fill(name)
        page.get_by_text("Alerts").click()
    small.bad(0, "no_face", 300)
    for page in (here, there):
        expect(queue(page)).to_have_count(1, timeout=COMES_MS)
        expect(page.locator(".budget")).to_contain_text("2 desks", timeout=COMES_MS)
    queue(here).get_by_role("button", name="Open").click()
    expect(here.locator(".claims")).to_contain_text("With you", timeout=COMES_MS)
    theirs = queue(there)
    expect(theirs).to_contain_text("With Bo", timeout=COMES_MS)
    expect(theirs.get_by_role("button", name="Nothing to do")).to_be_hidden()
    expect(there.locator(".tile .facts")).to_contain_text(["With Bo"])
    here.get_by_label("Hand over to").select_option("Cy")
    expect(theirs).to_contain_text("With you", timeout=COMES_MS)
    expect(here.locator(".claims")).to_contain_text("With Cy", timeout=COMES_MS)
    people[1].close()  # Cy's computer is gone: nobody keeps what nobody looks after
    expect(here.locator(".claims")).not_to_contain_text("With Cy", timeout=2 * COMES_MS)
    kinds = [act.kind for act in acts(small, "claim", "hand_over", "release")]
    assert kinds == ["claim", "hand_over", "release"]


# --- being told --------------------------------------------------------------------------------

NOTED = """window.noted = []; window.tones = 0;
window.Notification = class { static permission = "granted";
  static requestPermission = async () => "granted";
  constructor(title) { window.noted.push(title); } };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.tones += 1;
  return start.apply(this, at);
};
"""


def test_a_notification_and_a_tone_come_once_they_are_asked_for_and_name_nobody(
    room: Forty, people: list[BrowserContext]
) -> None:
    small = room.another(3)
    people[0].add_init_script(NOTED)
    page = desk_of(small, people[0], 3)
    noted: Any = lambda: page.evaluate("[window.noted, window.tones]")  # noqa: E731
    small.bad(0, "no_face", 8)
    expect(queue(page)).to_have_count(1, timeout=COMES_MS)
    page.wait_for_timeout(1500)
    assert noted() == [[], 0]  # both are off until somebody wants them
    page.get_by_text("Alerts").click()
    page.get_by_label("Notify me on this computer").check()
    page.get_by_label("Play a short tone").check()
    wait_until(lambda: noted() == [[], 2])  # to hear what it is
    small.bad(1, "no_face", 8)
    wait_until(lambda: noted() == [["2 need attention"], 4])
    spoken = page.locator(".desk > .spoken")
    expect(spoken).to_contain_text("2 need attention", timeout=COMES_MS)
