"""A real WebRTC call inside the process, opened as the page opens it."""

import asyncio
import inspect

import numpy as np
from aiortc import RTCPeerConnection
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc import WebRtcWorker
from tracks import audio_track, video_track

from proctoring.live.capture import Capture, stream_options
from proctoring.types import AudioChunk, VideoFrame


def make_worker(options, loop):
    """streamlit-webrtc's own worker, as `webrtc_streamer` makes it."""
    names = inspect.signature(WebRtcWorker).parameters
    defaults = dict.fromkeys(names) | {
        "video_receiver_size": 4,
        "audio_receiver_size": 4,
        "sendback_video": True,
        "sendback_audio": True,
    }
    return WebRtcWorker(**defaults | options | {"loop": loop, "relay": MediaRelay()})


def call(is_enough, seconds=20.0):
    got = []

    async def run():
        loop = asyncio.get_running_loop()
        epoch = loop.time()
        capture = Capture(got.append, lambda: loop.time() - epoch, frames_per_s=4)
        worker = make_worker(stream_options(capture), loop)
        client = RTCPeerConnection()
        client.addTrack(video_track())
        client.addTrack(audio_track())
        await client.setLocalDescription(await client.createOffer())
        offer = client.localDescription
        answer = await asyncio.to_thread(worker.process_offer, offer.sdp, offer.type, 10)
        await client.setRemoteDescription(answer)
        while not is_enough(got) and loop.time() - epoch < seconds:
            await asyncio.sleep(0.1)
        await client.close()
        await asyncio.to_thread(worker.stop)

    asyncio.run(run())
    return got


def test_pictures_and_sound_both_arrive_and_keep_time():
    def count(got, kind):
        return sum(isinstance(sample, kind) for sample in got)

    got = call(lambda got: count(got, VideoFrame) >= 6 and count(got, AudioChunk) >= 4)
    pictures = [sample for sample in got if isinstance(sample, VideoFrame)]
    sounds = [sample for sample in got if isinstance(sample, AudioChunk)]
    assert len(pictures) >= 6
    assert len(sounds) >= 4
    assert abs(float(pictures[-1].image.mean()) - 90) < 3
    assert np.std(sounds[-1].samples) > 0.1
    times = [sample.t for sample in sounds]
    assert times == sorted(times)
