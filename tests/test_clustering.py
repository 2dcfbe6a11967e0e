"""Voices in the plane of their numbers: made-up embeddings whose truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from proctoring.perception.clustering import MOST_VOICES, cluster
from proctoring.perception.listening import STEP_S

Floats = npt.NDArray[np.float32]


def people(count: int, alike: float) -> Floats:
    """(count, 256) of length 1, all components >= 0, each pair with this cosine."""
    shared, own = np.sqrt(alike), np.sqrt(1 - alike)
    directions = np.zeros((count, 256), np.float32)
    directions[:, :128] = shared / np.sqrt(128)
    for i in range(count):
        directions[i, 128 + 16 * i : 144 + 16 * i] = own / 4
    return directions


def windows(directions: Floats, order: list[int], each: int, noise: float = 0.04) -> Floats:
    """`each` windows of one, then of the next; each a little off its person's direction."""
    random = np.random.default_rng(5)
    spoken = np.repeat(directions[order], each, axis=0)
    heard = np.abs(spoken + noise * random.standard_normal(spoken.shape))
    return (heard / np.linalg.norm(heard, axis=1, keepdims=True)).astype(np.float32)


def times(embeddings: Floats) -> list[float]:
    return [i * STEP_S for i in range(len(embeddings))]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_people_who_differ_are_counted(count: int) -> None:
    order = [0, 0, *range(1, count), 0, *range(1, count)]
    embeddings = windows(people(count, 0.3), order, 8)
    clusters = cluster(embeddings, times(embeddings))
    assert len(clusters.voices) == count
    assert clusters.labels[0] == 0


def test_labels_follow_the_people() -> None:
    embeddings = windows(people(3, 0.3), [0, 0, 1, 0, 2], 10)
    labels = cluster(embeddings, times(embeddings)).labels
    assert [set(labels[start + 2 : start + 8]) for start in (0, 10, 30)] == [{0}] * 3
    assert len({int(labels[25]), int(labels[45]), 0}) == 3


def test_a_third_person_is_not_hidden_by_a_centre_that_two_share() -> None:
    """The mean of two similar strangers would be near enough to both."""
    first, second, third = people(3, 0.3)
    third = 0.1 * second + third
    together = np.stack([first, second, third / np.linalg.norm(third)])
    embeddings = windows(together, [0, 0, 0, 0, 1, 2], 8)
    assert len(cluster(embeddings, times(embeddings)).voices) == 3


def test_two_at_once_are_not_a_third() -> None:
    first, second = people(2, 0.3)
    both = (first + second) / np.linalg.norm(first + second)
    embeddings = windows(np.stack([first, second, both]), [0, 0, 1, 0, 2, 1, 0], 8)
    assert len(cluster(embeddings, times(embeddings)).voices) == 2


def test_a_run_with_a_long_pause_is_no_evidence() -> None:
    embeddings = windows(people(2, 0.3), [0, 0, 1], 4)
    spread = [*times(embeddings)[:8], *(100.0 * i for i in range(1, 5))]
    assert len(cluster(embeddings, spread).voices) == 1


def test_never_more_than_the_most() -> None:
    embeddings = windows(people(6, 0.2), [0, 0, 1, 2, 3, 4, 5], 8)
    assert len(cluster(embeddings, times(embeddings)).voices) <= MOST_VOICES
