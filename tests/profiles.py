"""What an exam may have learned of somebody."""

from __future__ import annotations

from typing import Any

import numpy as np

from proctoring.exam import FaceProfile

RNG = np.random.default_rng(4)


def person(seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Numbers as an embedding has them: (256,)."""
    numbers = np.random.default_rng(seed).normal(0, 1, 256).astype(np.float32)
    return np.concatenate([numbers[:128] / np.linalg.norm(numbers[:128]), numbers[128:] / 8])


def pictures(count: int, seed: int = 0, apart: float = 0.02) -> FaceProfile:
    """Of one person."""
    noise = RNG.normal(0, apart, (count, 256)).astype(np.float32)
    return FaceProfile(person(seed) + noise, 0.5)
