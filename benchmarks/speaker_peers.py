"""Other ways to count voices, for comparison with ours.

Run by the reference environment's Python, this is Resemblyzer itself on torch, used the way
its tutorials do: one line with a path in, one line of JSON (voices, seconds of CPU) out.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

DISTANCE = 0.25  # cosine; below it two groups of windows are one voice
FEWEST_WINDOWS = 2  # of a group that counts
MOST_VOICES = 4
CHUNK = 60 * 16_000  # samples
LOUDER_DB = 8.0  # two levels of speech that are further apart count as two voices


def count_groups(embeddings: npt.NDArray[Any], distance: float = DISTANCE) -> int:
    """Agglomerative clustering, average linkage; the number of groups of enough windows."""
    groups = [[i] for i in range(len(embeddings))]
    if not groups:
        return 0
    apart = 1 - embeddings @ embeddings.T
    while len(groups) > 1:
        pairs = [
            (float(apart[np.ix_(one, other)].mean()), i, j)
            for i, one in enumerate(groups)
            for j, other in enumerate(groups[:i])
        ]
        nearest, i, j = min(pairs)
        if nearest > distance:
            break
        groups[j] += groups.pop(i)
    return max(1, sum(len(group) >= FEWEST_WINDOWS for group in groups))


def baseline(samples: npt.NDArray[np.float32]) -> int:
    """Silero over 0.5, 3 s windows with 60 % speech, GE2E, one clustering over the whole file."""
    from proctoring.perception import voices
    from proctoring.perception.speech import FRAME, VoiceActivity

    speech = VoiceActivity().hear(samples) > 0.5
    embeddings = []
    for start in range(0, len(samples) - 48_000 + 1, 12_000):
        if speech[start // FRAME : (start + 48_000) // FRAME].mean() < 0.6:
            continue
        parts = [
            voices.window_of(samples[at : at + voices.WINDOW])
            for at in (start, start + (48_000 - voices.WINDOW) // 2, start + 48_000 - voices.WINDOW)
        ]
        mean = voices.encode(np.stack(parts)).mean(0)
        embeddings.append(mean / np.linalg.norm(mean))
    return count_groups(np.array(embeddings))


def energy(samples: npt.NDArray[np.float32]) -> int:
    """WebRTC's detector and the level alone: two when speech has two levels."""
    import webrtcvad

    detector = webrtcvad.Vad(2)
    frames = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    spoken = [
        frame
        for frame in frames
        if detector.is_speech((frame.clip(-1, 1) * 32767).astype("<i2").tobytes(), 16_000)
    ]
    if len(spoken) < 33:  # 1 s
        return 0
    levels = 10 * np.log10(np.mean(np.square(spoken), axis=1) + 1e-10)
    smooth = np.convolve(levels, np.ones(33) / 33, "valid")
    return 2 if np.ptp(smooth) > LOUDER_DB else 1


def resemblyzer(paths: Sequence[str]) -> None:
    """Plain: as its tutorials cut, 60 s at a time, by agglomerative and by spectral clustering."""
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)
    for path in paths:
        start = time.process_time()
        sound, told = preprocess_wav(path), {"agglomerative": 0, "spectral": 0}
        for at in range(0, len(sound), CHUNK):
            piece = sound[at : at + CHUNK]
            if len(piece) >= 16_000:
                partials = encoder.embed_utterance(piece, return_partials=True, rate=2)[1]
                told["agglomerative"] = max(told["agglomerative"], count_groups(partials))
                told["spectral"] = max(told["spectral"], _spectral(partials))
        print(json.dumps([told, time.process_time() - start]), flush=True)


def _spectral(embeddings: npt.NDArray[Any]) -> int:
    """As the library's own configuration of 2018 refines it, but one voice may be one."""
    from spectralcluster import SpectralClusterer, configs

    if len(embeddings) < FEWEST_WINDOWS:
        return 1
    clusterer = SpectralClusterer(
        min_clusters=1,
        max_clusters=MOST_VOICES,
        refinement_options=configs.icassp2018_refinement_options,
    )
    return len({*clusterer.predict(np.asarray(embeddings)).tolist()})


if __name__ == "__main__":
    resemblyzer(sys.argv[1:])
