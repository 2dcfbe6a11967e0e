"""Damaged pictures and recordings are what they can be, or refused in one sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from material import SMALL
from odd_media import GRADIENT, either, ffmpeg, saved
from PIL import Image as Pillow

from proctoring.media import MediaError, decode_picture, read_samples

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # about tags

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


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    path = tmp_path_factory.mktemp("recordings") / "short.mp4"
    clip = SMALL / "scenarios" / "second_person.mp4"
    ffmpeg("-ss", 9, "-i", clip, "-t", 1, "-vf", "scale=96:-2", "-c:a", "aac", path)
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
