"""Candidates watched by Ray's actors: the same comes of it, and they may be killed."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator

import pytest
from test_engines import feed, occurrences, outcomes, session_of, told
from waiting import wait_until

from proctoring.live.engines import HERE
from proctoring.live.engines.chosen import engine_of
from proctoring.live.engines.cluster import MISSING, Cluster
from proctoring.pipeline import Record
from proctoring.types import Occurrence

has_ray = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not has_ray, reason="Ray is not installed: requirements-ray.txt")


@pytest.mark.skipif(has_ray, reason="Ray is installed")
def test_without_ray_it_is_said_what_to_install() -> None:
    with pytest.raises(RuntimeError, match=MISSING):
        engine_of("ray", 1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    engine = Cluster(1)
    yield engine
    engine.close()


@needs_ray
def test_the_same_comes_of_it_on_a_cluster(cluster: Cluster) -> None:
    assert told(outcomes(HERE)) == told(outcomes(cluster))


@needs_ray
def test_an_actor_that_is_killed_is_begun_anew_and_what_was_open_is_closed(
    cluster: Cluster,
) -> None:
    saved = list[Record]()
    session = session_of(cluster, saved)
    show = feed(session, "in_three.jpg")

    def seen() -> list[Occurrence]:
        show()
        return occurrences(saved, "multiple_faces")

    wait_until(seen)
    os.kill(cluster.actor_pids()[0], signal.SIGKILL)
    wait_until(lambda: len(seen()) == 2)
    first, second = occurrences(saved, "multiple_faces")
    assert first.closed_at == first.last_seen_at
    assert second.opened_at > first.last_seen_at
    session.close()
