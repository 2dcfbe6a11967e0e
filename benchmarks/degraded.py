"""What bad light, a bad lens and a bad seat make of a picture, by known amounts.

Light is changed in linear light, where a gain of 1/8 is three stops. After it comes the noise of
a cheap camera, two grey levels, that does not get less with the light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.types import BoxXYXY, Image

Floats = npt.NDArray[np.float32]
Degradation = Callable[[Image, BoxXYXY], Image]  # (picture, the face's box) -> picture

NOISE = 2.0  # grey levels
_CODES = np.linspace(0, 1, 256, dtype=np.float32)
_LIGHTS = np.linspace(0, 1, 1 << 14, dtype=np.float32)
LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
SHOWN = 255 * np.where(_LIGHTS <= 0.0031308, 12.92 * _LIGHTS, 1.055 * _LIGHTS ** (1 / 2.4) - 0.055)
SKY = 0.95  # linear, of a window


def light(gain: float) -> Degradation:
    return lambda image, box: _shown(_linear(image) * gain)


def lit_behind(front: float, behind: float) -> Degradation:
    """Less light on the person, more on all else. The outline of the person is drawn, not found."""

    def made(image: Image, box: BoxXYXY) -> Image:
        person = _person(image, box)
        return _shown(_linear(image) * (person * front + (1 - person) * behind))

    return made


def before_a_window(front: float) -> Degradation:
    """The same before an almost white surface."""

    def made(image: Image, box: BoxXYXY) -> Image:
        person, linear = _person(image, box), _linear(image)
        return _shown(person * linear * front + (1 - person) * (0.25 * linear + 0.75 * SKY))

    return made


def blurred(share: float) -> Degradation:
    """Gaussian, of that share of the face's width."""
    return lambda image, box: np.asarray(
        cv2.GaussianBlur(image, (0, 0), share * (box[2] - box[0])), np.uint8
    )


def cut_off(side: str, share: float) -> Degradation:
    """That share of the face lies beyond the picture's edge."""

    def made(image: Image, box: BoxXYXY) -> Image:
        left, top, right, bottom = box
        width, height = round(share * (right - left)), round(share * (bottom - top))
        cuts = {
            "left": image[:, max(0, left + width) :],
            "right": image[:, : right - width],
            "top": image[max(0, top + height) :],
            "bottom": image[: bottom - height],
        }
        return np.ascontiguousarray(cuts[side])

    return made


def as_it_is(image: Image, box: BoxXYXY) -> Image:
    return image


LIGHTS: Mapping[str, Degradation] = {
    "as it is": as_it_is,
    **{f"1/{stop} of the light": light(1 / stop) for stop in (4, 8, 16, 32, 64)},
    **{f"{stop} × the light": light(stop) for stop in (2, 4, 8, 16)},
    "before a window, face as it is": before_a_window(1.0),
    **{f"before a window, 1/{stop} on the face": before_a_window(1 / stop) for stop in (4, 8, 16)},
    **{f"1/{stop} on the face, twice behind": lit_behind(1 / stop, 2) for stop in (4, 8, 16)},
}
BLURS: Mapping[str, Degradation] = {
    f"blurred by {share:.0%} of the face": blurred(share) for share in (0.01, 0.02, 0.03, 0.05)
}


def _linear(image: Image) -> Floats:
    """0..1, by sRGB's transfer function."""
    return LINEAR[image]


def _shown(linear: Floats) -> Image:
    values = SHOWN[np.rint(np.clip(linear, 0, 1) * (len(SHOWN) - 1)).astype(np.int32)]
    noise = np.random.default_rng(0).normal(0, NOISE, values.shape[:2])  # of grey, as a face is
    return np.clip(np.rint(values + noise[..., None]), 0, 255).astype(np.uint8)


def _person(image: Image, box: BoxXYXY) -> Floats:
    """(height, width, 1): 1 on head and shoulders, 0 behind, soft between."""
    height, width = image.shape[:2]
    left, top, right, bottom = box
    wide, high, x = right - left, bottom - top, (left + right) / 2
    mask = np.zeros((height, width), np.float32)
    middle = (round(x), round((top + bottom) / 2 - 0.08 * high))
    cv2.ellipse(mask, middle, (round(0.72 * wide), round(0.75 * high)), 0, 0, 360, 1.0, -1)
    shoulders = [(0.4, bottom - 0.1 * high), (1.5, bottom + 0.6 * high), (1.6, height)]
    outline = [(x + across * wide, y) for across, y in shoulders]
    outline += [(x - across * wide, y) for across, y in reversed(shoulders)]
    cv2.fillPoly(mask, [np.array(outline, np.int32)], 1.0)
    soft = max(3, round(0.1 * wide) | 1)
    return np.asarray(cv2.GaussianBlur(mask, (soft, soft), 0), np.float32)[..., None]
