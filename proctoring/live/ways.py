"""By which way a candidate's picture and sound come to this server."""

from __future__ import annotations

from typing import Any, Literal

from proctoring.live.seats import Seat

Way = Literal["", "direct", "relay", "snapshots"]
DIRECT: Way = "direct"
RELAY: Way = "relay"
SNAPSHOTS: Way = "snapshots"


def connect(seat: Seat, context: Any) -> None:
    """Let the seat know streamlit-webrtc's newest connection, which only its worker has."""
    connection = getattr(context._get_worker(), "pc", None)
    if connection is not None and connection is not seat.connection[0]:
        seat.connection = (connection, seat.snapshots)


def way_of(seat: Seat) -> Way:
    """By which way a candidate's picture and sound come: DIRECT, RELAY, SNAPSHOTS, or ""."""
    connection, before = seat.connection
    if seat.snapshots is not None and seat.snapshots is not before:
        return SNAPSHOTS
    return way_of_connection(connection) if connection is not None else ""


def way_of_connection(connection: Any) -> Way:
    """Of an aiortc peer connection; "" while it has found none.

    Neither its statistics nor its interface tell the pair of addresses that was chosen.
    """
    if connection.connectionState != "connected":
        return ""
    ends = [one.receiver for one in connection.getTransceivers()] or [connection.sctp]
    pair = ends[0].transport.transport._connection._nominated.get(1)
    if pair is None:
        return ""
    kinds = {pair.local_candidate.type, pair.remote_candidate.type}
    return RELAY if "relay" in kinds else DIRECT
