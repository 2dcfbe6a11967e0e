"""What a camera's name tells. Browsers report it; whoever runs the browser can change it."""

from __future__ import annotations

import re
from functools import lru_cache

# Programs can send any picture as a camera's; those that show a phone's camera are common and
# honest.
SOFTWARE_CAMERAS = (
    *("obs", "manycam", "snap camera", "xsplit", "splitcam", "youcam", "camtwist", "e2esoft"),
    *("vcam", "virtual cam", "virtual webcam", "dummy video device", "unity video capture"),
    *("webcamoid", "sparkocam", "altercam", "fakewebcam", "akvirtualcamera", "v4l2loopback"),
    *("virtual camera", "mmhmm", "fake cam", "webcammax", "prism live", "streamlabs"),
    *("nvidia broadcast", "logi capture"),
)
PHONE_CAMERAS = (
    *("droidcam", "ivcam", "epoccam", "iriun", "camo", "iphone", "ipad", "continuity"),
    *("windows virtual camera", "phone link"),
)


def is_phone(label: str) -> bool:
    return _names_one(label, PHONE_CAMERAS)


def is_software(label: str) -> bool:
    return not is_phone(label) and _names_one(label, SOFTWARE_CAMERAS)


@lru_cache(maxsize=256)
def _names_one(label: str, names: tuple[str, ...]) -> bool:
    """As words of their own: "obs" is not in "observatory"."""
    return any(re.search(rf"\b{re.escape(name)}\b", label.casefold()) for name in names)
