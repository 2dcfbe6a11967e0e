"""For what comes about soon, and on a busy machine later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

WITHIN_S = 60.0


def wait_until(is_so: Callable[[], T]) -> T:
    """What it gives, once that is something; fails the test if it isn't within a minute."""
    deadline = time.monotonic() + WITHIN_S
    while not (found := is_so()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited for {WITHIN_S:.0f} s")
        time.sleep(0.02)
    return found
