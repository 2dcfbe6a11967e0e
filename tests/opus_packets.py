"""Sound as a browser's encoder sends it: packets of 20 ms, half a second in a piece."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np

from proctoring.media.opus import LENGTH, PACKET_S
from proctoring.types import SAMPLE_RATE, Sound

BIT_RATE = 48_000  # as opus.js asks for
PRE_SKIP_S = 312 / 48_000  # what libopus holds back
PACKETS_A_PIECE = 25
IN_PACKET = round(PACKET_S * SAMPLE_RATE)


def encode(sound: Sound, bit_rate: int = BIT_RATE) -> list[bytes]:
    """Packets of all of `sound`, 16 kHz, the last of them filled up."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "flt"
    encoder.bit_rate = bit_rate
    encoder.options = {"application": "audio", "frame_duration": "20"}
    packets = []
    for number, start in enumerate(range(0, len(sound), IN_PACKET)):
        part = np.zeros(IN_PACKET, np.float32)
        part[: len(sound) - start] = sound[start : start + IN_PACKET]
        frame = av.AudioFrame.from_ndarray(part[None], format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, number * IN_PACKET
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def framed(packets: list[bytes]) -> bytes:
    return b"".join(LENGTH.pack(len(packet)) + packet for packet in packets)


def pieces(sound: Sound, bit_rate: int = BIT_RATE) -> Iterator[tuple[float, bytes]]:
    """Each with the time of its end, in s from the beginning of `sound`."""
    packets = encode(sound, bit_rate)
    for start in range(0, len(packets), PACKETS_A_PIECE):
        some = packets[start : start + PACKETS_A_PIECE]
        yield (start + len(some)) * PACKET_S - PRE_SKIP_S, framed(some)
