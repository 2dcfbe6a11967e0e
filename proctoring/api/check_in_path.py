"""Can media reach this server, and how? A data channel by the app's own ICE servers tells."""

from __future__ import annotations

import asyncio
import contextlib

from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from proctoring.api.ice import Configuration, alone

MOST_PATHS = 8  # of the whole server at once
TRIED_FOR_S = 20.0
MOST_ECHO = 1000  # characters


class NotAnOffer(ValueError):
    """It is no offer of one data channel and nothing else."""


class Paths:
    """The peer connections that are being tried. Used on the server's loop and nowhere else."""

    def __init__(self, configuration: Configuration = alone) -> None:
        self._configuration = configuration
        self._open: dict[str, tuple[RTCPeerConnection, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def is_full(self) -> bool:
        return len(self._open) >= MOST_PATHS

    async def answer(self, key: str, offer: str) -> str:
        """The SDP answer; a path that this key had before is closed. Raises NotAnOffer."""
        await self.close(key)
        connection = RTCPeerConnection(self._configuration())
        loop = asyncio.get_running_loop()
        late = loop.call_later(TRIED_FOR_S, lambda: loop.create_task(self.close(key)))
        self._open[key] = (connection, late)
        connection.on("datachannel", _echo)
        try:
            kinds = [part.kind for part in SessionDescription.parse(offer).media]
            if kinds != ["application"]:
                raise NotAnOffer
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await connection.setLocalDescription(await connection.createAnswer())
        except Exception as error:  # aiortc raises whatever its parser stumbles on
            await self.close(key)
            raise NotAnOffer from error
        return str(connection.localDescription.sdp)

    async def close(self, key: str) -> None:
        connection, late = self._open.pop(key, (None, None))
        if late is not None:
            late.cancel()
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be half open
                await connection.close()


def _echo(channel: RTCDataChannel) -> None:
    """What comes in goes back, so that both ways are known to work."""

    def on_message(message: object) -> None:
        if isinstance(message, str) and len(message) <= MOST_ECHO:
            channel.send(message)

    channel.on("message", on_message)
