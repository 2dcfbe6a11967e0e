"""Silero's voice activity detector: the ONNX file that the wheel `silero-vad` holds, as it is.

The wheel is fetched with pip and only unpacked: installing it would bring torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from proctoring.models.exporters import workshop

VERSION = "6.2.3"
MEMBER = "silero_vad/data/silero_vad.onnx"


def export(wheel: Path | None) -> bytes:
    """The model file inside the wheel, which is fetched where none is given."""
    return workshop.wheel_member(f"silero-vad=={VERSION}", MEMBER, wheel)


def main() -> None:
    feeds: workshop.Feeds = {
        "input": np.zeros((1, 576), np.float32),
        "state": np.zeros((2, 1, 128), np.float32),
        "sr": np.array(16_000, np.int64),
    }
    workshop.run("silero_vad", __doc__, export, feeds, within=0.0)


if __name__ == "__main__":
    main()
