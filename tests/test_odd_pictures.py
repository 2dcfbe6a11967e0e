"""Odd pictures: the right answer, or one sentence that says why not."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from odd_media import BGR, GRADIENT, plain, saved
from PIL import Image as Pillow

from proctoring.media import (
    MediaError,
    decode_picture,
    read_picture,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # about tags


def assert_is_plain(image, within=8):
    np.testing.assert_allclose(image.reshape(-1, 3).mean(0), BGR, atol=within)


# --- honest but unusual -------------------------------------------------------------------


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


# --- refused ------------------------------------------------------------------------------


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
