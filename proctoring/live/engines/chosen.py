"""The engine that the operator chose."""

from __future__ import annotations

from proctoring.live.engines import HERE, Engine
from proctoring.live.engines.cluster import Cluster
from proctoring.live.engines.processes import Processes


def engine_of(name: str, workers: int) -> Engine:
    """`name` is one of `settings.ENGINES`. Raises RuntimeError if it can't be had here."""
    match name:
        case "process":
            return Processes(workers)
        case "ray":
            return Cluster(workers)
    return HERE
