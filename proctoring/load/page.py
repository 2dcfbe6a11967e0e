"""A page of the app without a browser: Streamlit's own protocol, over its own socket.

A page is what the script drew last: elements, by their place. Something is typed, ticked or
pressed by sending all values of all widgets and asking for another run, as a browser does.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Origin, Subprotocol

RUNS_WITHIN_S = 60.0  # a busy server is slow, and that is what is measured
OPENS_WITHIN_S = 30.0
RERUN = ForwardMsg.FINISHED_EARLY_FOR_RERUN
_TAGS = re.compile(r"<(style|script).*?</\1>|<[^>]*>", re.DOTALL)

Element = Any  # a protobuf message of whatever kind


class PageError(Exception):
    """The page cannot be opened, or is not as expected; the message says what it shows."""


def address_of(url: str, path: str) -> tuple[str, Origin]:
    """Of a socket of the server at `url`, and what a browser says where it comes from."""
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    base = parts.path.rsplit("/", 1)[0] if parts.path else ""
    return f"{scheme}://{parts.netloc}{base}{path}", Origin(f"{parts.scheme}://{parts.netloc}")


class Page:
    """One open tab. Open it by `async with Page.opened(link)`; then it is as first drawn."""

    def __init__(self, link: str, socket: ClientConnection) -> None:
        parts = urlsplit(link)
        self._link = link
        self._socket = socket
        self._query = parts.query
        self._name = parts.path.strip("/").rpartition("/")[2]
        self._hash = ""
        self._kept: dict[str, ForwardMsg] = {}  # messages that the server sends once
        self._values: dict[str, WidgetState] = {}  # by widget id
        self._drawing: dict[tuple[int, ...], Element] = {}
        self._drawn: dict[tuple[int, ...], Element] = {}
        self._is_drawn = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, link: str) -> Self:
        """Raises PageError."""
        url, origin = address_of(link, "/_stcore/stream")
        try:
            socket = await connect(
                url,
                origin=origin,
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
                open_timeout=OPENS_WITHIN_S,
                proxy=None,
                compression=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            host = urlsplit(link).netloc
            raise PageError(
                f"No server answers at {host}: {error or type(error).__name__}"
            ) from error
        page = cls(link, socket)
        try:
            await page.run()
        except BaseException:
            await page.close()
            raise
        return page

    async def close(self) -> None:
        self._reading.cancel()
        with suppress(ConnectionClosed, OSError):
            await self._socket.close()

    @property
    def link(self) -> str:
        """As the address bar shows it now: with what a page has put there to come back by."""
        return urlunsplit(urlsplit(self._link)._replace(query=self._query))

    @property
    def is_open(self) -> bool:
        return not self._reading.done()

    # what is on it ---------------------------------------------------------------------------

    def all(self, kind: str) -> Iterator[Element]:
        """Elements of a kind, as Streamlit calls it: "button", "text_input"."""
        for place in sorted(self._drawn):
            element = self._drawn[place]
            if element.WhichOneof("type") == kind:
                yield getattr(element, kind)

    def button(self, *labels: str) -> Element | None:
        """The first that says one of these and can be pressed."""
        found = (one for one in self.all("button") if one.label in labels and not one.disabled)
        return next(found, None)

    def component(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """Id and data of a component of ours, by the name that it is registered with."""
        for one in self.all("bidi_component"):
            if one.component_name == f"openproctor_{name}":
                return one.id, json.loads(one.json or one.mixed.json or "{}")
        return None

    def frame(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """Id and arguments of a component in a frame."""
        for one in self.all("component_instance"):
            if one.component_name.endswith(name):
                return one.id, json.loads(one.json_args)
        return None

    def words(self, most: int = 200) -> str:
        """What it says, for whoever wants to know why it is another page than expected."""
        kinds = ("heading", "html", "markdown", "alert")
        texts = [one.body for kind in kinds for one in self.all(kind)]
        texts += [one.message for one in self.all("exception")]
        plain = " ".join(unescape(_TAGS.sub(" ", " ".join(texts))).split())
        return plain[:most]

    # what is done ----------------------------------------------------------------------------

    def set(self, widget: str, **value: Any) -> None:
        """`value`: one of WidgetState's, `string_value="Ann"`. Told with the next run."""
        self._values[widget] = WidgetState(id=widget, **value)

    async def press(self, button: Element) -> None:
        self._values[button.id] = WidgetState(id=button.id, trigger_value=True)
        try:
            await self.run()
        finally:
            self._values.pop(button.id, None)

    async def run(self) -> None:
        """As a browser does after a change. Raises PageError."""
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.page_name = self._query, self._name
        script.page_script_hash = self._hash
        script.widget_states.widgets.extend(self._values.values())
        script.context_info.timezone = "UTC"
        script.context_info.locale = "en"
        script.context_info.url = self._link
        self._is_drawn.clear()
        try:
            await self._socket.send(message.SerializeToString())
            await self.drawn()
        except ConnectionClosed as error:
            raise PageError("The server hung up.") from error

    async def drawn(self) -> None:
        """Until the next run is over. Raises PageError."""
        waiting = asyncio.ensure_future(self._is_drawn.wait())
        try:
            await asyncio.wait(
                {waiting, self._reading},
                timeout=RUNS_WITHIN_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not waiting.done():
                gone = self._reading.done()
                raise PageError(
                    "The server hung up."
                    if gone
                    else f"The page was not drawn within {RUNS_WITHIN_S:.0f} s."
                )
        finally:
            waiting.cancel()

    # the protocol ----------------------------------------------------------------------------

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for data in self._socket:
                if isinstance(data, bytes):
                    self._take(ForwardMsg.FromString(data))

    def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "ref_hash":
            known, place = self._kept[message.ref_hash], message.metadata.delta_path
            message = ForwardMsg()
            message.CopyFrom(known)
            del message.metadata.delta_path[:]
            message.metadata.delta_path.extend(place)
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
        match message.WhichOneof("type"):
            case "new_session" if not message.metadata.run.fragment_ids:
                self._hash = message.new_session.page_script_hash
                self._drawing = {}
            case "navigation":
                self._hash = message.navigation.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "delta":
                self._draw(tuple(message.metadata.delta_path), message.delta)
            case "script_finished" if message.script_finished != RERUN:
                self._drawn = dict(self._drawing)
                self._is_drawn.set()

    def _draw(self, place: tuple[int, ...], delta: Any) -> None:
        if delta.WhichOneof("type") == "new_element":
            self._drawing[place] = delta.new_element
