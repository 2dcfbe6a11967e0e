"""In real Chromium: an examiner gives an exam its questions, changes them, and gets the results."""

from __future__ import annotations

import csv
import http.server
import io
import json
import re
import shutil
import threading
from datetime import UTC, datetime

import pytest
from accessible import expect_accessible
from live import CHROMIUM, open_page
from papers import PNG
from playwright.sync_api import Page, expect
from seated import exam_with_paper, kept, opened, seat
from whole_paper import SECRETS, TEXT

from proctoring.paper.content import read_questions
from proctoring.paper.template import template
from proctoring.types import Answer, Journey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

SHOWN_MS = 60_000
YAML = {"name": "paper.yaml", "mimeType": "text/yaml", "buffer": template("yaml")}
OPTIONS = {
    "resultTypes": ["violations"],
    "iframes": False,  # whose content is of another site
    "rules": {
        "region": {"enabled": False},  # see accessible.py
        "presentation-role-conflict": {"enabled": False},  # minor, in Streamlit's place for files
    },
}


@pytest.fixture(scope="module")
def browser(filmed_browser):
    return filmed_browser


def link_for_candidates(page: Page) -> str:
    link = page.get_by_label("Link", exact=True).first
    expect(link).to_have_value(re.compile("meeting="))
    return link.input_value()


def choose(page: Page, *files: dict[str, object]) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


# --- a new exam --------------------------------------------------------------------------


def test_an_exam_is_made_with_a_paper_that_was_looked_at_first(server, context):
    page = open_page(context, server.url)
    page.get_by_text("Built-in paper").click()
    page.get_by_label("Title", exact=True).fill("Physics")
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_text("Choose the file of the paper")).to_be_visible()
    wrong = template("yaml").replace(b"answer: Velocity", b"answer: Speed")
    choose(page, YAML | {"buffer": wrong})
    expect(page.get_by_text("line 9, question 1: the answer 'Speed'")).to_be_visible(
        timeout=SHOWN_MS
    )
    page.get_by_role("button", name="Remove paper.yaml").click()
    choose(page, YAML)
    expect(page.get_by_text("Physics and computing: 6 questions, 14 points")).to_be_visible(
        timeout=SHOWN_MS
    )
    page.get_by_text("Show it as candidates will see it").click()
    expect(page.get_by_text("This is a preview: nothing is saved.")).to_be_visible()
    page.locator(".list button").nth(1).click()
    expect(page.get_by_role("checkbox", name="Electronvolt")).to_be_visible()
    expect_accessible(page, (1280,), OPTIONS, fits=False)
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(4, timeout=SHOWN_MS)
    link = link_for_candidates(page)
    with opened(server.data_dir) as store:
        paper = store.paper(link.partition("meeting=")[2])
    assert paper is not None
    assert paper.revision == 1
    assert len(list(read_questions(paper.content))) == 6


def test_pictures_come_with_the_paper_and_not_without(server, context):
    text = "questions:\n  - {kind: long, question: Look, images: [{file: a.png, alt: A graph}]}\n"
    paper = YAML | {"buffer": text.encode()}
    page = open_page(context, server.url)
    page.get_by_text("Built-in paper").click()
    choose(page, paper)
    expect(page.get_by_text("the picture 'a.png' is not here")).to_be_visible(timeout=SHOWN_MS)
    choose(page, {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    expect(page.get_by_text("No title: 1 question, 1 point")).to_be_visible(timeout=SHOWN_MS)


def test_an_exam_elsewhere_has_an_address_that_nobody_reads_along(server, context):
    page = open_page(context, server.url)
    page.get_by_text("External exam").click()
    page.get_by_label("Title", exact=True).fill("Physics")
    address = page.get_by_role("textbox", name="Address of the exam")
    for wrong, told in (("http://exam.example/", "https://"), ("exam", "has to be whole")):
        address.fill(wrong)
        address.press("Enter")
        page.get_by_role("button", name="Create exam").click()
        expect(page.get_by_test_id("stAlert").get_by_text(told)).to_be_visible(timeout=SHOWN_MS)
    address.fill("https://exam.example/quiz")
    address.press("Enter")
    page.get_by_text("Check-in and rules").click()
    page.get_by_text("A proctor lets each candidate in").click()
    page.get_by_role("textbox", name="Legal basis").fill("Art. 6 (1) e GDPR")
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(4, timeout=SHOWN_MS)
    link = link_for_candidates(page)
    with opened(server.data_dir) as store:
        journey = store.meeting(link.partition("meeting=")[2]).journey
    assert journey == Journey(
        exam_url="https://exam.example/quiz",
        legal_basis="Art. 6 (1) e GDPR",
        check_in=frozenset({"identity", "voice"}),
        needs_letting_in=True,
    )


# --- the manage page ---------------------------------------------------------------------


def fill(server, links, name: str = "Ada") -> str:
    _, ada = seat(server, links, name)
    with opened(server.data_dir) as store:
        now = datetime.now(UTC)
        for question, value in (("light", "299792458"), ("halting", '=cmd|"x"'), ("~marked", [])):
            store.save_answer(Answer(ada, question, 1, json.dumps(value), now))
    return ada


def test_results_and_who_is_still_writing(server, context):
    links = exam_with_paper(server)
    fill(server, links)
    page = open_page(context, links.manage)
    expect(page.get_by_text("1 writing · 0 finished")).to_be_visible(timeout=SHOWN_MS)
    page.get_by_text("How far each of them is").click()
    expect(page.locator(".op-progress")).to_contain_text("writing · 2 of 7 answered · last saved")
    with page.expect_download() as download:
        page.get_by_role("button", name="Results for a spreadsheet").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert [(row["name"], row["points"], row["to_mark"]) for row in rows] == [("Ada", "1", "1")]
    assert '\'=cmd|"x"' in rows[0].values(), "nothing is calculated by a spreadsheet"
    with page.expect_download() as download:
        page.get_by_role("button", name="Results as JSON").click()
    told = json.loads(download.value.path().read_text())
    assert told["candidates"][0]["points"] == 1
    assert told["candidates"][0]["answers_to_other_questions"] == []
    page.reload(wait_until="commit")
    expect(page.get_by_text("Exported what is kept of the whole exam").first).to_be_visible(
        timeout=SHOWN_MS
    )
    expect_accessible(page, (1280,), OPTIONS, fits=False)


def test_a_paper_is_written_in_the_editor(server, context):
    links = server.make_meeting()
    page = open_page(context, links.manage)
    page.get_by_text("Write it here").click(timeout=SHOWN_MS)
    page.get_by_role("button", name="Add it").click()
    page.get_by_label("Question, in Markdown").fill("Which is even?")
    page.get_by_role("textbox", name="Choices").fill("1\n2\n3")
    page.get_by_role("textbox", name="The right one").fill("4")
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_text("the answer '4' is none of the choices")).to_be_visible(
        timeout=SHOWN_MS
    )
    page.get_by_role("button", name="Edit question 1").click()
    page.get_by_role("textbox", name="The right one").fill("2")
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_text("No title: 1 question, 1 point")).to_be_visible(timeout=SHOWN_MS)
    expect_accessible(page, (1280,), OPTIONS, fits=False)
    page.get_by_role("button", name="Save as the exam’s questions").click()
    expect(page.get_by_text("Saved as revision 1.")).to_be_visible(timeout=SHOWN_MS)
    with opened(server.data_dir) as store:
        paper = store.paper(links.meeting_id)
    assert paper is not None
    (question,) = read_questions(paper.content)
    assert question.text == "Which is even?"


def test_a_paper_is_changed_in_the_middle_of_an_exam_only_by_who_knows_it(server, context):
    links = exam_with_paper(server)
    ada = fill(server, links)
    page = open_page(context, links.manage)
    page.get_by_text("Edit them here").click(timeout=SHOWN_MS)
    page.get_by_role("button", name="Delete question 5").click()
    expect(page.get_by_text("Candidates have begun.")).to_be_visible(timeout=SHOWN_MS)
    expect(page.get_by_text("1 answer would belong to no question")).to_be_visible()
    save = page.get_by_role("button", name="Save as the exam’s questions")
    expect(save).to_be_disabled()
    page.get_by_text("I know that. Change their questions now.").click()
    page.get_by_text("Let go of these answers.").click()
    expect(save).to_be_enabled(timeout=SHOWN_MS)
    page.get_by_role("button", name="Move up question 2").click()
    expect(save).to_be_enabled(timeout=SHOWN_MS)
    save.click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible(timeout=SHOWN_MS)
    with opened(server.data_dir) as store:
        paper = store.paper(links.meeting_id)
    assert paper is not None
    ids = [question.id for question in read_questions(paper.content)]
    assert ids == ["units", "vector", "light", "cell", "total", "quick"]
    assert "halting" in kept(server, ada), "what was answered is kept"


# --- an exam elsewhere -------------------------------------------------------------------


class Site(http.server.BaseHTTPRequestHandler):
    """A site with an exam, which asks for the camera."""

    def do_GET(self) -> None:
        if self.path == "/sign-in":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/quiz")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            b"<h1>The quiz</h1><p id=camera>waiting</p><script>"
            b"navigator.mediaDevices.getUserMedia({video: true})"
            b".then(() => 'got it', error => error.name)"
            b".then(text => (document.getElementById('camera').textContent = text))</script>"
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/quiz"
    server.shutdown()


def test_an_exam_elsewhere_opens_beside_the_strip_without_the_camera(server, context, site):
    links = server.make_meeting(signals=("faces",), journey=Journey(exam_url=site))
    url, _ = seat(server, links)
    page = open_page(context, url)
    link = page.get_by_role("link", name="Open the exam in a new tab")
    expect(link).to_have_attribute("href", site, timeout=SHOWN_MS)
    page.get_by_role("button", name="Show it on this page").click()
    frame = page.frame_locator(".outside iframe")
    expect(frame.get_by_role("heading", name="The quiz")).to_be_visible(timeout=SHOWN_MS)
    expect(frame.locator("#camera")).to_have_text("NotAllowedError")
    expect(page.locator(".outside .note")).to_contain_text("does not let itself be shown here")
    expect_accessible(page, (1280,), OPTIONS, fits=False)
    with context.expect_page() as opening:
        link.click()
    expect(opening.value.get_by_role("heading", name="The quiz")).to_be_visible()
    assert opening.value.evaluate("opener") is None


def test_a_site_that_leads_elsewhere_is_kept_out_and_the_page_says_so(server, context, site):
    """As one does whose sign-in is at another address."""
    url = site.replace("/quiz", "/sign-in")
    links = server.make_meeting(signals=("faces",), journey=Journey(exam_url=url))
    page = open_page(context, seat(server, links)[0])
    page.get_by_role("button", name="Show it on this page").click(timeout=SHOWN_MS)
    expect(page.locator(".outside .note")).to_contain_text("cannot be shown on this page")
    expect(page.get_by_role("link", name="Open the exam in a new tab")).to_be_visible()


def test_what_solves_a_paper_is_told_to_no_page_of_a_candidate(server, context):
    """Nor in what Streamlit sends, which knows more than it shows."""
    links = exam_with_paper(server, TEXT)
    url, _ = seat(server, links)
    page, frames = context.new_page(), []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: frames.append(frame)))
    page.goto(url, wait_until="commit")
    expect(page.locator("#question-title")).to_be_visible(timeout=SHOWN_MS)
    said = b"".join(one.encode() if isinstance(one, str) else one for one in list(frames))
    assert b"Physics and computing" in said
    for secret in SECRETS:
        assert secret.encode() not in said
