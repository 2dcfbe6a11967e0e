"""What processes take, as the system tells it."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest
from waiting import wait_until

from proctoring.api.usage import used_by, used_by_all


@pytest.fixture
def busy():
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield child
    child.kill()
    child.wait()


def test_it_is_what_the_system_says(busy):
    wait_until(lambda: used_by(busy.pid).cpu_s > 0.2)
    told = psutil.Process(busy.pid)
    found = used_by(busy.pid)
    assert found.cpu_s == pytest.approx(sum(told.cpu_times()[:2]), abs=0.5)
    assert found.memory == pytest.approx(told.memory_info().rss, rel=0.2)


def test_all_together_are_those_that_are_there(busy):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert used_by(gone.pid) is None
    both = used_by_all([busy.pid, gone.pid, os.getpid()])
    assert both.memory >= used_by("self").memory
    assert used_by_all([]).memory == 0
