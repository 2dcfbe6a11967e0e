"""In real Chromium: what candidates and proctors say to each other, and what a proctor does about
an exam, from one page to the other and back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from accessible import problems
from live import CHROMIUM, Links, Server, launch, open_page, person, running_server
from making import occurrence
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    WebSocketRoute,
    expect,
)
from seated import opened, seat
from test_challenge_browser import photo
from waiting import wait_until

from proctoring.access import tokens
from proctoring.types import Act, Journey, Occurrence, Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

COMES_MS = 60_000


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = launch(playwright, photo(tmp_path_factory.mktemp("media")))
    yield browser
    browser.close()


@dataclass
class Sitting:
    """Ada in her exam, and a proctor who has her open."""

    server: Server
    links: Links
    participant_id: str
    page: Page
    desk: Page

    @property
    def panel(self) -> Locator:
        return self.desk.locator(".panel")

    def acts(self) -> list[Act]:
        with opened(self.server.data_dir) as store:
            return store.acts(self.participant_id)

    def tool(self, words: str) -> Locator:
        return self.panel.locator(".tools").get_by_role("button", name=words)

    def warn(self) -> Occurrence:
        """As an analyser would."""
        now = datetime.now(UTC)
        found = replace(
            occurrence(meeting_id=self.links.meeting_id, participant_id=self.participant_id),
            opened_at=now,
            last_seen_at=now,
        )
        with opened(self.server.data_dir) as store:
            store.save_occurrence(found)
        return found

    def write(self, text: str) -> None:
        """As the candidate."""
        if not self.page.locator(".drawer:popover-open").count():
            self.page.locator(".open-talk").click()
        self.page.get_by_label("Write to a proctor").fill(text)
        self.page.locator(".say").get_by_role("button", name="Send").click()


def contexts(browser: Browser) -> Iterator[BrowserContext]:
    made = []
    try:
        while True:
            made.append(person(browser))
            yield made[-1]
    finally:
        for context in made:
            context.close()


@pytest.fixture
def sitting(server: Server, browser: Browser) -> Iterator[Sitting]:
    people = contexts(browser)
    links = server.make_meeting(signals=("faces",))
    link, participant_id = seat(server, links)
    page, desk = open_page(next(people), link), open_page(next(people), links.proctor)
    expect(page.locator("[data-of=connection][data-state=on]")).to_be_visible(timeout=COMES_MS)
    desk.locator(".tile").click(timeout=COMES_MS)
    expect(desk.locator(".panel .tools")).to_be_visible()
    yield Sitting(server, links, participant_id, page, desk)
    people.close()


def seconds_left(page: Page) -> int:
    hours, minutes, seconds = re.fullmatch(
        r"(?:(\d+):)?(\d+):(\d+)", page.locator(".strip .left b").inner_text()
    ).groups(default="0")  # type: ignore[union-attr]
    return 3600 * int(hours) + 60 * int(minutes) + int(seconds)


# --- messages ------------------------------------------------------------------------------


def test_messages_go_both_ways_and_say_when_they_were_read(sitting: Sitting) -> None:
    sitting.write("May I use a calculator?")
    expect(sitting.panel.locator(".talk")).to_contain_text("May I use a calculator?")
    expect(sitting.page.locator(".said")).to_contain_text("Read by a proctor")
    sitting.page.get_by_role("button", name="Close the messages").click()
    sitting.panel.get_by_label("Message to the candidate").fill("Yes, you may.")
    sitting.panel.get_by_role("button", name="Send").click()
    card = sitting.page.locator(".card[data-category=said]")
    expect(card).to_contain_text("Yes, you may.", timeout=COMES_MS)
    expect(sitting.panel.locator(".talk li").last).to_contain_text("Sent")
    card.get_by_role("button", name="I have read it").click()
    expect(card).to_have_count(0)
    expect(sitting.panel.locator(".talk li").last).to_contain_text("Seen")


def test_a_ready_made_message_and_a_warning_are_as_good_as_typed_ones(sitting: Sitting) -> None:
    sitting.panel.get_by_text("Ready-made messages").click()
    sitting.panel.get_by_role("button", name="Please stay in the picture.").click()
    sitting.panel.get_by_text("As a warning").click()
    sitting.panel.get_by_role("button", name="Send").click()
    card = sitting.page.locator(".card", has_text="A proctor asks you")
    expect(card).to_contain_text("Please stay in the picture.", timeout=COMES_MS)
    card.get_by_role("button", name="Reply").click()
    expect(sitting.page.get_by_label("Write to a proctor")).to_be_focused()
    expect(card).to_have_count(0)


def test_what_is_typed_while_the_line_takes_nothing_is_kept_and_arrives_once(
    server: Server, browser: Browser
) -> None:
    links = server.make_meeting(signals=("faces",))
    link, participant_id = seat(server, links)
    context = person(browser)
    page = context.new_page()
    is_cut = True

    def connect(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def to_server(text: str | bytes) -> None:
            if not (is_cut and json.loads(text).get("type") == "act"):
                upstream.send(text)

        socket.on_message(to_server)

    page.route_web_socket(re.compile("/api/exam"), connect)
    page.goto(link, wait_until="commit")
    expect(page.locator("[data-of=connection][data-state=on]")).to_be_visible(timeout=COMES_MS)
    page.locator(".open-talk").click()
    page.get_by_label("Write to a proctor").fill("It is very loud here.")
    page.locator(".say").get_by_role("button", name="Send").click()
    expect(page.locator(".said")).to_contain_text("Sending")
    page.get_by_label("Write to a proctor").fill("And it is")
    page.reload(wait_until="commit")
    expect(page.locator("[data-of=connection][data-state=on]")).to_be_visible(timeout=COMES_MS)
    page.locator(".open-talk").click()
    expect(page.locator(".said")).to_contain_text("It is very loud here.")
    expect(page.get_by_label("Write to a proctor")).to_have_value("And it is")
    is_cut = False
    expect(page.locator(".said")).to_contain_text("Sent", timeout=COMES_MS)
    with opened(server.data_dir) as store:
        assert len(store.acts(participant_id)) == 1
    context.close()


def test_a_raised_hand_is_seen_and_lowered(sitting: Sitting) -> None:
    sitting.page.get_by_role("button", name="Raise hand").click()
    expect(sitting.panel.locator(".hand")).to_contain_text("Hand raised")
    expect(sitting.desk.locator(".tile .badge[data-mark=hand]")).to_have_count(1)
    sitting.panel.get_by_role("button", name="Lower the hand").click()
    expect(sitting.page.get_by_role("button", name="Raise hand")).to_have_attribute(
        "aria-pressed", "false"
    )
    expect(sitting.panel.locator(".hand")).to_be_hidden()


def test_the_strip_says_whether_a_desk_is_open(sitting: Sitting) -> None:
    expect(sitting.page.locator(".watched")).to_have_text("A proctor's desk is open now.")
    sitting.desk.close()
    expect(sitting.page.locator(".watched")).to_have_text(
        "No proctor's desk is open now.", timeout=COMES_MS
    )


# --- explanations --------------------------------------------------------------------------


def test_an_explanation_stands_beside_its_incident(sitting: Sitting) -> None:
    sitting.warn()
    warning = sitting.page.locator(".card", has_text="More than one face")
    warning.get_by_role("button", name="Explain").click(timeout=COMES_MS)
    warning.get_by_role("textbox").fill("My little brother came in.")
    warning.get_by_role("button", name="Send explanation").click()
    expect(warning).to_contain_text("Your explanation was received.")
    card = sitting.panel.locator(".card", has_text="More than one face")
    expect(card.locator("blockquote")).to_contain_text("My little brother came in.")


def test_what_is_over_can_be_explained_too(sitting: Sitting) -> None:
    found = sitting.warn()
    warning = sitting.page.locator(".card", has_text="More than one face")
    expect(warning).to_be_visible(timeout=COMES_MS)
    with opened(sitting.server.data_dir) as store:
        store.save_occurrence(replace(found, closed_at=found.last_seen_at))
    expect(sitting.page.locator(".card.resolved")).to_have_count(0, timeout=COMES_MS)
    expect(warning).to_have_count(0, timeout=COMES_MS)
    sitting.page.locator(".open-talk").click()
    sitting.page.get_by_text("Entries that you can explain").click()
    of_it = sitting.page.locator(".warned li", has_text="More than one face")
    of_it.get_by_role("button", name="Explain").click()
    of_it.get_by_role("textbox").fill("It was a poster.")
    of_it.get_by_role("button", name="Send explanation").click()
    expect(of_it).to_contain_text("Your explanation was received.")
    expect(sitting.panel.locator("blockquote")).to_contain_text("It was a poster.")


# --- the clock -----------------------------------------------------------------------------


def test_a_pause_covers_the_exam_and_its_clock_stands_still(sitting: Sitting) -> None:
    sitting.tool("Pause").click()
    sitting.panel.get_by_label("Why, as the candidate reads it").fill("There is a fire alarm.")
    sitting.panel.get_by_role("button", name="Pause the exam").click()
    cover = sitting.page.get_by_role("dialog", name="Your exam is paused")
    expect(cover).to_contain_text("There is a fire alarm.", timeout=COMES_MS)
    sitting.page.keyboard.press("Escape")
    sitting.page.keyboard.press("Escape")
    expect(cover).to_be_visible()
    before = cover.locator(".clock b").inner_text()
    sitting.page.wait_for_timeout(2500)  # the clock would have moved by two
    assert cover.locator(".clock b").inner_text() == before
    cover.get_by_label("Write to a proctor").fill("I am outside.")
    cover.get_by_role("button", name="Send").click()
    expect(sitting.panel.locator(".talk")).to_contain_text("I am outside.")
    expect(sitting.desk.locator(".tile .badge[data-mark=paused]")).to_have_count(1)
    sitting.tool("Resume").click()
    expect(cover).to_be_hidden(timeout=COMES_MS)
    expect(sitting.page.locator(".drawer .talk")).to_have_count(1)


def test_more_time_is_there_at_once_and_said(sitting: Sitting) -> None:
    before = seconds_left(sitting.page)
    sitting.tool("Add time").click()
    sitting.panel.get_by_role("button", name="10 min").click()
    card = sitting.page.locator(".card", has_text="You have 10 minutes more.")
    expect(card).to_be_visible(timeout=COMES_MS)
    wait_until(lambda: seconds_left(sitting.page) > before + 300)
    expect(sitting.panel.locator(".facts")).to_contain_text("More time")


def test_an_adjustment_is_shown_and_not_why(sitting: Sitting) -> None:
    sitting.tool("Adjust").click()
    sitting.panel.get_by_label("Faces in view").uncheck()
    sitting.panel.get_by_label("More time than others").select_option("25 %")
    sitting.panel.get_by_role("button", name="Save").click()
    expect(sitting.panel.locator(".result")).to_have_text("Adjusted from now on.")
    expect(sitting.panel.locator(".badges")).to_contain_text("Adjusted")
    expect(sitting.page.locator(".signals")).not_to_contain_text("Faces in view", timeout=COMES_MS)
    sitting.tool("Adjust").click()
    expect(sitting.panel.get_by_label("Faces in view")).not_to_be_checked()


def test_an_exam_is_ended_in_two_steps_with_a_reason(sitting: Sitting) -> None:
    sitting.tool("End exam").click()
    end = sitting.panel.get_by_role("button", name="End the exam …")
    reason = sitting.panel.get_by_label("Why, as the candidate reads it")
    reason.fill("too short")
    expect(end).to_be_disabled()
    reason.fill("The candidate fell ill.")
    end.click()
    assert not [act for act in sitting.acts() if act.kind == "end"]
    sitting.panel.get_by_role("button", name="Yes, end it now").click()
    expect(sitting.panel.locator(".facts")).to_contain_text("The candidate fell ill.")
    expect(sitting.page.locator(".strip")).to_have_count(0, timeout=COMES_MS)
    told = "A proctor ended it (The candidate fell ill) at"
    expect(sitting.page.get_by_text(told)).to_be_visible(timeout=COMES_MS)
    with opened(sitting.server.data_dir) as store:
        assert store.participant(sitting.participant_id).finished_at is not None


# --- the waiting room ------------------------------------------------------------------------


def test_who_asks_is_let_in_from_the_desk(server: Server, browser: Browser) -> None:
    people = contexts(browser)
    links = server.make_meeting(signals=("faces",), journey=Journey(needs_letting_in=True))
    page = open_page(next(people), links.candidate)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    desk = open_page(next(people), links.proctor)
    desk.locator(".tile").click(timeout=COMES_MS)
    asks = desk.locator(".panel .asks")
    expect(asks).to_be_visible()
    asks.get_by_role("button", name="Let in").click()
    expect(asks).to_be_hidden()
    with opened(server.data_dir) as store:
        (ada,) = store.participants(links.meeting_id)
        wait_until(lambda: [act.kind for act in store.acts(ada.id)][-1:] == ["let_in"])
    people.close()


# --- by the keyboard, and for everybody --------------------------------------------------------


def test_a_candidate_writes_and_explains_by_the_keyboard_alone(sitting: Sitting) -> None:
    page = sitting.page
    page.locator(".open-talk").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Write to a proctor")).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text(re.compile("Sent|Read by a proctor"))
    page.keyboard.press("Escape")
    expect(page.locator(".open-talk")).to_be_focused()
    sitting.warn()
    explain = page.locator(".card").get_by_role("button", name="Explain")
    expect(explain).to_be_visible(timeout=COMES_MS)
    explain.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("A poster")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_contain_text("Your explanation was received.")


def test_a_proctor_pauses_by_the_keyboard_alone(sitting: Sitting) -> None:
    sitting.tool("Pause").focus()
    sitting.desk.keyboard.press("Enter")
    for _ in range(12):
        if sitting.desk.evaluate(FOCUSED) == "Pause the exam":
            break
        sitting.desk.keyboard.press("Tab")
    sitting.desk.keyboard.press("Enter")
    expect(sitting.page.get_by_role("dialog", name="Your exam is paused")).to_be_visible(
        timeout=COMES_MS
    )


FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found?.textContent;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_either_side(sitting: Sitting, scheme: str) -> None:
    for page in (sitting.page, sitting.desk):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sitting.warn()
    sitting.write("Hello")
    sitting.page.get_by_role("button", name="Raise hand").click()
    explain = sitting.page.locator(".card .explain").get_by_role("button", name="Explain")
    explain.click(timeout=COMES_MS)
    expect(sitting.panel.locator(".talk")).to_contain_text("Hello")
    wait_until(lambda: not problems(sitting.page))
    for name in ("Add time", "Adjust", "Note", "End exam", "Pause"):
        sitting.tool(name).click()
        wait_until(lambda: not problems(sitting.desk))
    sitting.panel.get_by_role("button", name="Pause the exam").click()
    expect(sitting.page.locator(".pause")).to_be_visible(timeout=COMES_MS)
    wait_until(lambda: not problems(sitting.page))


# --- breaks, and a server that was away ----------------------------------------------------------


def test_who_may_take_breaks_takes_one_and_goes_on(sitting: Sitting) -> None:
    expect(sitting.page.get_by_role("button", name="Take a break")).to_be_hidden()
    sitting.tool("Adjust").click()
    sitting.panel.get_by_label("Minutes of breaks that stop the clock").fill("10")
    sitting.panel.get_by_role("button", name="Save").click()
    sitting.page.get_by_role("button", name="Take a break").click(timeout=COMES_MS)
    cover = sitting.page.get_by_role("dialog", name="You are on a break")
    expect(cover).to_be_visible(timeout=COMES_MS)
    expect(sitting.panel.locator(".facts")).to_contain_text("Paused")
    cover.get_by_role("button", name="Go on with the exam").click()
    expect(cover).to_be_hidden(timeout=COMES_MS)


def test_what_a_killed_server_took_is_given_back(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    data_dir = tmp_path_factory.mktemp("killed") / "data"
    people = contexts(browser)
    with running_server(data_dir) as server:
        port = int(server.url.rpartition(":")[2])
        links = server.make_meeting(signals=("faces",))
        link, participant_id = seat(server, links)
        page = open_page(next(people), link)
        expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=COMES_MS)

        def is_covered() -> bool:
            with opened(data_dir) as store:
                return bool(store.coverage(participant_id))

        wait_until(is_covered)
        server.process.kill()
        server.process.wait()
        killed = datetime.now(UTC)
    wait_until(lambda: datetime.now(UTC) - killed > timedelta(seconds=8))
    with running_server(data_dir, port):

        def given() -> list[Act]:
            with opened(data_dir) as store:
                return store.acts(participant_id)

        (act,) = wait_until(given)
        assert (act.kind, act.role) == ("extra_time", "server")
        assert 8 <= json.loads(act.content)["seconds"] < 300
        card = page.locator(".card", has_text="The exam server was away.")
        expect(card).to_be_visible(timeout=2 * COMES_MS)
    people.close()


def test_a_reviewer_reads_what_was_said_and_does_nothing(
    sitting: Sitting, browser: Browser
) -> None:
    sitting.write("Hello")
    with opened(sitting.server.data_dir) as store:
        secret = tokens.new_secret()
        link = tokens.capability(Role.REVIEWER, sitting.links.meeting_id, secret)
        store.add_capability(link)
    context = person(browser)
    base = sitting.links.proctor.rpartition("&key=")[0]
    desk = open_page(context, f"{base}&key={quote(secret)}")
    desk.locator(".tile").click(timeout=COMES_MS)
    expect(desk.locator(".panel .talk")).to_contain_text("Hello", timeout=COMES_MS)
    for part in (".say", ".tools"):
        expect(desk.locator(f".panel {part}")).to_be_hidden()
    context.close()
