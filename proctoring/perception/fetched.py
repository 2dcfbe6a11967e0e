"""Models that do not come with the product: which there are, where they lie, loading them.

Nobody needs them. `python -m proctoring fetch-models` puts them into the data folder; an
analyser asks for one, gets None where it is absent, and measures without it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import onnxruntime

from proctoring.perception.models import open_session

logger = logging.getLogger(__name__)

DATA_DIR = "OPENPROCTOR_DATA_DIR"  # as in proctoring.settings: what is fetched lies beside the data
FOLDER = "models"


class FetchedError(RuntimeError):
    """A file is not one of those that are known; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Known:
    """One file that is known to be the model. Several may be: exports differ, weights do not."""

    file: str  # its name where it is offered
    sha256: str  # hex
    size: int | None = None  # bytes; None where only the hash is known
    address: str = ""  # where its project offers it; empty: only from a mirror or a folder
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Fetchable:
    name: str
    about: str
    project: str  # who trained it
    licence: str  # SPDX identifier of the weights
    known: tuple[Known, ...]


# What is offered by an address was not run here: no figure in our tables comes from it. Its
# hashes are those that other projects have written down for the same address.
MINIFASNET = "https://github.com/minivision-ai/Silent-Face-Anti-Spoofing"
EXPORTS = "https://github.com/yakhyo/face-anti-spoofing/releases/download/weights/"
YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX"
FETCHABLE = {
    model.name: model
    for model in (
        Fetchable(
            name="minifasnet_v2",
            about="a live face, or one on paper or a screen; looks at 2.7 faces' width around it",
            project=MINIFASNET,
            licence="Apache-2.0",
            known=(
                Known(
                    "MiniFASNetV2.onnx",
                    "b32929adc2d9c34b9486f8c4c7bc97c1b69bc0ea9befefc380e4faae4e463907",
                    address=EXPORTS + "MiniFASNetV2.onnx",
                    made_by="exported by yakhyo/face-anti-spoofing",
                ),
                Known(
                    "minifas_v2_2.7.onnx",
                    "4aea887b2e9e368175a97dbe6a79b9bbafed22deada7e0068546adbd131acacd",
                    1_737_888,
                    made_by="exported from the project's 2.7_80x80_MiniFASNetV2.pth",
                ),
            ),
        ),
        Fetchable(
            name="minifasnet_v1se",
            about="the same question; looks at four faces' width",
            project=MINIFASNET,
            licence="Apache-2.0",
            known=(
                Known(
                    "MiniFASNetV1SE.onnx",
                    "ebab7f90c7833fbccd46d3a555410e78d969db5438e169b6524be444862b3676",
                    address=EXPORTS + "MiniFASNetV1SE.onnx",
                    made_by="exported by yakhyo/face-anti-spoofing",
                ),
                Known(
                    "minifas_v1se_4.0.onnx",
                    "70c6ce63eb4326b2c63e044a4df8572964286d4a5de617444cbcbca062808418",
                    1_735_113,
                    made_by="exported from the project's 4_0_0_80x80_MiniFASNetV1SE.pth",
                ),
            ),
        ),
        Fetchable(
            name="yolox_nano",
            about="80 kinds of objects, finer than the detector that comes with the product",
            project=YOLOX,
            licence="Apache-2.0",
            known=(
                Known(
                    "yolox_nano.onnx",
                    "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
                    3_659_407,
                    address=YOLOX + "/releases/download/0.1.1rc0/yolox_nano.onnx",
                    made_by="the project's own release",
                ),
                Known(
                    "yolox_nano.onnx",
                    "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",
                    3_678_356,
                    made_by="another export of the same network",
                ),
            ),
        ),
    )
}


def folder() -> Path:
    """Where fetched models lie: beside the database."""
    return Path(os.environ.get(DATA_DIR) or "data") / FOLDER


def place(name: str, within: Path | None = None) -> Path:
    return (within or folder()) / f"{name}.onnx"


def identify(model: Fetchable, content: bytes) -> Known:
    """Which of the known files it is. Raises FetchedError for any other."""
    digest = hashlib.sha256(content).hexdigest()
    for known in model.known:
        if known.sha256 == digest:
            return known
    expected = " or ".join(f"{known.sha256[:16]}…" for known in model.known)
    raise FetchedError(
        f"This is not {model.name}: {len(content)} bytes with the SHA-256 {digest[:16]}…, and"
        f" {expected} is known. Nothing was put in place."
    )


def install(name: str, content: bytes, within: Path | None = None) -> Known:
    """Puts a file in place, whole or not at all. Raises FetchedError for a wrong one."""
    known = identify(FETCHABLE[name], content)
    target = place(name, within)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=f".{name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return known


def problem(name: str, within: Path | None = None) -> str | None:
    """What is wrong with a model's file, "absent" where there is none, None where it is whole."""
    try:
        content = place(name, within).read_bytes()
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        return f"{place(name, within)} cannot be read: {error.strerror}"
    try:
        identify(FETCHABLE[name], content)
    except FetchedError:
        return f"damaged: fetch it anew with `python -m proctoring fetch-models {name}`"
    return None


def load(name: str) -> onnxruntime.InferenceSession | None:
    """The one session of a model in this process; None where it is absent or not whole.

    Raises KeyError for a name that is not known. A file that came later is found by the next
    process.
    """
    return _open(name, folder())


@cache
def _open(name: str, within: Path) -> onnxruntime.InferenceSession | None:
    sentence = problem(name, within)
    if sentence is None:
        return open_session(str(place(name, within)))
    if sentence != "absent":
        logger.warning("The fetched model %s is left out: %s", name, sentence)
    return None
