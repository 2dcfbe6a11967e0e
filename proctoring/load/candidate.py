"""One made-up candidate: from the link through consent and check-in into the exam, and out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from proctoring.load import snapshots, webrtc
from proctoring.load.clip import Clip
from proctoring.load.lines import ExamLine
from proctoring.load.page import Page, PageError
from proctoring.load.playing import Playing, Sent
from proctoring.load.scenarios import Scenario

MOST_STEPS = 40  # of the page, with a second between two where it waits
WAITS_S = 1.0


class Candidate:
    """`state` says where it is: "waiting", "joining", "sending", "ended", "failed"."""

    def __init__(self, name: str, link: str, mode: str, *, is_back: bool = False) -> None:
        """`name`: nobody else's in the meeting, so that the desk tells whose an incident is.
        `is_back`: the link is a candidate's own, which they had before (`way_back`)."""
        self.name = name
        self.mode = mode
        self.state = "waiting"
        self.problem = ""
        self.disconnects = 0
        self.sent: list[Sent] = []  # of each stretch that began
        self.sending_since: float | None = None  # of the event loop's clock
        self._link = link
        self._is_back = is_back
        self._page: Page | None = None
        self._parts: list[Any] = []  # to be closed, the last first
        self._watches: list[asyncio.Task[None]] = []
        self.playing: Playing | None = None

    @property
    def way_back(self) -> str:
        """The link by which another tab goes on with this exam."""
        return self._page.link if self._page else self._link

    async def begin(self, clip: Clip, scenario: Scenario, phase_s: float) -> None:
        """Into the exam, and what it sends is on its way. What fails is in `problem`."""
        self.state = "joining"
        try:
            await self._come_in()
            await self._send(clip, scenario, phase_s)
        except (PageError, OSError, TimeoutError) as error:
            self.state, self.problem = "failed", str(error) or type(error).__name__
        else:
            self.state = "sending"
            self.sending_since = asyncio.get_running_loop().time()

    async def end(self) -> None:
        for task in self._watches:
            task.cancel()
        for part in reversed(self._parts):
            with suppress(Exception):  # it may be half open; nothing is measured any more
                await asyncio.wait_for(part.close(), 10.0)
        if self.state != "failed":
            self.state = "ended"

    async def _come_in(self) -> None:
        self._page = page = await Page.open(self._link)
        self._parts.append(page)
        if not self._is_back:
            await self._agree(page)
        is_checked = False
        for _ in range(MOST_STEPS):
            if page.component("exam"):
                return
            device = page.component("devices")
            begin, on = page.button("Begin exam"), page.button("Continue")
            if device and not is_checked:
                is_checked = True
                page.set(device[0], json_value='{"state": "ready"}')
                await page.run()
            elif begin or on:
                await page.press(begin or on)
            elif not page.is_open:
                raise PageError("The server hung up.")
            else:  # somebody has to let them in, or the check-in asks for a person
                await asyncio.sleep(WAITS_S)
                await page.run()
        raise PageError(f"The exam does not begin. The page says: {page.words()}")

    async def _agree(self, page: Page) -> None:
        submit, boxes = _form(page)
        for field in page.all("text_input"):
            page.set(field.id, string_value=self.name)
        page.set(boxes[0].id, bool_value=True)
        await page.press(submit)
        if any(one.is_form_submitter for one in page.all("button")):
            raise PageError(f"The exam does not let this candidate in: {_alert(page)}")

    async def _send(self, clip: Clip, scenario: Scenario, phase_s: float) -> None:
        assert self._page is not None
        found = self._page.component("exam")
        assert found is not None
        data = found[1]
        line = ExamLine(self._link, data["pass"], data["page"])
        self._parts.append(line)
        await line.open()
        self.playing = Playing(clip, phase_s, scenario.stretches, self.sent.append)
        sender: Any
        if self.mode == "webrtc":
            if data["sends"] != "auto":
                raise PageError("This server takes snapshots alone: --mode snapshots.")
            sender = webrtc.Sender(self._page, self.playing)
        else:
            sender = snapshots.Sender(self._link, data["pass"], data["page"], self.playing)
        self._parts.append(sender)
        await sender.open()
        self._watches = [
            asyncio.create_task(self._watch(part.gone.wait)) for part in (line, sender)
        ]

    async def _watch(self, gone: Callable[[], Any]) -> None:
        await gone()
        self.disconnects += 1


async def look(link: str) -> None:
    """Does the link let anybody in now? Raises PageError."""
    page = await Page.open(link)
    try:
        _form(page)
    finally:
        await page.close()


def _form(page: Page) -> tuple[Any, list[Any]]:
    """What joins, and what is to be ticked before. Raises PageError."""
    submit = next((one for one in page.all("button") if one.is_form_submitter), None)
    boxes = list(page.all("checkbox"))
    if submit is None or not boxes:
        raise PageError(f"This link lets nobody in. The page says: {page.words()}")
    return submit, boxes


def _alert(page: Page) -> str:
    return next((one.body for one in page.all("alert")), "") or page.words()
