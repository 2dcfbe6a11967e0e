"""The product's models answer as the packages do that they were exported from.

Run in the reference environment: `make reference`. Elsewhere the module is skipped.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.material import DATA, needs_data

pytest.importorskip("resemblyzer", reason="needs the packages themselves: make reference")
pytest.importorskip("mediapipe", reason="needs the packages themselves: make reference")

from tests.reference.pairs import (
    FACES,
    LANDMARKS,
    REFINED,
    SPEAKERS,
    Pair,
    Values,
    shares_of_eye_distance,
)

pytestmark = [pytest.mark.reference, needs_data]


def differences(pair: Pair) -> list[float]:
    samples = pair.samples(DATA)
    assert len(samples) >= 10
    return [pair.difference(pair.theirs(sample), pair.ours(sample)) for sample in samples]


def test_a_voice_has_resemblyzers_embedding() -> None:
    """Of length 1 both; half-precision weights are the difference."""
    assert max(differences(SPEAKERS)) < 1e-3


def test_an_aligned_face_has_face_recognitions_embedding() -> None:
    """People are told apart at 0.6; half-precision weights are the difference."""
    assert max(differences(FACES)) < 2e-3


@cache
def mesh_differences() -> list[Values]:
    """For each picture (478,), in % of the distance between the pupils."""
    faces = LANDMARKS.samples(DATA)
    assert len(faces) >= 10
    return [shares_of_eye_distance(LANDMARKS.theirs(face), LANDMARKS.ours(face)) for face in faces]


def test_a_mesh_has_mediapipes_points() -> None:
    assert max(np.delete(apart, REFINED).max() for apart in mesh_differences()) < 0.5


def test_a_mesh_has_nearly_mediapipes_finer_points_of_eyes_and_lips() -> None:
    """The npm package's graph gives these, the lips above all, a little too high."""
    refined = [apart[REFINED] for apart in mesh_differences()]
    assert np.median([points.mean() for points in refined]) < 2
    assert max(points.max() for points in refined) < 10
