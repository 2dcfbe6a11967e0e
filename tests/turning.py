"""A fake camera before which somebody looks ahead, then to each side, and a voice that reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

from live import FakeMedia
from material import DATA, SMALL

CLIP = DATA / "video" / "webcam_expr2.mp4"
AHEAD_S, SIDE_S = 6, 4  # of a loop, on each side
TURNED = (20.13, 20.63)  # s of the clip: 20 degrees to their own left


def turning(folder: Path) -> FakeMedia:
    """To the right they look in the mirror. Chromium plays thirty pictures a second, whatever
    the file says."""
    folder.mkdir(parents=True, exist_ok=True)
    media = FakeMedia(folder / "turning.mjpeg", folder / "voice.wav")
    start, end = TURNED
    count = round((end - start) * 30)
    again = round(SIDE_S / (end - start)) - 1
    side = f"trim={start}:{end},loop={again}:{count},setpts=N/(30*TB)"
    graph = (
        f"fps=30,scale=640:480,split=3[a][b][c];[a]trim=0:{AHEAD_S},setpts=PTS-STARTPTS[ahead];"
        f"[b]{side}[left];[c]{side},hflip[right];[ahead][left][right]concat=n=3,setpts=N/(30*TB)"
    )
    ffmpeg = ("ffmpeg", "-y", "-loglevel", "error")
    output = ("-filter_complex", graph, "-pix_fmt", "yuvj420p", "-q:v", "3", "-c:v", "mjpeg")
    subprocess.run([*ffmpeg, "-i", CLIP, "-an", *output, media.picture], check=True)
    voice = SMALL / "audio" / "one_voice.flac"
    subprocess.run([*ffmpeg, "-i", voice, "-ar", "48000", media.sound], check=True)
    return media
