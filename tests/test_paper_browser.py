"""In real Chromium: a candidate answers the built-in paper, and loses nothing of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal

import pytest
from live import CHROMIUM, free_port, person, running_server
from paper_page import (
    LONG,
    SHOWN_MS,
    deaf_to_answers,
    expect_saved,
    finish,
    go_to,
    go_to_text,
    sit,
    state,
    title,
    wait_for_kept,
    write,
)
from playwright.sync_api import Page, expect
from seated import exam_with_paper, kept, opened, seat
from whole_paper import SECRETS

from proctoring.paper import notes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]


@pytest.fixture(scope="module")
def browser(filmed_browser):
    return filmed_browser


# --- answering ---------------------------------------------------------------------------


def test_every_kind_is_answered_saved_and_there_after_a_reload(server, context):
    links = exam_with_paper(server)
    url, ada = seat(server, links)
    page = sit(context, url)
    go_to_text(page, "Which is a vector?")
    page.get_by_role("radio", name="Velocity").check()
    go_to_text(page, "Which are units of energy?")
    for name in ("Joule", "Electronvolt"):
        page.get_by_role("checkbox", name=name).check()
    go_to_text(page, "How fast is light?")
    write(page, "299 792 458")
    go_to_text(page, "What does the picture show?")
    picture = page.get_by_role("img", name="A cell")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png;base64,"))
    write(page, "a cell")
    go_to_text(page, "Why?")
    write(page, "Because\nof it")
    go_to_text(page, "Add up a list.")
    code = page.get_by_label("Your program, in Python")
    expect(code).to_have_value("def total(numbers):")
    code.press("Control+End")
    code.press("Enter")
    code.press("Tab")
    page.keyboard.type("return 0")
    page.get_by_role("button", name="Mark for later").click()
    go_to(page, 7)
    expect(page.locator(".paper .sheet")).not_to_contain_text("Quickly now")
    page.get_by_role("button", name="Open the question").click()
    expect(page.locator(".paper .sheet")).to_contain_text("Quickly now")
    expect(page.locator(".own-time")).to_contain_text("left for this question")
    write(page, "yes")
    expect_saved(page)
    expected = {
        "light": "299 792 458",
        "cell": "a cell",
        "halting": "Because\nof it",
        "total": "def total(numbers):\n    return 0",
        "quick": "yes",
        notes.MARKED: ["total"],
    }
    wait_for_kept(page, server, ada, **expected)
    page.reload(wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    go_to_text(page, "Which is a vector?")
    expect(page.get_by_role("radio", name="Velocity")).to_be_checked()
    go_to_text(page, "Why?")
    expect(page.locator("#answer")).to_have_value("Because\nof it")
    states = page.locator(".list button[data-state=answered]")
    expect(states).to_have_count(7)
    expect(page.locator(".list button[data-marked]")).to_have_count(1)
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator(".summary")).to_have_text(
        "All 7 questions are answered, 1 marked for later"
    )
    page.get_by_role("button", name="Finish now").click()
    expect(page.get_by_text("Your exam is finished")).to_be_visible(timeout=SHOWN_MS)
    expect(page.get_by_text("All your answers are saved.").first).to_be_visible()
    with opened(server.data_dir) as store:
        assert store.participant(ada).finish_reason == "submitted"


def test_what_solves_the_paper_is_nowhere_on_the_page_or_on_its_lines(server, context):
    url, _ = seat(server, exam_with_paper(server))
    page, said = context.new_page(), []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: said.append(frame)))
    page.goto(url, wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    expect_saved_or_ready(page)
    frames = [one.encode() if isinstance(one, str) else one for one in said]
    assert any(b"Physics and computing" in one for one in frames), "it was listened to"
    for secret in SECRETS:
        assert not any(secret.encode() in one for one in frames)
        assert secret not in page.content()


def expect_saved_or_ready(page: Page) -> None:
    expect(state(page)).to_have_attribute("data-state", re.compile("saved|ready"))


def test_markdown_is_shown_and_nothing_is_loaded_or_run_by_it(server, context):
    text = (
        "questions:\n  - kind: long\n    question: |\n"
        "      **Bold** <img src=x onerror='window.was=1'> ![a graph](https://evil.example/x.png)\n"
        "      [a link](javascript:alert(1)) `<b>`\n"
    )
    url, _ = seat(server, exam_with_paper(server, text))
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url, wait_until="commit")
    expect(page.locator(".text strong")).to_have_text("Bold", timeout=SHOWN_MS)
    expect(page.locator(".text")).to_contain_text("<img src=x onerror='window.was=1'> [a graph]")
    expect(page.locator(".text :is(img, a, script)")).to_have_count(0)
    assert not [one for one in asked if "evil" in one]
    assert page.evaluate("window.was") is None


# --- a bad line, a crash -----------------------------------------------------------------


def test_what_was_written_offline_is_said_kept_and_sent_later(server, context):
    url, ada = seat(server, exam_with_paper(server, LONG))
    page = sit(context, url)
    write(page, "before")
    expect_saved(page)
    context.set_offline(True)
    write(page, "written without a line")
    expect(state(page)).to_have_text(
        "Not saved yet – kept in this browser, we keep trying", timeout=SHOWN_MS
    )
    page.wait_for_timeout(30_000)  # half a minute: it tries several times
    finish(page)
    expect(page.locator(".finishing")).to_contain_text("Not saved yet: question 1.")
    assert kept(server, ada) == {"one": "before"}
    context.set_offline(False)
    expect(page.get_by_text("Your exam is finished")).to_be_visible(timeout=SHOWN_MS)
    assert kept(server, ada) == {"one": "written without a line"}


def test_a_crash_before_the_acknowledgement_loses_nothing(server, browser):
    url, ada = seat(server, exam_with_paper(server, LONG))
    context = person(browser)
    page = context.new_page()
    page.route_web_socket(re.compile("/api/paper"), deaf_to_answers)
    page.goto(url, wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    write(page, "never acknowledged")
    expect(state(page)).to_have_text("Saving…")
    page.close(run_before_unload=False)
    assert kept(server, ada) == {}
    again = sit(context, url)
    expect(again.locator("#answer")).to_have_value("never acknowledged")
    expect_saved(again)
    wait_for_kept(again, server, ada, one="never acknowledged")
    # What is acknowledged leaves no trace.
    again.wait_for_function("!Object.keys(localStorage).some(key => key.includes('.paper.'))")
    context.close()


def test_a_reload_at_any_moment_loses_no_word(server, context):
    url, ada = seat(server, exam_with_paper(server, LONG))
    page, written = sit(context, url), ""
    for number, after_ms in enumerate((0, 20, 120, 290, 310, 600)):
        page.locator("#answer").press("Control+End")
        page.locator("#answer").press_sequentially(f"word{number} ")
        written += f"word{number} "
        page.wait_for_timeout(after_ms)
        page.reload(wait_until="commit")
        expect(page.locator("#answer")).to_have_value(written, timeout=SHOWN_MS)
    expect_saved(page)
    wait_for_kept(page, server, ada, one=written)


def test_what_a_console_forges_reaches_nobody_else_and_spoils_nothing(server, browser, context):
    links = exam_with_paper(server, LONG)
    other_url, grace = seat(server, links, "Grace")
    other = person(browser)
    graces = sit(other, other_url)
    write(graces, "Grace's own")
    expect_saved(graces)
    url, ada = seat(server, links)
    page, passes = context.new_page(), []
    page.on("websocket", lambda ws: ws.on("framesent", lambda frame: passes.append(frame)))
    page.goto(url, wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    hello = next(one for one in passes if isinstance(one, str) and '"pass"' in one)
    huge = "x" * 30_000
    forged = [
        {"question": "one", "revision": 1, "value": "forged", "participant": grace},
        {"question": grace, "revision": 1, "value": "forged"},
        {"question": "one", "revision": 2**31, "value": "forged"},
        {"question": "nothing", "revision": 1, "value": "forged"},
        {"question": "two", "revision": 1, "value": huge},
        {"question": "~opened.one", "revision": 1, "value": {}},
    ]
    told = page.evaluate(FORGE, [json.loads(hello), forged])
    assert [one["type"] for one in told] == [
        "saved",
        "refused",
        "newer",
        "refused",
        "refused",
        "refused",
    ]
    assert kept(server, grace) == {"one": "Grace's own"}
    assert kept(server, ada) == {"one": "forged"}
    write(page, "and the page goes on")
    page.get_by_role("button", name="Bring back what was written here").click(timeout=SHOWN_MS)
    wait_for_kept(page, server, ada, one="and the page goes on")
    other.close()


FORGE = """([hello, forged]) => new Promise((done) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/api/paper");
  const told = [];
  socket.onopen = () => {
    socket.send(JSON.stringify(hello));
    for (const one of forged) socket.send(JSON.stringify({ type: "answer", age_ms: 0, ...one }));
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (["saved", "newer", "refused"].includes(message.type)) told.push(message);
    if (told.length === forged.length) done(told);
  };
})"""


def test_the_server_is_killed_in_mid_exam_and_nothing_acknowledged_is_lost(tmp_path, browser):
    data, port = tmp_path / "data", free_port()
    context = person(browser)
    with running_server(data, port) as server:
        url, ada = seat(server, exam_with_paper(server, LONG))
        page = sit(context, url)
        write(page, "acknowledged")
        expect_saved(page)
        go_to(page, 2)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        write(page, "written while it was down")
        expect(state(page)).to_contain_text("kept in this browser", timeout=SHOWN_MS)
    with running_server(data, port) as server:
        expect(page.locator(".paper .state[data-state=saved]")).to_be_visible(timeout=120_000)
        wait_for_kept(page, server, ada, one="acknowledged", two="written while it was down")
        expect(page.locator(".strip .left b")).to_have_text(re.compile("5[0-9]:"), timeout=SHOWN_MS)
    context.close()


# --- two devices -------------------------------------------------------------------------


def test_a_second_device_goes_on_where_the_first_one_was(server, browser, context):
    url, ada = seat(server, exam_with_paper(server, LONG))
    first = sit(context, url)
    write(first, "on the first")
    expect_saved(first)
    other = person(browser)
    second = sit(other, url)
    expect(second.locator("#answer")).to_have_value("on the first")
    write(second, "on the first, and on the second")
    expect_saved(second)
    wait_for_kept(second, server, ada, one="on the first, and on the second")
    expect(first.get_by_text("Your exam goes on in another tab")).to_be_visible(timeout=SHOWN_MS)
    first.get_by_role("button", name="Continue here").click()
    expect(first.locator("#answer")).to_have_value(
        "on the first, and on the second", timeout=SHOWN_MS
    )
    other.close()


def test_an_answer_from_elsewhere_counts_and_the_own_one_can_be_brought_back(server, context):
    links = exam_with_paper(server, LONG)
    url, ada = seat(server, links)
    page = context.new_page()
    page.route_web_socket(re.compile("/api/paper"), deaf_to_answers)
    page.goto(url, wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    write(page, "kept here")
    expect(state(page)).to_have_text("Saving…")
    page.close()
    save_elsewhere(server, ada, "one", "from the other device")
    page = sit(context, url)
    expect(page.locator("#answer")).to_have_value("from the other device", timeout=SHOWN_MS)
    page.get_by_role("button", name="Bring back what was written here").click()
    wait_for_kept(page, server, ada, one="kept here")


def save_elsewhere(server, person_id: str, question: str, value: str) -> None:
    from datetime import UTC, datetime

    from proctoring.types import Answer

    with opened(server.data_dir) as store:
        now = datetime.now(UTC)
        store.save_answer(Answer(person_id, question, 1, json.dumps(value), now))
