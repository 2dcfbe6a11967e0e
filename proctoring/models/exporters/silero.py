"""Silero's voice activity detector for many frames at a time, from the wheel `silero-vad`.

The file inside the wheel hears one frame of 32 ms a call, and most of such a call is overhead. The
graph of the same weights is built here by hand: what it does to each frame alone becomes one
matrix product over all frames, and its LSTM goes through them in one run. The wheel is fetched
with pip and only unpacked: installing it would bring torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from proctoring.models.exporters import workshop

VERSION = "6.2.3"
MEMBER = "silero_vad/data/silero_vad.onnx"
HEARD = 576  # samples of a frame with its context
HOP = 128  # samples; a window of the spectrum is two of them
BINS, SIZE = 129, 128

Weights = npt.NDArray[np.float32]


def export(wheel: Path | None) -> bytes:
    """The ONNX file; the wheel is fetched where none is given."""
    content = workshop.wheel_member(f"silero-vad=={VERSION}", MEMBER, wheel)
    return bytes(
        Network(_weights(onnx.load_model_from_string(content))).build().SerializeToString()
    )


def _weights(model: onnx.ModelProto) -> dict[str, Weights]:
    """Those of the branch for 16 kHz, by the names that they had in torch."""
    (choice,) = (node for node in model.graph.node if node.op_type == "If")
    (branch,) = (a.g for a in choice.attribute if a.name == "then_branch")
    return {
        node.output[0].rsplit("__", 1)[-1]: numpy_helper.to_array(node.attribute[0].t)
        for node in branch.node
        if node.op_type == "Constant"
    }


class Network:
    """The graph of these weights; widths are the four windows of a frame, then two, then one."""

    def __init__(self, weights: dict[str, Weights]) -> None:
        self._weights = weights
        self._graph = workshop.GraphBuilder()
        self._linears: dict[tuple[int, ...], tuple[str, str]] = {}  # layer, taps: what it weighs

    def build(self) -> workshop.Model:
        """frames (t, 576), state (2, 1, 128) -> speech (t,), next_state (2, 1, 128)."""
        node = self._graph.node
        windows = self._windows("frames")
        columns = [self._layer(0, taps) for taps in _neighbours(self._spectra(windows), step=1)]
        columns = [self._layer(1, taps) for taps in _neighbours(columns, step=2)]
        columns = [self._layer(2, taps) for taps in _neighbours(columns, step=2)]
        (column,) = (self._layer(3, taps) for taps in _neighbours(columns, step=1))
        heard, state = self._remember(node("Unsqueeze", column, self._graph.integers(1)))
        weight = self._graph.weight(self._weights["decoder.decoder.2.weight"].reshape(SIZE, 1))
        bias = self._graph.weight(self._weights["decoder.decoder.2.bias"].reshape(1))
        level = node("Gemm", node("Relu", heard), weight, bias)
        level = node("Squeeze", level, self._graph.integers(1))
        node("Sigmoid", level, name="speech")
        node("Identity", state, name="next_state")
        return self._graph.model(
            "silero_vad",
            {"frames": ["t", HEARD], "state": [2, 1, SIZE]},
            {"speech": ["t"], "next_state": [2, 1, SIZE]},
        )

    def _windows(self, frames: str) -> list[str]:
        """Four of (t, 256); the last one ends in 64 samples mirrored."""
        graph = self._graph
        mirrored = graph.node("Pad", frames, graph.integers(0, 0, 0, HOP // 2), mode="reflect")
        return [self._cut(mirrored, start, start + 2 * HOP) for start in range(0, 4 * HOP, HOP)]

    def _spectra(self, windows: list[str]) -> list[str]:
        """The magnitudes (t, 129) of each window."""
        node = self._graph.node
        basis = self._weights["stft.forward_basis_buffer"][:, 0].T  # (256, 258)
        weight = self._graph.weight(basis)
        made = []
        for window in windows:
            both = node("MatMul", window, weight)
            squares = node("Mul", both, both)
            real, imaginary = self._cut(squares, 0, BINS), self._cut(squares, BINS, 2 * BINS)
            made.append(node("Sqrt", node("Add", real, imaginary)))
        return made

    def _layer(self, number: int, taps: dict[int, str]) -> str:
        """One column of a convolution over three; a neighbour that is missing is zero."""
        if (number, *taps) not in self._linears:
            name = f"encoder.{number}.reparam_conv"
            kernel = self._weights[f"{name}.weight"]  # (out, in, 3)
            weight = np.concatenate([kernel[:, :, tap].T for tap in taps])
            bias = self._graph.weight(self._weights[f"{name}.bias"])
            self._linears[number, *taps] = (self._graph.weight(weight), bias)
        heard = list(taps.values())
        joined = heard[0] if len(heard) == 1 else self._graph.node("Concat", *heard, axis=1)
        return self._graph.node(
            "Relu", self._graph.node("Gemm", joined, *self._linears[number, *taps])
        )

    def _remember(self, column: str) -> tuple[str, str]:
        """(t, 128) of the LSTM over all frames, and the state after the last."""
        graph, weights = self._graph, self._weights
        gates = [
            workshop.lstm_gates(weights[f"decoder.rnn.{kind}"])
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        into, again = (graph.weight(gate[None]) for gate in gates[:2])
        bias = graph.weight(np.concatenate(gates[2:])[None])
        hidden, cell = (graph.node("Slice", "state", *self._bounds(i, i + 1, 0)) for i in (0, 1))
        graph.nodes(
            "LSTM",
            *(column, into, again, bias, "", hidden, cell),
            outputs=["heard", "last_hidden", "last_cell"],
            hidden_size=SIZE,
        )
        heard = graph.node("Squeeze", "heard", graph.integers(1, 2))
        return heard, graph.node("Concat", "last_hidden", "last_cell", axis=0)

    def _cut(self, value: str, start: int, end: int) -> str:
        return self._graph.node("Slice", value, *self._bounds(start, end, 1))

    def _bounds(self, start: int, end: int, axis: int) -> tuple[str, str, str]:
        first, last, along = (self._graph.integers(number) for number in (start, end, axis))
        return first, last, along


def _neighbours(columns: list[str], step: int) -> list[dict[int, str]]:
    """For each column that is made: which of its three taps (0, 1, 2) hear which column."""
    return [
        {tap: columns[at + tap - 1] for tap in range(3) if 0 <= at + tap - 1 < len(columns)}
        for at in range(0, len(columns), step)
    ]


def main() -> None:
    frames = np.random.default_rng(0).standard_normal((40, HEARD)).astype(np.float32) * 0.05
    feeds: workshop.Feeds = {"frames": frames, "state": np.zeros((2, 1, SIZE), np.float32)}
    workshop.run("silero_vad", __doc__, export, feeds, within=1e-5)


if __name__ == "__main__":
    main()
