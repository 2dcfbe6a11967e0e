"""What browsers are asked for, as it stands in the answers of this process's connections."""

import asyncio
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import SessionDescription

from proctoring.live.codecs import PACKET_MS, ask_for_little

OPUS = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=96)
# The lines by which Chromium offers the same codecs, with parameters of its own.
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *(
            line
            for mid, (kind, lines) in enumerate(
                [
                    (
                        "audio",
                        ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"],
                    ),
                    ("video", ["a=rtpmap:111 VP8/90000", "a=rtcp-fb:111 nack pli"]),
                ]
            )
            for line in (
                f"m={kind} 9 UDP/TLS/RTP/SAVPF 111",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{mid}",
                "a=sendonly",
                "a=rtcp-mux",
                "a=ice-ufrag:abcd",
                "a=ice-pwd:abcdefghijklmnopqrstuvwx",
                "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
                "a=setup:actpass",
                *lines,
            )
        ),
        "",
    ]
)


def answered():
    async def answer():
        connection = RTCPeerConnection()
        await connection.setRemoteDescription(RTCSessionDescription(OFFER, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        said = connection.localDescription.sdp
        await connection.close()
        return SessionDescription.parse(said)

    return {part.kind: part.rtp.codecs[0].parameters for part in asyncio.run(answer()).media}


def test_a_browser_is_asked_for_long_packets_and_few_bits():
    ask_for_little()
    asked = answered()
    assert int(asked["audio"]["ptime"]) == PACKET_MS
    assert int(asked["video"]["x-google-max-bitrate"]) <= 1000


@pytest.mark.parametrize("comes_in_ms", [20, 60])
def test_a_live_view_gets_all_of_the_sound_in_packets_that_follow_each_other(comes_in_ms):
    ask_for_little()
    encoder, samples, sent = get_encoder(OPUS), 48 * comes_in_ms, []
    for i in range(2400 // comes_in_ms):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, samples), np.int16), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, i * samples, Fraction(1, 48_000)
        payloads, at = encoder.encode(frame)
        assert len(payloads) <= 1, "aiortc gives those of one frame the same time"
        sent += [at] * len(payloads)
    assert len(sent) >= 2400 // PACKET_MS - 1
    assert set(np.diff(sent)) == {48 * PACKET_MS}
