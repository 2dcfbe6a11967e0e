"""What a candidate sees in the exam: paper, warnings, messages, pauses, and an exam elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from live import Links, Server
from making import occurrence
from playwright.sync_api import Page, expect
from seated import seat

from docs.screenshots import exam_paper
from docs.screenshots.before_the_exam import GERMAN, agree
from docs.screenshots.studio import EVERY, MS, NAMES, TO_THE_TOP, Studio, button, opened
from proctoring.acts import kinds
from proctoring.analysers import rules_by_kind
from proctoring.services import ENDED
from proctoring.types import Journey

RELAY_ALONE = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
};"""


def is_on(page: Page, what: str = "camera") -> None:
    expect(page.locator(f"[data-of={what}][data-state=on]")).to_be_visible(timeout=MS)
    page.wait_for_timeout(2500)


def act(server: Server, who: str, kind: str, role: str = "proctor", **content: Any) -> None:
    with opened(server.data_dir) as store:
        store.save_act(kinds.make(kind, content, participant_id=who, actor="desk", role=role))


def observed(server: Server, links: Links, who: str) -> None:
    now = datetime.now(UTC)
    rule = rules_by_kind()["multiple_faces"]
    found = occurrence(meeting_id=links.meeting_id, participant_id=who, advice=rule.advice)
    with opened(server.data_dir) as store:
        store.save_occurrence(replace(found, opened_at=now, last_seen_at=now))


def exam(studio: Studio) -> None:
    server, browser = studio.server(), studio.calm()
    links = exam_paper.exam(server)
    address, who = seat(server, links, NAMES[0])
    page = studio.page(browser, address)
    is_on(page)
    expect(page.locator("#question-title")).to_be_visible(timeout=MS)
    for number, name in enumerate(("single", "multiple", "number", "picture", "long", "code")):
        page.locator(".list button").nth(number).click()
        expect(page.locator("#question-title")).to_have_text(re.compile(rf"{number + 1} of"))
        answer(page, name)
        if number in (0, 3):
            studio.take(page, "exam-paper" if not number else "exam-picture", EVERY)
        else:
            studio.take(page, f"exam-{name}", is_tall=True)
    page.locator(".list button").nth(6).click()
    page.wait_for_timeout(800)
    studio.take(page, "exam-own-time", is_tall=True)
    observed(server, links, who)
    card = page.locator(".card", has_text="More than one face")
    expect(card).to_be_visible(timeout=MS)
    studio.take(page, "exam-warning", EVERY)
    card.get_by_role("button", name="Explain").click()
    card.get_by_role("textbox").fill("My little brother came in. I asked him to leave.")
    studio.take(page, "exam-explain", EVERY)
    card.get_by_role("button", name="Send explanation").click()
    expect(card).to_contain_text("Your explanation was received.")
    studio.take(page, "exam-explained", schemes=("light",))
    page.get_by_text("Finish exam").first.click()
    page.wait_for_timeout(800)
    studio.take(page, "exam-finish", EVERY)
    german(studio, server)


def answer(page: Page, kind: str) -> None:
    if kind == "single":
        page.get_by_role("radio", name="Velocity").check()
    elif kind == "multiple":
        page.get_by_role("checkbox", name="Joule").check()
    elif kind == "code":
        page.locator("#answer").fill("def total(numbers):\n    return sum(numbers)")
        button(page, "Mark for later").click()
    elif kind != "long":
        page.locator("#answer").fill({"number": "299 792 458", "picture": "3 Hz"}[kind])
    page.wait_for_timeout(1500)
    page.evaluate(TO_THE_TOP)


def german(studio: Studio, server: Server) -> None:
    browser = studio.calm()
    links = exam_paper.exam(server, "Physik und Informatik")
    address, who = seat(server, links, "Jonas Weber")
    page = studio.page(browser, address, **GERMAN)
    is_on(page)
    expect(page.locator("#question-title")).to_be_visible(timeout=MS)
    observed(server, links, who)
    act(server, who, "warning", text="Bitte bleiben Sie im Bild.")
    expect(page.locator(".card")).to_have_count(2, timeout=MS)
    studio.take(page, "de-exam", EVERY)
    page.locator(".open-talk").click()
    studio.take(page, "de-exam-messages")
    act(server, who, "pause", reason="Feueralarm im Gebäude.")
    expect(page.locator(".pause")).to_be_visible(timeout=MS)
    studio.take(page, "de-exam-pause", schemes=("light",))
    act(server, who, "resume")
    act(server, who, "end", reason="Die Prüfung wurde abgebrochen.")
    with opened(server.data_dir) as store:
        store.finish(who, datetime.now(UTC), ENDED)
    page.reload(wait_until="commit")
    expect(page.locator(".op-place")).to_be_visible(timeout=MS)
    page.wait_for_timeout(3000)
    studio.take(page, "de-ended", is_tall=True)


def helped(studio: Studio) -> None:
    server, browser = studio.server(), studio.calm()
    links = exam_paper.exam(server)
    address, who = seat(server, links, NAMES[0])
    act(server, who, "adjustment", break_min=15, extra_percent=25)
    page = studio.page(browser, address)
    is_on(page)
    page.locator(".open-talk").click()
    studio.take(page, "exam-messages-empty")
    page.get_by_label("Write to a proctor").fill("May I use a calculator?")
    page.locator(".say").get_by_role("button", name="Send").click()
    act(server, who, "message", text="Yes, you may.")
    expect(page.locator(".said")).to_contain_text("Yes, you may.", timeout=MS)
    button(page, "Raise hand").click()
    studio.take(page, "exam-messages", EVERY)
    button(page, "Close the messages").click()
    act(server, who, "warning", text="Please stay in the picture.")
    act(server, who, "extra_time", seconds=600)
    expect(page.locator(".card", has_text="10 minutes more")).to_be_visible(timeout=MS)
    studio.take(page, "exam-said", EVERY)
    act(server, who, "pause", reason="There is a fire alarm.")
    expect(page.locator(".pause")).to_be_visible(timeout=MS)
    studio.take(page, "exam-pause", EVERY)
    act(server, who, "resume")
    expect(page.locator(".pause")).to_be_hidden(timeout=MS)
    rest = page.locator(".rest")
    if rest.is_visible():
        rest.click()
        page.wait_for_timeout(1500)
        if page.get_by_role("dialog").get_by_role("button").first.is_visible():
            studio.take(page, "exam-break")
            button(page, "Go on with the exam").click()
            expect(page.locator(".pause")).to_be_hidden(timeout=MS)
    page.context.set_offline(True)
    page.wait_for_timeout(12_000)
    studio.take(page, "exam-offline")
    page.context.set_offline(False)


def elsewhere(studio: Studio) -> None:
    server, browser = studio.server(), studio.filmed()
    journey = Journey(exam_url="https://exams.example/quiz/42", full_screen=True)
    links = server.make_meeting("Latin II", journey=journey, instructions="Two texts, one hour.")
    page = studio.page(browser, links.candidate)
    agree(page)
    button(page, "Begin exam").click(timeout=MS)
    is_on(page)
    studio.take(page, "exam-elsewhere", EVERY)
    button(page, "Show it on this page").click()
    page.wait_for_timeout(2000)
    studio.take(page, "exam-elsewhere-shown")
    told = server.make_meeting("Organic chemistry", signals=("faces", "page", "screen"))
    address, _ = seat(server, told, NAMES[1])
    context = studio.person(browser)
    context.add_init_script(RELAY_ALONE)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    is_on(page)
    studio.take(page, "exam-snapshots", EVERY)
    shared = server.make_meeting(
        "Databases", signals=("faces", "page", "screen"), journey=Journey(screen_share=True)
    )
    address, _ = seat(server, shared, NAMES[2])
    page = studio.page(browser, address)
    page.wait_for_timeout(6000)
    studio.take(page, "exam-share-asked", EVERY)
