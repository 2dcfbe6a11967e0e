"""What candidates' browsers are asked to send: as much as analysis needs, in few packets.

A packet costs a server in Python the same whatever is in it, and more than what is in it: 194 of
them a second, which a browser sends if nobody asks, cost more than looking at the pictures does.
aiortc has no other place for it than its tables of codecs, which one process has once.
`benchmarks/cost.py` measures what it gains.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from aiortc import codecs
from aiortc.codecs import opus
from av import AudioResampler

PACKET_MS = 60  # of sound; browsers take 20 by themselves, Opus goes up to 120
SOUND_BITS = 32_000  # a second; a voice in one channel
# A picture then has as many bits as one of 15 a second at the 1.0 to 1.3 Mbit/s that browsers take
# by themselves. With 3000 the recorded scenarios give the same incidents (docs/measurements.md).
PICTURE_KBITS = 600  # a second
# aiortc tells browsers how much gets through by when packets are handled, and a busy server handles
# them late: on a free line Chromium has been seen at 31 kbit/s and pictures of 480 x 360. A line
# that carries no more than this is one for snapshots.
LEAST_KBITS = 200

# RFC 7587 has `ptime` beside these parameters; browsers read it among them as well.
OF_SOUND: dict[str, int | str | None] = {
    "ptime": PACKET_MS,
    "minptime": 10,
    "stereo": 0,
    "maxaveragebitrate": SOUND_BITS,
    "useinbandfec": 1,
}
OF_PICTURES: dict[str, int | str | None] = {
    "x-google-max-bitrate": PICTURE_KBITS,
    "x-google-min-bitrate": LEAST_KBITS,
    "x-google-start-bitrate": PICTURE_KBITS,
}


@cache
def ask_for_little() -> None:
    """From now on, of whoever opens a connection to this process. Once is enough."""
    for codec in (*codecs.CODECS["audio"], *codecs.CODECS["video"]):
        match codec.name.lower():
            case "opus":
                codec.parameters.update(OF_SOUND)
            case "vp8" | "h264":
                codec.parameters.update(OF_PICTURES)
    setattr(codecs, "OpusEncoder", LongPackets)  # noqa: B010  # mypy: a class is no variable


class LongPackets(opus.OpusEncoder):
    """Opus in packets as long as those that candidates send.

    aiortc gives all packets that come of one frame the same time, so a live view of a candidate
    who sends 60 ms in each would lose two of three.
    """

    def __init__(self) -> None:
        super().__init__()
        self.codec.options = {**self.codec.options, "frame_duration": str(PACKET_MS)}
        self.resampler: Any = AudioResampler(
            format="s16",
            layout="stereo",
            rate=opus.SAMPLE_RATE,
            frame_size=opus.SAMPLE_RATE * PACKET_MS // 1000,
        )
