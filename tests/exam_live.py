"""A candidate whose exam runs in real Chromium, and what their page and the server say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from urllib.parse import quote

from live import Links, Server
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect
from waiting import wait_until

from proctoring.access import tokens
from proctoring.ids import new_id
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Occurrence, Participant, Role

T = TypeVar("T")

JOINS_MS = 60_000
SIGNALS = ("page", "clipboard", "displays")
names = (f"Ann {number}" for number in count(1))

# A page is always "visible" to a script that drives it, so it is made to say otherwise.
BE = """([of, value]) => {
  const wanted = window.wanted ??= { hidden: false, focus: true };
  wanted[of] = value;
  Object.defineProperty(document, "hidden", { configurable: true, get: () => wanted.hidden });
  document.hasFocus = () => wanted.focus;
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event(wanted.focus ? "focus" : "blur"));
}"""
# What somebody finds who looks for it in the console.
TAKE_LINE = """() => {
  const find = (root) => {
    for (const e of root.querySelectorAll("*")) {
      const found = e.shadowRoot?.exam ?? (e.shadowRoot && find(e.shadowRoot)) ?? e.exam;
      if (found) return found;
    }
  };
  const { line, data } = find(document);
  window.theirs = { pass: line.pass, page: line.page, prefix: line.prefix, count: line.count };
  return window.theirs;
}"""
# A socket of their own, that says what it is told to.
SPEAK = """async ({ hello, messages, own }) => {
  const url = new URL("api/exam", location.href);
  url.protocol = "ws:";
  const socket = new WebSocket(url.origin + url.pathname);
  await new Promise((resolve) => (socket.onopen = resolve));
  socket.send(JSON.stringify(hello));
  await new Promise((resolve) => { socket.onmessage = resolve; socket.onclose = resolve; });
  for (const message of messages) socket.send(JSON.stringify(message));
  return await new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
    setTimeout(() => resolve(0), own);
  });
}"""


class Line:
    """What passes between the page and the server."""

    def __init__(self, page: Page) -> None:
        self.events: list[dict[str, object]] = []
        self.beats: list[dict[str, object]] = []
        self.hello: dict[str, object] = {}
        self.acks = 0
        self.is_cut = False
        page.route_web_socket(re.compile("/api/exam"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            return socket.close()
        server = socket.connect_to_server()

        def to_page(text: str | bytes) -> None:
            if self.is_cut:
                return
            self.acks += json.loads(text)["type"] == "ack"
            socket.send(text)

        def to_server(text: str | bytes) -> None:
            if self.is_cut:
                return
            message = json.loads(text)
            if "pass" in message:
                self.hello = message
            elif message["type"] == "event":
                self.events.append(message)
            elif message["type"] == "beat":
                self.beats.append(message)
            server.send(text)

        server.on_message(to_page)
        socket.on_message(to_server)

    @property
    def names(self) -> list[object]:
        return [event["name"] for event in self.events]


@dataclass(frozen=True)
class Sat:
    """A candidate whose exam runs, in a page of theirs; the way in has tests of its own."""

    page: Page
    line: Line
    links: Links
    server: Server
    token: str

    @property
    def found(self) -> list[Occurrence]:
        store = SqliteStore(self.server.data_dir)
        try:
            feed = store.feed(self.links.meeting_id)
            return [one for incident in feed.incidents for one in incident.occurrences]
        finally:
            store.close()

    @property
    def kinds(self) -> set[str]:
        return {found.kind for found in self.found}

    def wait(self, is_so: Callable[[], T]) -> T:
        """With the page's messages passing meanwhile."""

        def look() -> T:
            self.page.wait_for_timeout(50)
            return is_so()

        return wait_until(look)

    def wait_for_beats(self, count: int = 2) -> None:
        until = len(self.line.beats) + count
        self.wait(lambda: len(self.line.beats) >= until)

    def be(self, of: str, value: bool) -> None:
        self.page.evaluate(BE, [of, value])


def sit(
    server: Server,
    context: BrowserContext,
    signals: tuple[str, ...] = SIGNALS,
    **changes: Any,
) -> Sat:
    links, token = server.make_meeting(signals=signals, **changes), tokens.new_secret()
    store, now = SqliteStore(server.data_dir), datetime.now(UTC)
    someone = Participant(new_id(), links.meeting_id, next(names), now, now, "v1")
    own = tokens.capability(Role.CANDIDATE, links.meeting_id, token, someone.id)
    store.add_participant(someone, own)
    store.start(someone.id, now)
    store.close()
    page = context.new_page()
    sat = Sat(page, Line(page), links, server, token)
    page.goto(seat_link(sat), wait_until="commit")
    expect(page.locator("[data-of=connection][data-state=on]")).to_be_visible(timeout=JOINS_MS)
    sat.wait(lambda: sat.line.beats)
    return sat


def seat_link(sat: Sat) -> str:
    return f"{sat.links.candidate}&seat={quote(sat.token)}"
