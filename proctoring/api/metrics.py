"""How the server is doing, as Prometheus reads it (text format 0.0.4), for keys with that role.

A dozen numbers written by hand; a library for it would bring a registry that nothing here needs.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import threading
import time
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proctoring import __version__
from proctoring.api import guard
from proctoring.api.counts import counts
from proctoring.api.loop_lag import LoopLag
from proctoring.api.usage import used_by, used_by_all
from proctoring.api.v1.door import caller
from proctoring.api.v1.problems import Problem, response, wait
from proctoring.integration.keys import KeyRole
from proctoring.services import Services
from proctoring.store import StoreError

MEDIA_TYPE = "text/plain; version=0.0.4"
_BEGAN = time.time()


def routes(services: Services) -> list[BaseRoute]:
    lag = LoopLag()

    async def metrics(request: Request) -> Response:
        token, address = guard.pass_of(request), guard.address_of(request, services)
        try:
            await asyncio.to_thread(caller, services, KeyRole.METRICS, token, address, {})
            lag.begin()
            text = await asyncio.to_thread(lambda: "\n".join([*_lines(services), *lag.lines(), ""]))
        except Problem as problem:
            return response(problem)
        except StoreError as error:
            return response(wait(5, f"The records cannot be used now. {error}", 503))
        return Response(text, headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)

    return [Route("/metrics", metrics)]


def _lines(services: Services) -> Iterator[str]:
    seated = services.seated()
    seats = [services.seat(one) for ids in seated.values() for one in ids]
    statuses = [seat.session.status for seat in seats if seat]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    own, workers = used_by("self"), services.workers
    resident, theirs = own.memory if own else -1, used_by_all(workers)
    yield f'# TYPE openproctor_info gauge\nopenproctor_info{{version="{__version__}"}} 1'
    for name, kind, about, value in (
        ("candidates", "gauge", "from whom something comes in", len(statuses)),
        ("meetings", "gauge", "that they sit in", len(seated)),
        ("samples_dropped", "gauge", "of them, unanalysed", sum(s.dropped for s in statuses)),
        ("analysers_broken", "gauge", "of them", sum(len(s.broken) for s in statuses)),
        ("degradation_rung", "gauge", "0: all is looked at; see the docs", services.ladder.rung),
        ("records_waiting", "gauge", "that are still to be saved", services.writer.waiting),
        ("records_failed", "gauge", "that the store refuses", len(services.writer.failed)),
        ("records_problem", "gauge", "1: records cannot be saved", bool(services.problem)),
        ("upkeep_failures", "gauge", "of the hourly round", len(services.upkeep.failures)),
        ("webhooks_waiting", "gauge", "still to be sent", services.integration.hooks.waiting),
        ("threads", "gauge", "of the process", threading.active_count()),
        ("cpu_seconds_total", "counter", "of the process", usage.ru_utime + usage.ru_stime),
        ("memory_bytes", "gauge", "resident now; -1 where it cannot be told", resident),
        ("memory_peak_bytes", "gauge", "resident", _bytes(usage.ru_maxrss)),
        ("workers", "gauge", "processes of the engine on this machine", len(workers)),
        ("workers_cpu_seconds_total", "counter", "of those that are there", theirs.cpu_s),
        ("workers_memory_bytes", "gauge", "of them, resident now", theirs.memory),
        ("uptime_seconds", "gauge", "since its start", time.time() - _BEGAN),
    ):
        full = f"openproctor_{name}"
        yield f"# HELP {full} {about}\n# TYPE {full} {kind}\n{full} {float(value):.12g}"
    yield from counts.lines()


def _bytes(maxrss: int) -> int:
    """Of kilobytes on Linux, of bytes on macOS."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024
