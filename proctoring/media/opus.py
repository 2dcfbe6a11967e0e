"""Sound as Opus packets (RFC 6716), piece by piece, as a browser's encoder makes them.

A piece is packets one after the other, each behind its length in bytes (16 bits, little-endian).
Every packet is of 20 ms, so what cannot be decoded is a hole of known length: the sound before and
after it keeps its time, and nothing is made up in between.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import av
import numpy as np

from proctoring.types import SAMPLE_RATE, Sound

PACKET_S = 0.02
MOST_PACKETS = 50  # of one piece: a second
MOST_PACKET = 1276  # bytes of one with one frame: RFC 6716 §3.2.1 and §3.4
DECODED = 48_000  # Hz, whatever was encoded
IN_PACKET = round(PACKET_S * DECODED)  # samples
LENGTH = struct.Struct("<H")


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Of a piece: each whole stretch, and how long before the piece's end it ended, in s."""

    stretches: tuple[tuple[float, Sound], ...]
    damaged: int = 0  # packets


class OpusStream:
    """One stream of mono packets, as 16 kHz."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        assert isinstance(self._decoder, av.AudioCodecContext)
        self._decoder.layout = "mono"
        self._decoder.sample_rate = DECODED
        self._begin()

    def take(self, data: bytes) -> Decoded:
        """Raises ValueError for what is not packets, or too many."""
        packets, damaged = split(data), 0
        found: list[tuple[float, Sound]] = []
        pieces: list[Sound] = []
        for number, packet in enumerate(packets):
            frame = self._decode(packet)
            if frame is not None:
                self._taken += IN_PACKET
                pieces += self._resample(frame)
                continue
            damaged += 1
            pieces += self._resample(None)
            found += _stretch((len(packets) - number) * PACKET_S, pieces)
            pieces = []
            self._begin()
        # The resampler holds the last samples until it sees what follows.
        found += _stretch(self._taken / DECODED - self._given / SAMPLE_RATE, pieces)
        return Decoded(tuple(found), damaged)

    def _begin(self) -> None:
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        self._taken = 0  # samples at 48 kHz
        self._given = 0  # samples at 16 kHz

    def _decode(self, packet: bytes) -> av.AudioFrame | None:
        """None for what is not 20 ms of sound."""
        try:
            frames = self._decoder.decode(av.Packet(packet)) if packet else []
        except (av.FFmpegError, ValueError):
            return None
        frame = frames[0] if len(frames) == 1 else None
        is_whole = isinstance(frame, av.AudioFrame) and frame.samples == IN_PACKET
        return frame if is_whole else None

    def _resample(self, frame: av.AudioFrame | None) -> list[Sound]:
        pieces = [
            piece.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            for piece in self._resampler.resample(frame)
        ]
        self._given += sum(map(len, pieces))
        return pieces


def split(data: bytes) -> list[bytes]:
    """The packets of a piece. Raises ValueError for what is none."""
    packets: list[bytes] = []
    at = 0
    while at < len(data):
        if len(packets) == MOST_PACKETS or at + LENGTH.size > len(data):
            raise ValueError("not packets")
        (length,) = LENGTH.unpack_from(data, at)
        at += LENGTH.size
        if length > MOST_PACKET or at + length > len(data):
            raise ValueError("not a packet")
        packets.append(data[at : at + length])
        at += length
    return packets


def _stretch(before_end_s: float, pieces: list[Sound]) -> list[tuple[float, Sound]]:
    return [(before_end_s, np.concatenate(pieces))] if pieces else []
