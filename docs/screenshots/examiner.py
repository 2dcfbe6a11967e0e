"""What an examiner sees: the first page, the list of exams, one exam, its policy, its paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from live import Server
from playwright.sync_api import Page, expect
from reviewing import sit
from seated import exam_with_paper, seat
from whole_paper import TEXT

from docs.screenshots.studio import MS, NAMES, Studio, button, opened

TITLE = "Statistics I, final exam"
LIST = (
    "name;id;extra_minutes;extra_percent;may_speak\n"
    "Amara Okafor;4711;;;\nJonas Weber;4712;30;;\nMei-Lin Chen;4713;;25;\n"
    "Sofia Rossi;4714;;;yes\nLiam Walsh;4715;;;\n"
).encode("utf-8-sig")
INSTRUCTIONS = "**Allowed:** a calculator and one sheet of notes.\n\nBreaks are yours to choose."


def home(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    page = studio.page(browser, server.url)
    expect(button(page, "Create exam")).to_be_visible(timeout=MS)
    studio.take(page, "home")
    studio.take(page, "home-all", is_tall=True)
    page.get_by_label("Title", exact=True).fill(TITLE)
    for name in ("Instructions and sensitivity", "Phrases to listen for", "Check-in and rules"):
        page.get_by_text(name, exact=True).first.click()
    page.get_by_text("What each of them looks at").click()
    page.get_by_role("textbox", name="Instructions").fill(INSTRUCTIONS)
    page.get_by_text("External exam").click()
    page.get_by_role("textbox", name="Address of the exam").fill("https://exams.example/quiz/42")
    page.wait_for_timeout(1500)
    studio.take(page, "home-filled", is_tall=True)
    page.get_by_role("textbox", name="Address of the exam").fill("exams.example")
    page.get_by_role("textbox", name="Address of the exam").press("Tab")
    button(page, "Create exam").click()
    expect(page.get_by_test_id("stAlert").first).to_be_visible(timeout=MS)
    studio.take(page, "home-problems", is_tall=True)
    page.get_by_role("textbox", name="Address of the exam").fill("https://exams.example/quiz/42")
    page.get_by_role("textbox", name="Address of the exam").press("Tab")
    page.wait_for_timeout(1500)
    button(page, "Create exam").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(4, timeout=MS)
    studio.take(page, "home-links", is_tall=True)


def office(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    page = studio.page(browser, server.url)
    own = ""
    for title in (TITLE, "Data structures, final exam", "Latin II", "Organic chemistry, oral part"):
        page.get_by_label("Title", exact=True).fill(title)
        page.wait_for_timeout(800)
        button(page, "Create exam").click()
        expect(page.get_by_label("Link", exact=True)).to_have_count(4, timeout=MS)
        own = page.get_by_label("Link", exact=True).nth(3).input_value()
        button(page, "Create another exam").click()
        expect(button(page, "Create exam")).to_be_visible(timeout=MS)
    exams = studio.page(browser, own)
    expect(exams.get_by_text("Latin II").first).to_be_visible(timeout=MS)
    button(exams, "Archive").last.click()
    exams.wait_for_timeout(1500)
    studio.take(exams, "office")
    button(exams, "Copy").first.click()
    exams.wait_for_timeout(1500)
    studio.take(exams, "office-copy")
    exams.keyboard.press("Escape")
    empty = studio.page(browser, own[:-2])
    expect(empty.locator(".op-place, .op-masthead").first).to_be_visible(timeout=MS)
    studio.take(empty, "office-none")


def an_exam(server: Server) -> tuple[str, str]:
    """Its manage link and its id: one has begun, one has finished, one has only agreed."""
    links = exam_with_paper(server, title="Physics and computing, mid-term")
    for number, name in enumerate(NAMES[:3]):
        _, who = seat(server, links, name)
        if number == 2:
            with opened(server.data_dir) as store:
                store.finish(who, datetime.now(UTC) + timedelta(seconds=5), "submitted")
    return links.manage, links.meeting_id


def manage(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    empty = studio.page(browser, server.make_meeting("Latin II").manage)
    expect(empty.get_by_role("heading", name="Log")).to_be_visible(timeout=MS)
    studio.take(empty, "manage-new", is_tall=True)
    link, _ = an_exam(server)
    page = studio.page(browser, link)
    expect(page.get_by_role("heading", name="Log")).to_be_visible(timeout=MS)
    invite(studio, page)
    page.get_by_text("How far each of them is").click()
    page.wait_for_timeout(1500)
    studio.take(page, "manage", is_tall=True)
    page.get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=MS)
    studio.take(page, "manage-revoke")
    page.keyboard.press("Escape")
    button(page, "New proctor link").click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=MS)
    page.get_by_role("dialog").get_by_test_id("stBaseButton-primary").click()
    expect(button(page, "I have copied it")).to_be_visible(timeout=MS)
    studio.take(page, "manage-new-link")
    button(page, "I have copied it").click()
    button(page, "Erase").first.click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=MS)
    studio.take(page, "manage-erase")
    page.keyboard.press("Escape")
    page.get_by_label("Reason").fill("Appeal 2026-114")
    button(page, "Put on hold").click()
    expect(button(page, "Release the hold")).to_be_visible(timeout=MS)
    button(page, "Release the hold").scroll_into_view_if_needed()
    studio.take(page, "manage-hold")


def invite(studio: Studio, page: Page) -> None:
    page.get_by_text("Invite candidates by a list").click()
    chooser = page.locator("input[type=file]").last
    expect(chooser).to_be_attached(timeout=MS)
    chooser.set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": LIST})
    expect(button(page, "Invite 5 candidates")).to_be_visible(timeout=MS)
    button(page, "Invite 5 candidates").scroll_into_view_if_needed()
    studio.take(page, "manage-invite")
    button(page, "Invite 5 candidates").click()
    expect(button(page, "I have kept them")).to_be_visible(timeout=MS)
    button(page, "I have kept them").scroll_into_view_if_needed()
    studio.take(page, "manage-invited")
    button(page, "I have kept them").click()
    expect(button(page, "I have kept them")).to_have_count(0, timeout=MS)
    expect(page.get_by_text("5 invited by name").first).to_be_visible(timeout=MS)


def policy(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    signals = ("faces", "identity", "gaze", "objects", "speakers", "whisper", "page", "clipboard")
    links = server.make_meeting(TITLE, signals=signals)
    page = studio.page(browser, links.manage.replace("/manage", "/policy"))
    expect(page.get_by_text("At this setting").first).to_be_visible(timeout=MS)
    studio.take(page, "policy")
    page.get_by_text("Strict", exact=True).click()
    expect(page.get_by_text("Changed:").first).to_be_visible(timeout=MS)
    studio.take(page, "policy-changed", is_tall=True)
    button(page, "Save as a new version").click()
    expect(page.get_by_text("In force: version 2")).to_be_visible(timeout=MS)
    sat_through(server, links.meeting_id, signals)
    page.reload()
    expect(page.get_by_text("Frozen at").first).to_be_visible(timeout=MS)
    studio.take(page, "policy-frozen", is_tall=True)
    page.get_by_text("Lenient", exact=True).click()
    expect(page.get_by_text("Changed:").first).to_be_visible(timeout=MS)
    trial = page.get_by_role("button", name="Decide")
    if trial.count():
        trial.first.click()
        page.wait_for_timeout(6000)
        trial.first.scroll_into_view_if_needed()
    studio.take(page, "policy-what-if", is_tall=True)


def sat_through(server: Server, meeting_id: str, signals: tuple[str, ...]) -> None:
    with opened(server.data_dir) as store:
        for name in NAMES[:2]:
            sit(store, meeting_id, signals, name)


def paper_editor(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    page = studio.page(browser, server.url)
    page.get_by_text("Built-in paper").click()
    chooser = page.locator("input[type=file]").first
    expect(chooser).to_be_attached(timeout=MS)
    studio.take(page, "paper-file")
    wrong = TEXT.replace("answer: Velocity", "answer: Speed").encode()
    file = {"name": "paper.yaml", "mimeType": "application/yaml", "buffer": wrong}
    chooser.set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_text("the answer 'Speed'")).to_be_visible(timeout=MS)
    studio.take(page, "paper-file-problem", is_tall=True)
    link = exam_with_paper(server, title="Physics and computing, mid-term").manage
    editor = studio.page(browser, link)
    editor.get_by_text("Edit them here").click()
    expect(button(editor, "Edit question 1").first).to_be_visible(timeout=MS)
    studio.take(editor, "paper-editor", is_tall=True)
    button(editor, "Edit question 1").first.click()
    expect(button(editor, "Take it over").first).to_be_visible(timeout=MS)
    button(editor, "Take it over").first.scroll_into_view_if_needed()
    studio.take(editor, "paper-editor-question", is_tall=True)
