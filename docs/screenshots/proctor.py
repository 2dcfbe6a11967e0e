"""The desk: nobody, some candidates, one of them opened, forty of them."""

from __future__ import annotations

from forty import Forty
from live import Links, Server
from playwright.sync_api import Browser, Page, expect

from docs.screenshots.before_the_exam import agree
from docs.screenshots.in_the_exam import act
from docs.screenshots.studio import MS, NAMES, Studio, button, opened

TITLE = "Data structures, final exam"
PEOPLE = ("no_face", "looking_away", "phone_seen", "multiple_faces", "different_person")


def desk(studio: Studio) -> None:
    server, camera = studio.server(), studio.filmed()
    cameras = (camera, studio.calm(), studio.other(), camera)
    links = server.make_meeting(TITLE)
    page = studio.page(studio.browser(), links.proctor)
    expect(page.locator(".link[data-state=live], .link[data-state=on]").first).to_be_visible(
        timeout=MS
    )
    studio.take(page, "desk-empty")
    seated = [sits(studio, *one, links) for one in zip(cameras, NAMES, strict=True)]
    expect(page.locator(".tile")).to_have_count(4, timeout=MS)
    card = page.locator("#cards-conduct .card", has_text="More than one face")
    expect(card.first).to_be_visible(timeout=MS)
    seated[1].get_by_role("button", name="Raise hand").click()
    page.wait_for_timeout(3000)
    studio.take(page, "desk-queue")
    sound = page.locator("#cards-conduct .clip").first
    sound.scroll_into_view_if_needed()
    expect(sound.get_by_role("button")).to_be_enabled()
    studio.take(page, "desk-sound", before=sound.scroll_into_view_if_needed)
    page.get_by_role("tab", name="Technical").click()
    studio.take(page, "desk-technical")
    page.get_by_role("tab", name="To look at").click()
    page.get_by_text("Alerts").click()
    studio.take(page, "desk-alerts")
    page.get_by_text("Alerts").click()
    button(page, "Candidate link").click()
    page.wait_for_timeout(800)
    studio.take(page, "desk-candidate-link")
    page.keyboard.press("Escape")
    page.locator("button.tile").first.click()
    page.wait_for_timeout(5000)
    studio.take(page, "desk-live")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    studio.take(page, "desk", {"-phone": (360, 780), "-zoom": (720, 450)})
    seated[0].get_by_role("button", name="Finish exam").click()
    seated[0].get_by_role("button", name="Finish now").click()
    seated[3].close()
    page.wait_for_timeout(13_000)
    studio.take(page, "desk-lost")
    page.context.set_offline(True)
    server.process.terminate()
    page.wait_for_timeout(9000)
    studio.take(page, "desk-without-its-server")


def sits(studio: Studio, camera: Browser, name: str, links: Links) -> Page:
    page = studio.page(camera, links.candidate)
    agree(page, name)
    button(page, "Begin exam").click(timeout=MS)
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=MS)
    return page


def panel(studio: Studio) -> None:
    """One candidate, simulated, so that the ten minutes and the cards are always the same."""
    room = studio.room(4)
    page = studio.page(studio.browser(), room.links.proctor)
    expect(page.locator(".tile")).to_have_count(4, timeout=MS)
    who = first(room.server, room.links)
    room.bad(0, "multiple_faces", 8)
    act(room.server, who, "hand_raised", "candidate", text="May I use a calculator?")
    act(room.server, who, "message", "candidate", text="May I use a calculator?")
    act(room.server, who, "message", text="Yes, you may.")
    act(room.server, who, "adjustment", extra_percent=25, break_min=15)
    card = page.locator("#cards-conduct .card", has_text="More than one face")
    expect(card.first).to_be_visible(timeout=MS)
    page.wait_for_timeout(20_000)
    page.locator("button.tile", has_text=NAMES[0]).first.click()
    page.wait_for_timeout(3000)
    studio.take(page, "panel")
    inner = page.locator(".panel")
    for name, section in (("recent", "#panel-recent"), ("measured", "#panel-measured")):
        inner.locator(section).evaluate("node => node.scrollIntoView({ block: 'start' })")
        page.wait_for_timeout(500)
        studio.take(page, f"panel-{name}")
    inner.get_by_text("Ready-made messages").click()
    inner.get_by_text("Ready-made messages").evaluate("n => n.scrollIntoView({block: 'start'})")
    studio.take(page, "panel-messages")
    for tool in ("Pause", "Add time", "Adjust", "Re-check identity", "Note", "End exam"):
        inner.locator(".tools").get_by_role("button", name=tool).click()
        if tool == "End exam":
            inner.get_by_label("Why, as the candidate reads it").fill("The candidate fell ill.")
            button(inner, "End the exam …").click()
        inner.locator(".tools").evaluate("n => n.scrollIntoView({block: 'center'})")
        studio.take(page, f"panel-{tool.lower().split()[0]}")


def first(server: Server, links: Links) -> str:
    with opened(server.data_dir) as store:
        return next(one.id for one in store.participants(links.meeting_id) if one.name == NAMES[0])


def forty(studio: Studio) -> None:
    room = studio.room(40, OPENPROCTOR_LOOK_EVERY_MIN="2")
    page = studio.page(studio.browser(), room.links.proctor)
    expect(page.locator(".tile")).to_have_count(40, timeout=MS)
    expect(page.locator(".chip[data-mark=in_exam] b")).to_have_text("40", timeout=MS)
    page.wait_for_timeout(5000)
    studio.take(page, "forty-calm")
    trouble(room)
    queue = page.locator("#cards-conduct > .cards > .card")
    expect(queue).to_have_count(5, timeout=MS)
    page.wait_for_timeout(2000)
    studio.take(page, "forty-queue")
    page.locator(".chip[data-mark=attention], .chip").nth(2).click()
    page.wait_for_timeout(800)
    studio.take(page, "forty-filtered", schemes=("light",))
    page.locator(".chip").first.click()
    page.get_by_role("button", name="Select", exact=True).click()
    bulk = page.locator(".bulk")
    bulk.get_by_role("button", name="Select all").click()
    page.wait_for_timeout(500)
    studio.take(page, "forty-bulk")
    button(bulk, "Message").click()
    studio.take(page, "forty-bulk-message")
    button(bulk, "End exams").click()
    bulk.get_by_label("Why, as the candidate reads it").fill("The server has to be restarted.")
    button(bulk, "End the exam …").click()
    studio.take(page, "forty-bulk-end")


def trouble(room: Forty) -> None:
    for who, kind in zip((3, 17, 30, 8, 22), PEOPLE, strict=True):
        room.bad(who, kind, 300)
    for who in (12, 27):
        room.say("gone", who=who)
