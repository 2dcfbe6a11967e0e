"""Resemblyzer's speaker encoder (GE2E): three LSTM layers and a projection, from `pretrained.pt`.

The checkpoint is read with torch, which the reference environment has; the graph is built
by hand, so that the file depends on no version of an automatic exporter.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from proctoring.models.exporters import workshop

LAYERS = 3
HIDDEN = 256

Weights = npt.NDArray[np.float32]


def export(package: Path | None) -> bytes:
    """The ONNX file; `package` is the folder of the package where it is not installed."""
    checkpoint = (package or workshop.package_folder("resemblyzer")) / "pretrained.pt"
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["model_state"]
    return workshop.halve(build({name: tensor.numpy() for name, tensor in state.items()}))


def build(state: dict[str, Weights]) -> workshop.Model:
    """mels (n, t, 40) -> embed (n, 256) of length 1: the last frame's state, projected."""
    graph = workshop.GraphBuilder()
    frames = graph.node("Transpose", "mels", perm=[1, 0, 2])  # ONNX's LSTM takes time first
    for layer in range(LAYERS):
        of_input, of_state = (state[f"lstm.weight_{kind}_l{layer}"] for kind in ("ih", "hh"))
        biases = [workshop.lstm_gates(state[f"lstm.bias_{kind}_l{layer}"]) for kind in ("ih", "hh")]
        every, last = f"every_{layer}", f"last_{layer}"
        graph.nodes(
            "LSTM",
            frames,
            graph.weight(workshop.lstm_gates(of_input)[None]),
            graph.weight(workshop.lstm_gates(of_state)[None]),
            graph.weight(np.concatenate(biases)[None]),
            outputs=[every, last],
            hidden_size=HIDDEN,
        )
        frames = graph.node("Squeeze", every, graph.integers(1))  # one direction
    summary = graph.node("Squeeze", last, graph.integers(0))
    projected = graph.node(
        "Gemm",
        summary,
        graph.weight(state["linear.weight"]),
        graph.weight(state["linear.bias"]),
        transB=1,
    )
    graph.node("LpNormalization", graph.node("Relu", projected), name="embed", axis=1, p=2)
    return graph.model("ge2e", {"mels": ["n", "t", 40]}, {"embed": ["n", HIDDEN]})


def main() -> None:
    mels = np.random.default_rng(0).gamma(0.1, 0.1, (4, 160, 40)).astype(np.float32)
    workshop.run("ge2e", __doc__, export, {"mels": mels}, within=1e-6)


if __name__ == "__main__":
    main()
