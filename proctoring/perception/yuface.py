"""libfacedetection's face detector (the wheel `yuface`), called past its Python binding.

The binding holds the interpreter lock for all of its 8 to 40 ms, and a WebRTC server with it;
through ctypes the same function lets go of it, and gives the same numbers.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from proctoring.perception.detections import Detections
from proctoring.types import Image

# The library's file and the C++ name of `int *facedetect_cnn(unsigned char *result,
# unsigned char *bgr, int width, int height, int step)`, as each compiler writes it.
BUILDS = {
    "linux": ("libfacedetection.so", "_Z14facedetect_cnnPhS_iii"),
    "win32": ("facedetection.dll", "?facedetect_cnn@@YAPEAHPEAE0HHH@Z"),
}
RESULT_BYTES = 0x20000  # a count (int32), then 16 int16 a face; the library keeps 1024 at most
FACE_INTS = 16  # score 0..100, x, y, width, height, five points x, y, padding

_first_call = threading.Lock()
_buffers = threading.local()


class UnsupportedPlatformError(ImportError):
    """There is no build of this detector for this machine."""


def is_available() -> bool:
    try:
        _function()
    except UnsupportedPlatformError:
        return False
    return True


def detect(image: Image) -> Detections:
    """Every face it takes for likelier than 0.2, from any thread.

    Faces under 10 px are not found. Raises UnsupportedPlatformError where there is no build.
    """
    function = _function()
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    if not hasattr(_buffers, "result"):
        _buffers.result = np.zeros(RESULT_BYTES, np.uint8)
    result: np.ndarray[Any, np.dtype[np.uint8]] = _buffers.result
    function(result.ctypes.data, image.ctypes.data, width, height, image.strides[0])
    count = int(result[:4].view(np.int32)[0])
    faces = result[4 : 4 + 2 * FACE_INTS * count].view(np.int16).reshape(count, FACE_INTS)
    detections = faces[:, :15].astype(np.float32)
    detections[:, 0] /= 100
    detections[:, 3:5] += detections[:, 1:3]
    return detections


@cache
def _function() -> Any:
    with _first_call:
        function = _open()
        # The first call fills the library's weights, and two at once would do it twice.
        blank = np.zeros((32, 32, 3), np.uint8)
        result = np.zeros(RESULT_BYTES, np.uint8)
        function(result.ctypes.data, blank.ctypes.data, 32, 32, 96)
        return function


def _open() -> Any:
    # Several threads a picture gain nothing where candidates run side by side.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    package = importlib.util.find_spec("yuface")
    build = BUILDS.get(sys.platform)
    if package is None or package.origin is None or build is None:
        raise UnsupportedPlatformError(
            "The face detector yuface has wheels for Python 3.11 on Linux x86-64 and Windows "
            "x86-64 only. Without it, faces are counted by RetinaFace alone."
        )
    name, symbol = build
    library = ctypes.CDLL(str(Path(package.origin).with_name(name)))
    function = library[symbol]
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 3]
    return function
