"""Networks in whole numbers of eight bits where it costs nothing that can be heard.

ONNX Runtime's quantiser, on a graph that ONNX Runtime has simplified before. Weights keep to seven
bits of the eight, so that processors without VNNI do not overflow and give the same answers.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from proctoring.models.exporters import workshop

HALVED_FROM = 5_000  # numbers; scales stay as they are, or the quantised operators are not found

Feed = dict[str, npt.NDArray[np.float32]]


class _Feeds(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    def __init__(self, feeds: Iterator[Feed]) -> None:
        self._feeds = feeds

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def recurrent(content: bytes) -> bytes:
    """With the weights of its LSTMs in eight bits; what comes in is measured at each run."""
    with tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "made.onnx"
        onnx.save(_simplified(content, Path(folder)), plain)
        quantize_dynamic(
            plain,
            made,
            op_types_to_quantize=["LSTM"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
        return made.read_bytes()


def convolutions(
    content: bytes, feeds: Iterator[Feed], stays: Callable[[int, tuple[int, ...]], bool]
) -> bytes:
    """With its convolutions in eight bits, but those that stay, by number and weight's shape.

    How large the numbers in between get is measured on `feeds`.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "made.onnx"
        model = _simplified(content, Path(folder))
        onnx.save(model, plain)
        quantize_static(
            plain,
            made,
            _Feeds(feeds),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=list(_staying(model, stays)),
        )
        return workshop.halve(onnx.load(made), at_least=HALVED_FROM)


def _simplified(content: bytes, folder: Path) -> workshop.Model:
    """Casts folded, normalisation drawn into the convolutions, every node with a name."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser advises what was just done
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "simplified.onnx")
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    model = onnx.load(folder / "simplified.onnx")
    for number, node in enumerate(model.graph.node):
        node.name = f"node_{number}"
    return model


def _staying(model: workshop.Model, stays: Callable[[int, tuple[int, ...]], bool]) -> Iterator[str]:
    shapes: Mapping[str, tuple[int, ...]] = {w.name: tuple(w.dims) for w in model.graph.initializer}
    convolutions = (node for node in model.graph.node if node.op_type == "Conv")
    for number, node in enumerate(convolutions):
        if stays(number, shapes.get(node.input[1], ())):
            yield node.name
