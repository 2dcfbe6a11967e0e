"""dlib's face embedding network (`face_recognition` runs it), from `face_recognition_models`.

dlib writes a network layer by layer from the input on, each as a name of its version and its
parameters. This reads that file in plain Python: no dlib and no compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from proctoring.models.exporters import workshop

WEIGHTS = Path("models", "dlib_face_recognition_resnet_model_v1.dat")
SIDE = 150  # px
MEAN_RGB = (122.782, 117.001, 104.298)  # dlib/dnn/input.h: input_rgb_image_sized
NAMES = rb"con_4|affine_|relu_|max_pool_2|avg_pool_2|add_prev_|fc_2"

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    kind: str
    parameters: Values = field(default_factory=lambda: np.empty(0, np.float32))
    outputs: int = 0  # channels or numbers
    window: tuple[int, int] = (0, 0)  # height, width; 0, 0 is the whole picture
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)


class Reader:
    """A cursor over dlib's serialization (dlib/serialize.h)."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def layers(self) -> Iterator[Layer]:
        """Every layer with a name, from the input on. Tags and skips have none: see `build`."""
        # A name is a string: the count of bytes of its length (1), the length, the text.
        name = re.compile(rb"\x01([\x04-\x0a])(" + NAMES + rb")")
        # Parameters are read past, so that nothing in them is taken for a name.
        while found := name.search(self._content, self._at):
            self._at = found.end()
            kind = found[2].decode().rstrip("_0123456789")
            match kind:
                case "con":
                    parameters = self.tensor()
                    yield Layer(kind, parameters, self.integer(), *self._geometry())
                case "affine":
                    yield Layer(kind, self.tensor())
                case "fc":
                    outputs, _inputs = self.integer(), self.integer()
                    yield Layer(kind, self.tensor(), outputs)
                case "max_pool" | "avg_pool":
                    window, stride, padding = self._geometry()
                    yield Layer(kind, window=window, stride=stride, padding=padding)
                case _:
                    yield Layer(kind)

    def integer(self) -> int:
        """A byte with the count of bytes (its top bit is the sign), then those, lowest first."""
        control = self._content[self._at]
        count = control & 0x0F
        digits = self._content[self._at + 1 : self._at + 1 + count]
        self._at += 1 + count
        return int.from_bytes(digits, "little") * (-1 if control & 0x80 else 1)

    def tensor(self) -> Values:
        """A version, four lengths, then 32-bit floats; flat, as a layer's parameters are."""
        version, *shape = (self.integer() for _ in range(5))
        if version != 2:
            raise ValueError(f"a tensor of version {version} in dlib's file, not 2")
        count = int(np.prod(shape))
        values = np.frombuffer(self._content, "<f4", count, self._at)
        self._at += values.nbytes
        return values

    def _geometry(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        numbers = [self.integer() for _ in range(6)]
        return (numbers[0], numbers[1]), (numbers[2], numbers[3]), (numbers[4], numbers[5])


def export(package: Path | None) -> bytes:
    """The ONNX file; `package` is the folder of the package where it is not installed."""
    folder = package or workshop.package_folder("face_recognition_models")
    return workshop.halve(build(list(Reader((folder / WEIGHTS).read_bytes()).layers())))


@dataclass(frozen=True, slots=True)
class Value:
    name: str
    channels: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.channels, self.height, self.width


def build(layers: list[Layer]) -> workshop.Model:
    """img (n, 3, 150, 150) RGB 0..255 -> embed (n, 128).

    Residual blocks: `entry` is what a block starts from and adds to its result. Where a block
    halves the picture, the average pool that stands just before the addition halves `entry` too.
    """
    graph = workshop.GraphBuilder()
    mean = graph.weight(np.array(MEAN_RGB, np.float32).reshape(1, 3, 1, 1))
    scaled = graph.node("Sub", "img", mean)
    scaled = graph.node("Mul", scaled, graph.weight(np.array(1 / 256, np.float32)))
    value = Value(scaled, 3, SIDE, SIDE)
    entry: Value | None = None
    for layer in layers:
        match layer.kind:
            case "con":
                value = _convolve(graph, value, layer)
            case "affine":
                value = _scale(graph, value, layer)
            case "relu":
                value = replace(value, name=graph.node("Relu", value.name))
                entry = entry or value
            case "max_pool":
                value = entry = _pool(graph, "MaxPool", value, layer)
            case "avg_pool" if layer.window == (0, 0):
                pooled = graph.node("GlobalAveragePool", value.name)
                value = Value(pooled, value.channels, 1, 1)
            case "avg_pool" if entry:
                entry = _pool(graph, "AveragePool", entry, layer)
            case "add_prev" if entry:
                value, entry = _add(graph, value, entry), None  # the next ReLU starts a block
            case "fc":
                flat = graph.node("Flatten", value.name)
                matrix = layer.parameters.reshape(value.channels, layer.outputs)
                graph.node("MatMul", flat, graph.weight(matrix), name="embed")
            case _:
                raise ValueError(f"a layer {layer.kind} in a place that this network has not")
    return graph.model("dlib_resnet", {"img": ["n", 3, SIDE, SIDE]}, {"embed": ["n", 128]})


def _convolve(graph: workshop.GraphBuilder, value: Value, layer: Layer) -> Value:
    kernels, biases = np.split(layer.parameters, [-layer.outputs])
    kernels = kernels.reshape(layer.outputs, value.channels, *layer.window)
    convolved = graph.node(
        "Conv",
        value.name,
        graph.weight(kernels),
        graph.weight(biases),
        strides=layer.stride,
        pads=layer.padding * 2,
    )
    return Value(convolved, layer.outputs, *_size_after(value, layer))


def _scale(graph: workshop.GraphBuilder, value: Value, layer: Layer) -> Value:
    """Batch normalization as it is after training: a factor and an offset for each channel."""
    factors, offsets = layer.parameters.reshape(2, 1, value.channels, 1, 1)
    scaled = graph.node("Mul", value.name, graph.weight(factors))
    return replace(value, name=graph.node("Add", scaled, graph.weight(offsets)))


def _pool(graph: workshop.GraphBuilder, operator: str, value: Value, layer: Layer) -> Value:
    pads = layer.padding * 2
    pooled = graph.node(
        operator, value.name, kernel_shape=layer.window, strides=layer.stride, pads=pads
    )
    return Value(pooled, value.channels, *_size_after(value, layer))


def _size_after(value: Value, layer: Layer) -> tuple[int, int]:
    sides = zip((value.height, value.width), layer.window, layer.stride, layer.padding, strict=True)
    height, width = (1 + (side + 2 * pad - window) // step for side, window, step, pad in sides)
    return height, width


def _add(graph: workshop.GraphBuilder, one: Value, other: Value) -> Value:
    """dlib adds tensors of unlike shape as if the smaller one went on with zeros."""
    shape = tuple(map(max, one.shape, other.shape))
    names = []
    for value in (one, other):
        name = value.name
        if value.shape != shape:
            missing = (whole - part for whole, part in zip(shape, value.shape, strict=True))
            name = graph.node("Pad", name, graph.integers(0, 0, 0, 0, 0, *missing))
        names.append(name)
    return Value(graph.node("Add", *names), *shape)


def main() -> None:
    chips = np.random.default_rng(0).uniform(0, 255, (4, 3, SIDE, SIDE)).astype(np.float32)
    workshop.run("dlib_resnet", __doc__, export, {"img": chips}, within=1e-6)


if __name__ == "__main__":
    main()
