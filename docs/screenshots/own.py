"""What a candidate sees when the exam is over: the end, and their own record of it."""

from __future__ import annotations

from live import Links, Server
from playwright.sync_api import expect
from reviewing import TO_DECIDE, say, sit

from docs.screenshots.reviewer import as_titled, pictures
from docs.screenshots.studio import EVERY, MS, NAMES, Studio, opened
from proctoring.access import tokens
from proctoring.types import Role

SIGNALS = ("faces", "speakers", "gaze", "objects", "identity", "whisper", "screen")


def seated_before(server: Server) -> tuple[Links, str]:
    """Somebody who has finished, and the address of their seat."""
    links = server.make_meeting("Data structures, final exam", signals=SIGNALS)
    with opened(server.data_dir) as store:
        sat = sit(
            store, links.meeting_id, SIGNALS, NAMES[0], seen=as_titled(TO_DECIDE[:4]), **pictures()
        )
        token = tokens.new_secret()
        own = tokens.capability(Role.CANDIDATE, links.meeting_id, token, sat.participant.id)
        store.add_capability(own)
        said = "My sister brought me water. I asked her to leave at once."
        say(store, sat, "explanation", 10, "candidate", incident=sat.to_decide[0].id, text=said)
        say(store, sat, "pause", 33, reason="A fire alarm.")
        say(store, sat, "resume", 35)
    return links, f"{links.candidate}&seat={token}"


def afterwards(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    _, address = seated_before(server)
    page = studio.page(browser, address)
    expect(page.get_by_role("heading", name="Your record of this exam")).to_be_visible(timeout=MS)
    studio.take(page, "own")
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_role("button", name="Show the picture").first.click()
    page.get_by_role("button", name="Play the sound").first.click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause").first.click()
    studio.take(page, "own-all", EVERY | {"": (1440, 900)}, is_tall=True)
    page = studio.page(browser, address, locale="de-DE")
    expect(page.locator(".record")).to_be_visible(timeout=MS)
    page.wait_for_timeout(1500)
    studio.take(page, "de-own", is_tall=True)
