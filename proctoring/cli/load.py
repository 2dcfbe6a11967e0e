"""`load`: made-up candidates in an exam of a running server, and what they cost it.

Each is a browser's worth of traffic through the server's public routes: the page over Streamlit's
socket, consent, check-in, camera and microphone by WebRTC or by snapshots, the page's own line.
What the proctors' desk shows of them is compared with what they did. See docs/capacity.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proctoring.analysers import rules_by_kind
from proctoring.cli import output
from proctoring.load.scenarios import KNOWN, BadScenario, scenario_of

COULD_NOT = 2
MOST_CANDIDATES = 200  # of one generator: each holds three sockets and a peer connection
SHORTEST_S, LONGEST_S = 5.0, 24 * 3600.0


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "load", help="made-up candidates in an exam, and what they cost", description=__doc__
    )
    parser.add_argument("--candidates", type=int, default=4, metavar="N")
    parser.add_argument("--mode", choices=("webrtc", "snapshots"), default="webrtc")
    parser.add_argument("--seconds", type=float, default=60.0, help="that all of them send")
    parser.add_argument("--scenario", default="two-faces", help=", ".join(KNOWN))
    parser.add_argument("--clip", type=Path, help="a recording of one's own in its place")
    parser.add_argument(
        "--bad", action="append", default=[], metavar="KIND:FROM-TO", help="what is in the clip, s"
    )
    parser.add_argument("--url", help="of a server; without it, one is started and put away")
    parser.add_argument(
        "--key", default="", help="an API key: role examiner, and metrics for the costs"
    )
    parser.add_argument("--link", help="the candidates' link of an exam that is there already")
    parser.add_argument("--desk", default="", help="its proctors' link, to see what is found")
    parser.add_argument("--out", type=Path, help="folder for report.json and report.html")
    parser.add_argument("--json", action="store_true", help="the report as one line on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from proctoring.load.own_server import DidNotStart
    from proctoring.load.page import PageError

    # So that a server of our own is put away.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _check(options)
        with ExitStack() as stack:
            return _go(options, stack)
    except (BadScenario, DidNotStart, PageError) as error:
        output.problem(error)
        return COULD_NOT
    except KeyboardInterrupt:
        output.problem("Ended before anybody came in.")
        return COULD_NOT
    finally:
        signal.signal(signal.SIGTERM, before)


def _check(options: argparse.Namespace) -> None:
    """Raises BadScenario for what cannot be done."""
    if not 1 <= options.candidates <= MOST_CANDIDATES:
        raise BadScenario(f"--candidates is a number from 1 to {MOST_CANDIDATES}.")
    if not SHORTEST_S <= options.seconds <= LONGEST_S:
        raise BadScenario(f"--seconds is from {SHORTEST_S:g} to {LONGEST_S:g}.")
    if options.url and not (options.key or options.link):
        raise BadScenario("--url needs --key, to make an exam there, or --link to one.")
    for name in ("url", "link", "desk"):
        given = getattr(options, name)
        if given and not given.startswith(("http://", "https://")):
            raise BadScenario(f"--{name} begins with http:// or https://: {given}")
    if unknown := [one for one in options.bad if one.partition(":")[0] not in rules_by_kind()]:
        raise BadScenario(f"There is no kind of incident {unknown[0].partition(':')[0]!r}.")


def _go(options: argparse.Namespace, stack: ExitStack) -> int:
    from proctoring.load import report
    from proctoring.load.candidate import look
    from proctoring.load.clip import encode
    from proctoring.load.run import Run

    scenario = scenario_of(options.scenario, options.clip, tuple(options.bad))
    plan = _plan(options, scenario, stack)
    asyncio.run(look(plan.link))  # before it takes anybody's time
    output.problem(f"Encoding {scenario.name} …")
    run = Run(plan)
    clip = encode(scenario, options.mode)
    is_whole = asyncio.run(_until_done(run, clip))
    told = report.values(run, {kind: r.enter_after_s for kind, r in rules_by_kind().items()})
    told["is_whole"] = is_whole
    if options.out:
        try:
            report.write(run, told, options.out)
        except OSError as error:
            output.problem(f"The report cannot be written to {options.out}: {error.strerror}")
            return COULD_NOT
    if options.json:
        print(json.dumps(told))
    else:
        print("\n".join(report.lines(told)))
    return 0


def _plan(options: argparse.Namespace, scenario: Any, stack: ExitStack) -> Any:
    from proctoring.load.meetings import made
    from proctoring.load.own_server import own_server
    from proctoring.load.run import Plan

    url, key = options.url or "", options.key
    if not url and not options.link:
        output.problem("Starting a server …")
        own = stack.enter_context(own_server())
        url, key = own.url, own.key
    link, desk = options.link, options.desk
    if not link:
        now = datetime.now(UTC)
        lasts = timedelta(seconds=options.seconds) + timedelta(hours=1)
        link, desk = made(url, key, now, now + lasts)
    return Plan(options.candidates, options.mode, options.seconds, scenario, link, desk, url, key)


async def _until_done(run: Any, clip: Any) -> bool:
    """False if Ctrl+C or SIGTERM ended it before its time; what was found is kept."""
    from proctoring.load.progress import Progress

    going = asyncio.ensure_future(run.go(clip, Progress(sys.stderr)))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows Ctrl+C raises KeyboardInterrupt
            loop.add_signal_handler(number, going.cancel)
    try:
        await going
    except asyncio.CancelledError:
        return False
    return True
