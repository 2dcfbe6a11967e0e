"""The model files that come with the product: where they are, whether they are whole, loading them.

`proctoring/models/models.toml` says what each file is and where it comes from;
`docs/models.md` tells the reasons.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType

import onnxruntime

FOLDER = Path(__file__).resolve().parent.parent / "models"

_loading = Lock()


class ModelError(RuntimeError):
    """A model cannot be used; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    name: str
    path: Path
    sha256: str  # hex
    size: int  # bytes
    licence: str  # SPDX identifier of the weights
    copyright: str
    licence_texts: tuple[Path, ...]
    source: str  # "resemblyzer 0.1.4 (PyPI)"
    about: str
    inputs: tuple[str, ...]  # "name: type (shape): meaning"
    outputs: tuple[str, ...]
    exporter: str  # a module of proctoring.models.exporters


def read_catalogue(folder: Path = FOLDER) -> Mapping[str, ModelFile]:
    """The models that the folder's `models.toml` names, be their files there or not."""
    entries = tomllib.loads((folder / "models.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: ModelFile(
                name=name,
                path=folder / entry["file"],
                sha256=entry["sha256"],
                size=entry["size"],
                licence=entry["licence"],
                copyright=entry["copyright"],
                licence_texts=tuple(folder / "LICENSES" / f for f in entry["licence_files"]),
                source=entry["source"],
                about=entry["about"],
                inputs=tuple(entry["inputs"]),
                outputs=tuple(entry["outputs"]),
                exporter=entry["exporter"],
            )
            for name, entry in entries.items()
        }
    )


MODELS = read_catalogue()


def load(name: str) -> onnxruntime.InferenceSession:
    """The one session of a model in this process. Its `run` may be called from any thread.

    Raises ModelError where the file is missing or damaged, and KeyError for an unknown name.
    """
    with _loading:  # two candidates who start together must not load it twice
        return _open(MODELS[name])


def verify() -> list[tuple[ModelFile, str | None]]:
    """Every model with what is wrong with it, or None; reads each file once."""
    return [(model, problem(model)) for model in MODELS.values()]


def problem(model: ModelFile) -> str | None:
    """What is wrong with the file and how to mend it, or None where it is whole."""
    mend = (
        f"put it back with `git checkout -- proctoring/models/{model.path.name}`, "
        "or install the product anew"
    )
    try:
        content = model.path.read_bytes()
    except OSError:
        return f"The model {model.name} cannot be read at {model.path}: {mend}."
    if hashlib.sha256(content).hexdigest() != model.sha256:
        return f"The model {model.name} is damaged ({len(content)} of {model.size} bytes): {mend}."
    return None


def open_session(model: str | bytes) -> onnxruntime.InferenceSession:
    """A session of the ONNX file at a path, or of its content."""
    options = onnxruntime.SessionOptions()
    # One thread each: candidates are what runs side by side, and two threads on one
    # small picture gain nothing (YOLOX 15.6 ms of CPU with one, 18.9 with two).
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; the warnings are about optimisations
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def _open(model: ModelFile) -> onnxruntime.InferenceSession:
    if sentence := problem(model):
        raise ModelError(sentence)
    return open_session(str(model.path))
