"""Watches on a Ray cluster: an actor for each core, each with many candidates.

An extra: Ray is installed by whoever wants it (docs/capacity.md). An actor that crashes is started
anew by Ray, knowing nothing; who was watched there is told by `Lost`.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from proctoring.live.engines.asking import Answer, Ask, Elsewhere
from proctoring.live.engines.worker import Watches
from proctoring.live.watch import Lost, Watching, Work

_log = logging.getLogger(__name__)

STUCK_S = 60.0  # an actor that doesn't answer for so long is begun anew
MISSING = "The engine is ray, which is not installed: pip install -r requirements-ray.txt"
NAMESPACE = "openproctor"


class Cluster:
    """An `Engine`. Safe to call from any thread."""

    def __init__(self, count: int = 0) -> None:
        """`count`: of actors; 0 is one for each core of the cluster. Raises RuntimeError."""
        self._ray = _connected()
        self._lock = threading.Lock()
        count = count or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        run = secrets.token_hex(4)  # another server may share the cluster
        self._actors = [Actor(self._ray, f"{run}-{i}") for i in range(count)]

    def watch(self, work: Work) -> Watching:
        """By the actor with the fewest. Raises RuntimeError if it can't be begun."""
        while True:
            with self._lock:
                actor = min(self._actors, key=lambda one: len(one.keys))
            with suppress(Lost):  # it may just have died; Ray holds the next call until it is back
                return Elsewhere(actor, work)

    def pids(self) -> Sequence[int]:
        return ()  # Ray tells of its actors itself, wherever they are

    def actor_pids(self) -> list[int]:
        """On whatever machine each is."""
        return [actor.pid for actor in self._actors]

    def close(self) -> None:
        for actor in self._actors:
            actor.close()
        self._ray.shutdown()


class Actor:
    """A `Place`."""

    def __init__(self, ray: Any, name: str) -> None:
        self._ray = ray
        self.keys: set[int] = set()
        options = {"name": f"watch-{name}", "max_restarts": -1, "num_cpus": 1}
        self._handle = ray.remote(Watches).options(**options).remote()

    @property
    def pid(self) -> int:
        return int(self._ray.get(self._handle.pid.remote()))

    def add(self, key: int) -> None:
        self.keys.add(key)

    def remove(self, key: int) -> None:
        self.keys.discard(key)

    def ask(self, key: int, what: Ask) -> Answer:
        errors = self._ray.exceptions
        try:
            answer: Answer = self._ray.get(self._handle.answer.remote(key, what), timeout=STUCK_S)
        except errors.GetTimeoutError:
            _log.error("An actor has not answered for %.0f s and is begun anew", STUCK_S)
            self._ray.kill(self._handle, no_restart=False)
            raise Lost from None
        except errors.RayActorError:
            raise Lost from None
        return answer

    def close(self) -> None:
        self._ray.kill(self._handle)


def _connected() -> Any:
    """The module, joined to the cluster of RAY_ADDRESS or to one of its own on this machine."""
    # Nothing is told to anybody, and nobody without the token is listened to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    if "RAY_ADDRESS" not in os.environ:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        ray = import_module("ray")
    except ImportError:
        raise RuntimeError(MISSING) from None
    own: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    ray.init(
        namespace=NAMESPACE,
        configure_logging=False,
        **({} if "RAY_ADDRESS" in os.environ else own),
    )
    return ray
