"""Files that are honest but unusual give the right samples; others, one clear sentence."""

import shutil
import subprocess
from itertools import pairwise

import cv2
import numpy as np
import pytest

from proctoring.media import MediaError, probe, read_chunks, read_frames, read_picture, read_sound

SECONDS = 6


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip whose left half is dark and right half light, with a tone from 2 s to 4 s."""
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg makes the files of these tests and is not installed")
    folder = tmp_path_factory.mktemp("media")
    light = f"color=black:s=320x240:r=30:d={SECONDS},drawbox=x=160:w=160:color=white:t=fill"
    tone = f"sine=440:sample_rate=48000:duration={SECONDS},volume='between(t,2,4)':eval=frame"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        light,
        "-f",
        "lavfi",
        "-i",
        tone,
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        folder / "clip.mp4",
    )
    return folder


def made(folder, name, *options, source="clip.mp4"):
    path = folder / name
    ffmpeg("-i", folder / source, *options, path)
    return path


def tone_times(sound):
    """(start, end) in s of what is not silence."""
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return loud[0] / 16_000, loud[-1] / 16_000


def test_frames_are_thinned_by_their_times_not_by_their_number(folder):
    frames = list(read_frames(folder / "clip.mp4", 4))
    assert len(frames) == SECONDS * 4
    assert np.diff([frame.t for frame in frames]) == pytest.approx(0.25, abs=0.04)


def test_a_variable_frame_rate_keeps_its_times(folder):
    path = made(
        folder, "variable.mp4", "-vf", "select='lt(t,2)+not(mod(n,30))'", "-fps_mode", "vfr", "-an"
    )
    times = [frame.t for frame in read_frames(path, 4)]
    assert times[-1] == pytest.approx(5, abs=0.1)
    assert sum(t >= 2 for t in times) <= 5, "one a second from there on"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_rotated_video_is_shown_as_players_show_it(folder, turn):
    path = folder / f"rotated{turn}.mp4"
    ffmpeg("-i", folder / "clip.mp4", "-an", "-c", "copy", "-metadata:s:v", f"rotate={turn}", path)
    ffmpeg("-i", path, "-frames:v", 1, folder / f"shown{turn}.png")
    shown = cv2.imread(str(folder / f"shown{turn}.png"))
    image = next(iter(read_frames(path, 4))).image
    assert image.shape == shown.shape
    assert np.abs(image.astype(int) - shown).mean() < 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("8k.wav", ["-ar", 8000]),
        ("96k.flac", ["-ar", 96_000]),
        ("stereo.wav", ["-ac", 2]),
        ("surround.flac", ["-ac", 6]),
        ("opus.webm", ["-c:a", "libopus"]),
        ("24bit.wav", ["-c:a", "pcm_s24le"]),
    ],
)
def test_sound_of_any_rate_and_number_of_channels_keeps_its_times(folder, name, options):
    sound = read_sound(made(folder, name, "-vn", *options))
    assert len(sound) / 16_000 == pytest.approx(SECONDS, abs=0.1)
    start, end = tone_times(sound)
    assert start == pytest.approx(2, abs=0.06)
    assert end == pytest.approx(4, abs=0.06)


def test_chunks_are_half_a_second_and_follow_each_other(folder):
    chunks = list(read_chunks(folder / "clip.mp4"))
    assert {len(chunk.samples) for chunk in chunks[:-1]} == {8000}
    assert [chunk.t for chunk in chunks] == pytest.approx([i / 2 for i in range(len(chunks))])


def test_a_hole_in_the_sound_stays_a_hole_in_time(folder):
    path = made(
        folder, "hole.mkv", "-vn", "-af", "aselect='not(between(t,1,2.8))'", "-c:a", "pcm_s16le"
    )
    chunks = list(read_chunks(path))
    gaps = [after.t - before.end_t for before, after in pairwise(chunks)]
    assert max(gaps) == pytest.approx(1.8, abs=0.1)
    assert tone_times(read_sound(path))[1] == pytest.approx(4, abs=0.06)


def test_a_file_without_sound_or_without_pictures_says_so(folder):
    silent = probe(made(folder, "pictures.mp4", "-an"))
    assert (silent.has_video, silent.has_audio) == (True, False)
    heard = probe(made(folder, "sound.flac", "-vn"))
    assert (heard.has_video, heard.has_audio) == (False, True)


def bad_files(folder):
    whole = (folder / "clip.mp4").read_bytes()
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("this is a text\n" * 50)
    ffmpeg("-i", folder / "clip.mp4", "-c", "copy", "-movflags", "+faststart", folder / "fast.mp4")
    (folder / "cut.mp4").write_bytes((folder / "fast.mp4").read_bytes()[: len(whole) // 2])
    (folder / "headless.mp4").write_bytes(whole[: len(whole) // 3])
    made(folder, "tiny.mp4", "-vf", "scale=2:2", "-an")
    wav = made(folder, "whole.wav", "-vn").read_bytes()
    (folder / "cut.wav").write_bytes(wav[: len(wav) // 3])
    flac = made(folder, "whole.flac", "-vn", "-ar", "96000").read_bytes()
    (folder / "cut.flac").write_bytes(flac[: len(flac) // 2])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.mp4", "empty"),
        ("text.mp4", "not a recording"),
        ("cut.mp4", "cut off"),
        ("headless.mp4", "not a recording|cut off"),
        ("tiny.mp4", "2×2 px is too small"),
        ("cut.wav", "cut off"),
        ("cut.flac", "cut off"),
        ("absent.mp4", "no such file"),
        (".", "folder"),
    ],
)
def test_what_cannot_be_read_gives_one_sentence_that_says_why(folder, name, says):
    bad_files(folder)
    path = folder / name
    with pytest.raises(MediaError, match=says) as caught:
        list(read_frames(path, 4)) if probe(path).has_video else read_sound(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def picture(path, width=64, height=48):
    cv2.imwrite(str(path), np.full((height, width, 3), (10, 60, 200), np.uint8))
    return path


@pytest.mark.parametrize("extension", ["jpg", "png", "bmp", "webp", "tiff"])
def test_pictures_are_read_as_bgr(tmp_path, extension):
    image = read_picture(picture(tmp_path / f"p.{extension}"))
    assert image.shape == (48, 64, 3)
    np.testing.assert_allclose(image.mean((0, 1)), (10, 60, 200), atol=6)


def test_grey_and_transparent_pictures_become_colour(tmp_path):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((48, 64), 77, np.uint8))
    cv2.imwrite(str(tmp_path / "clear.png"), np.full((48, 64, 4), 77, np.uint8))
    assert read_picture(tmp_path / "grey.png").shape == (48, 64, 3)
    assert read_picture(tmp_path / "clear.png").shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_text("not a picture " * 9), "not a picture"),
        (lambda path: picture(path, 1, 1), "1×1 px is too small"),
        (lambda path: picture(path, 20_000, 20), "20000×20 px is too large"),
        (
            lambda path: path.write_bytes(picture(path, 640, 480).read_bytes()[:1500]),
            "cut off|not a picture",
        ),
    ],
)
def test_a_picture_that_cannot_be_used_says_why(tmp_path, make, says):
    path = tmp_path / "p.jpg"
    make(path)
    with pytest.raises(MediaError, match=says):
        read_picture(path)
