"""Whatever comes in: the right answer or a clear refusal, and never a dead analyser."""

from __future__ import annotations

import io
import math
import re
import struct
import subprocess
import wave
import zlib
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import START
from material import SMALL
from PIL import Image as Pillow

from proctoring.analysers import analyser_types
from proctoring.media import (
    MediaError,
    decode_picture,
    read_chunks,
    read_frames,
    read_picture,
    read_samples,
    read_sound,
)
from proctoring.perception.scene import Scene
from proctoring.pipeline import Pipeline
from proctoring.presets import PRESETS
from proctoring.types import AudioChunk, Tick, VideoFrame

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # about tags

CLIP = SMALL / "scenarios" / "second_person.mp4"
BGR = (10, 60, 200)
GRADIENT = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))


# --- pictures: honest but unusual ------------------------------------------------------------


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(mode="RGB", size=(64, 48)):
    return Pillow.new("RGB", size, BGR[::-1]).convert(mode)


def assert_is_plain(image, within=8):
    np.testing.assert_allclose(image.reshape(-1, 3).mean(0), BGR, atol=within)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_of_grey_keep_their_shades(kind):
    deep = Pillow.fromarray(GRADIENT.astype(np.uint16) * 257)
    image = decode_picture(saved(deep, kind))
    np.testing.assert_allclose(image[..., 0], GRADIENT, atol=1)


def test_sixteen_bits_a_colour_are_read():
    deep = np.zeros((48, 64, 3), np.uint16) + np.array(BGR, np.uint16) * 257
    assert_is_plain(decode_picture(cv2.imencode(".png", deep)[1].tobytes()))


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_colours_of_print_and_television_are_read(mode):
    assert_is_plain(decode_picture(saved(plain(mode), "TIFF")))


def test_a_jpeg_in_colours_of_print_is_read():
    assert_is_plain(decode_picture(saved(plain("CMYK"), "JPEG", quality=95)))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours_become_all(mode):
    image = decode_picture(saved(plain(mode), "PNG"))
    assert image.shape == (48, 64, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_white_and_not_what_lies_hidden_in_it(mode):
    picture = plain(mode)
    picture.putalpha(0)
    assert decode_picture(saved(picture, "PNG")).min() == 255


def test_a_transparent_colour_of_a_palette_shows_white():
    picture = Pillow.new("P", (64, 48), 5)
    picture.putpalette([*range(256)] * 3)
    assert decode_picture(saved(picture, "PNG", transparency=5)).min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_stands_upright(orientation):
    """Its upper half is light, however the camera was held."""
    upright = np.zeros((40, 64), np.uint8)
    upright[:20] = 255
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright.T[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = decode_picture(saved(Pillow.fromarray(stored), "JPEG", exif=exif, quality=95))
    assert image.shape == (40, 64, 3)
    assert image[:18].min() > 200
    assert image[22:].max() < 60


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_picture_counts(kind):
    others = [Pillow.new("RGB", (64, 48), colour) for colour in ("white", "black")]
    data = saved(plain(), kind, save_all=True, append_images=others)
    assert_is_plain(decode_picture(data), within=20)


def test_nonsense_in_the_exif_leaves_the_picture():
    data = saved(plain(), "JPEG", quality=95)
    nonsense = b"Exif\0\0" + b"\xff" * 40
    segment = b"\xff\xe1" + struct.pack(">H", len(nonsense) + 2) + nonsense
    assert_is_plain(decode_picture(data[:2] + segment + data[2:]))


# --- pictures: refused -----------------------------------------------------------------------


def png_that_says(width, height):
    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"\0" * 100_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\0" * 999, "not a picture"),
        (png_that_says(100_000, 100_000), "too large"),
        (png_that_says(15_000, 15_000), "too large"),
        (png_that_says(10_000, 8_000), "at most 50 megapixels"),
        (png_that_says(640, 480), "cut off|not a picture"),
        (png_that_says(0, 0), "not a picture|too small"),
        (saved(plain(size=(4000, 2)), "PNG"), "4000×2 px is too small"),
        (saved(plain(size=(20, 16_001)), "PNG"), "20×16001 px is too large"),
        (saved(Pillow.fromarray(np.full((48, 64), np.nan, np.float32)), "TIFF"), "fractions"),
        (saved(Pillow.fromarray(np.full((48, 64), 1 << 20, np.int32)), "TIFF"), "16 bits"),
        (saved(plain(), "JPEG")[:300], "cut off|not a picture"),
        (saved(plain(), "PNG")[:-30], "cut off|not a picture"),
        (saved(plain(), "EPS"), "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ],
)
def test_what_cannot_be_a_candidates_picture_is_refused_in_one_sentence(data, says, tmp_path):
    with pytest.raises(MediaError, match=says) as caught:
        decode_picture(data, "the upload")
    assert str(caught.value).startswith("the upload: ")
    assert "\n" not in str(caught.value)
    path = tmp_path / "upload.jpg"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=says):
        read_picture(path)


FUZZED = {
    kind: saved(Pillow.fromarray(np.dstack([GRADIENT] * 3)), kind, **options)
    for kind, options in {
        "JPEG": {"exif": Pillow.Exif(), "progressive": True},
        "PNG": {},
        "GIF": {},
        "WEBP": {},
        "BMP": {},
        "TIFF": {"compression": "tiff_lzw"},
        "PPM": {},
        "JPEG2000": {},
    }.items()
}
damage = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=12)


def either(read):
    """What it gives, or the sentence with which it refuses."""
    try:
        return read(), ""
    except MediaError as error:
        return None, str(error)


def damaged(data, changes):
    broken = bytearray(data)
    for place, value in changes:
        broken[place % len(broken)] = value
    return bytes(broken)


@pytest.mark.parametrize("kind", FUZZED)
@settings(max_examples=60, deadline=None)
@given(changes=damage, cut=st.integers(0, 400))
def test_a_damaged_picture_is_a_picture_or_a_sentence(kind, changes, cut):
    whole = FUZZED[kind]
    data = damaged(whole, changes)[: max(1, len(whole) - max(0, cut - 200))]
    image, sentence = either(lambda: decode_picture(data))
    if image is None:
        assert re.fullmatch("picture: .+", sentence)
    else:
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_at_all_are_a_picture_or_a_sentence(data):
    with pytest.raises(MediaError, match="picture: "):
        decode_picture(data)


# --- recordings ------------------------------------------------------------------------------


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    path = tmp_path_factory.mktemp("recordings") / "short.mp4"
    ffmpeg("-ss", 9, "-i", CLIP, "-t", 1.5, "-vf", "scale=160:-2", "-c:a", "aac", path)
    return path


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=damage)
def test_a_damaged_recording_is_a_recording_or_a_sentence(short, changes):
    path = short.with_name("damaged.mp4")
    path.write_bytes(damaged(short.read_bytes(), changes))
    samples, sentence = either(lambda: list(read_samples(path, None, frames_per_s=4)))
    if samples is None:
        assert sentence.startswith(f"{path}: ")
    else:
        assert all(sample.t >= 0 for sample in samples)


def test_a_recording_whose_picture_changes_size_in_midstream_goes_on(tmp_path):
    sizes = ["160x120", "64x48", "320x180", "32x240"]
    for size in sizes:
        lavfi = f"testsrc=s={size}:r=10:d=1"
        ffmpeg("-f", "lavfi", "-i", lavfi, "-c:v", "mjpeg", "-f", "mjpeg", tmp_path / size)
    path = tmp_path / "changing.mjpeg"
    path.write_bytes(b"".join((tmp_path / size).read_bytes() for size in sizes))
    shapes = {frame.image.shape[1::-1] for frame in read_frames(path, 4)}
    assert {tuple(map(int, size.split("x"))) for size in sizes} <= shapes


def test_sound_that_is_no_number_is_silence(tmp_path):
    samples = np.sin(np.arange(16_000) / 9).astype("<f4")
    samples[4000:8000] = np.nan
    samples[8000:9000] = np.inf
    path = tmp_path / "nan.wav"
    (tmp_path / "raw").write_bytes(samples.tobytes())
    ffmpeg(
        "-f", "f32le", "-ar", 16_000, "-ac", 1, "-i", tmp_path / "raw", "-c:a", "pcm_f32le", path
    )
    sound = read_sound(path)
    assert np.isfinite(sound).all()
    assert np.abs(sound[:3900]).max() > 0.9


def test_a_sound_of_no_length_is_no_sound(tmp_path):
    path = tmp_path / "none.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    chunks, sentence = either(lambda: list(read_chunks(path)))
    assert chunks == [] or "none.wav" in sentence


# --- analysers -------------------------------------------------------------------------------

noise = np.random.default_rng(7)


def odd_frames():
    def grey(height, width, value=128):
        return np.full((height, width, 3), value, np.uint8)

    face = cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg"))
    return {
        "a face": face,
        "1×1": grey(1, 1),
        "1×640": grey(1, 640),
        "7×7": grey(7, 7),
        "8×8": grey(8, 8),
        "2×4000": grey(2, 4000),
        "4000×2": grey(4000, 2),
        "black": grey(240, 320, 0),
        "white": grey(240, 320, 255),
        "noise": noise.integers(0, 256, (96, 128, 3), np.uint8),
        "checked": np.repeat(np.indices((96, 128)).sum(0)[..., None] % 2 * 255, 3, 2).astype(
            np.uint8
        ),
        "half a face": face[:, : face.shape[1] * 2 // 5],
        "a small face": cv2.resize(face, None, fx=0.2, fy=0.2),
        "a large face": cv2.resize(face, None, fx=3, fy=3)[:720, :900],
        "a flat face": cv2.resize(face, (600, 40)),
        "a thin face": cv2.resize(face, (30, 600)),
        "not contiguous": face[:, ::-1],
        "read-only": np.frombuffer(face.tobytes(), np.uint8).reshape(face.shape),
        "the face again": face,
    }


@cache
def odd_scenes():
    """Shared, so that what a picture shows is perceived once for all analysers."""
    return tuple(
        Scene(VideoFrame(0.5 * number, image)) for number, image in enumerate(odd_frames().values())
    )


def odd_chunks():
    for number, samples in enumerate(
        [
            np.empty(0, np.float32),
            np.zeros(1, np.float32),
            np.zeros(8000, np.float32),
            np.full(8000, 1e-30, np.float32),
            -np.ones(8000, np.float32),
            np.ones(8000, np.float32),
            noise.uniform(-1, 1, 8000).astype(np.float32),
            noise.uniform(-1, 1, 160_000).astype(np.float32),
        ]
    ):
        yield AudioChunk(0.5 * number, samples)


def check(observations, analyser):
    signals = {rule.signal for rule in analyser.rules}
    for seen in observations:
        assert seen.signal
        assert 0 <= seen.confidence <= 1
        if seen.value is None:
            assert seen.reason or seen.signal not in signals, (
                f"{seen.signal} abstains without a word"
            )
        else:
            assert math.isfinite(seen.value), seen
        for left, top, right, bottom in seen.boxes:
            assert left <= right
            assert top <= bottom


def feed(analyser, samples):
    return [
        observation
        for sample in samples
        if isinstance(sample, analyser.accepts)
        for observation in analyser.analyse(sample)
    ]


@pytest.mark.parametrize("kind", analyser_types(), ids=lambda kind: kind.name)
def test_no_picture_and_no_sound_however_odd_breaks_an_analyser(kind):
    analyser = kind()
    check(feed(analyser, [*odd_scenes(), *odd_chunks(), Tick(30.0)]), analyser)


def test_a_pipeline_keeps_all_its_analysers_through_all_of_it():
    pipeline = Pipeline(
        [kind() for kind in analyser_types()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
    )
    for scene in odd_scenes():
        pipeline.process(scene.frame)
    for chunk in odd_chunks():
        pipeline.process(chunk)
    pipeline.process(Tick(60.0))
    pipeline.close(61.0)
    assert pipeline.broken == {}


@settings(max_examples=6, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=2, max_size=3),
    seed=st.integers(0, 1000),
)
def test_pictures_of_any_size_one_after_the_other_break_nothing(sizes, seed):
    random = np.random.default_rng(seed)
    analysers = [kind() for kind in analyser_types()]
    for number, (height, width) in enumerate(sizes):
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        scene = Scene(VideoFrame(2.0 * number, image))
        for analyser in analysers:
            check(feed(analyser, [scene]), analyser)
