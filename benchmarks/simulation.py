"""From one candidate to thousands: how many servers, how late, and what a server's death does.

    .venv/bin/python -m benchmarks.simulation [--capacity FILE] [--candidates 1,40,400,4000]

Measured: what a candidate costs (FILE is what `python -m proctoring capacity --json` prints;
without one, the figures of docs/measurements.md), and how that is spread over samples (the real
pipeline on the demo's recording, now). From the product's own code: who is let in, what gives way,
when less is looked at, how a page comes back. Simulated (SimPy): the exam's start, the proxy, the
queues for the cores, the death. Not there at all: networks, stores, and the drawing of pages.

A server is one process with as many cores as were measured. New candidates are placed by lot, as
docs/nginx.conf does, or where the fewest are. Whoever has begun stays there, and goes on at another
if it dies. By lot there are as many servers as it takes for one in a hundred to wait at the start;
else as many as carry them all. Everybody comes within five minutes and nobody leaves, so that
whoever finds no room waits until somebody finishes. The fullest server dies.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from benchmarks.simulated_exam import Exam, Plan, Told, servers_for
from benchmarks.simulated_work import DOCUMENTED, Load, Shape, measured_shape
from proctoring.capacity.admission import Limit, room_of
from proctoring.capacity.figures import LOAD, Capacity, Mode, from_json

START = (
    "| candidates | placed | servers, cores | used: mean, fullest | wait at the start"
    " | event → desk p50, p95, p99 |"
)
DEATH = (
    "| candidates | placed | moved | away: median, latest | asked of the fullest then"
    " | pictures given way | event → desk p50, p95, p99 | looks less | lost |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--capacity", type=Path, help="what `capacity --json` printed")
    parser.add_argument("--candidates", type=numbers, default=[1, 40, 400, 4000])
    parser.add_argument(
        "--cores", type=int, help="of a server; its efficiency is not measured then"
    )
    parser.add_argument("--even", action="store_true", help="every sample costs the mean")
    parser.add_argument(
        "--vanishes", action="store_true", help="the machine, not the process alone"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("proctoring.live.ladder").setLevel(logging.ERROR)
    capacity = read(options.capacity) if options.capacity else DOCUMENTED
    if options.cores:
        capacity = replace(capacity, cores=options.cores)
    load = Load(capacity, Shape() if options.even else measured_shape())
    room = room_of(Limit("auto"), capacity)
    print_basis(load, options)
    ways = [(number, by_lot) for number in options.candidates for by_lot in (True, False)]
    told = []
    for number, by_lot in tqdm(ways, file=sys.stderr):
        servers = servers_for(number, room, by_lot=by_lot, seed=options.seed)
        plan = Plan(number, servers, by_lot, vanishes=options.vanishes)
        told.append(Exam(plan, load, options.seed).run())
    print_tables(told, capacity)


def numbers(text: str) -> list[int]:
    """Raises ValueError."""
    return [int(one) for one in text.split(",")]


def read(path: Path) -> Capacity:
    found = from_json(json.loads(path.read_text(encoding="utf-8")))
    if found is None:
        raise SystemExit(f"{path} is not what `python -m proctoring capacity --json` prints.")
    return found


def print_basis(load: Load, options: argparse.Namespace) -> None:
    capacity, shape = load.capacity, load.shape
    costs, others = capacity.costs, " (with other cores)" if options.cores else ""
    where = options.capacity or "docs/measurements.md"
    print(f"Measured ({where}): {capacity.processor}, {capacity.measured_at}.")
    print(
        f"A candidate costs {costs.of(Mode.FULL):.0f} ms a second: camera"
        f" {costs.camera[Mode.FULL]:.0f}, sound {costs.sound:.0f}, receiving {costs.webrtc:.0f},"
        f" attending {costs.attending:.0f} (an allowance). A server: {capacity.cores} cores,"
        f" of which {capacity.efficiency:.2f} can be used{others},"
        f" and of that {1 - LOAD:.0%} kept free: {capacity.carries(Mode.FULL)} candidates."
    )
    if options.even:
        print("Every sample costs the mean.")
    else:
        most = max(shape.pictures)
        rungs = ", ".join(f"{share:.2f}" for share in shape.camera[1:])
        print(
            f"Measured now: the dearest picture costs {most:.1f} times the mean, an exam's first"
            f" {len(shape.first_pictures)} cost {mean(shape.first_pictures):.2f} of the later ones;"
            f" who looks less spends {rungs} on pictures."
        )
    print(f"Simulated: all that follows, seed {options.seed}.\n")


def mean(some: Sequence[float]) -> float:
    return sum(some) / len(some)


def print_tables(told: Sequence[Told], capacity: Capacity) -> None:
    print(START)
    print("|---|---|---|---|---|---|")
    for one in told:
        servers = f"{one.plan.servers}, {one.plan.servers * capacity.cores}"
        print(
            f"| {one.plan.candidates} | {placed(one)} | {servers} | {one.used:.0%},"
            f" {one.fullest:.0%} | {waited(one)} | {ms(one.delays_s)} |"
        )
    print("\nThen the fullest server dies, and its candidates go on elsewhere:\n")
    print(DEATH)
    print("|---|---|---|---|---|---|---|---|---|")
    for one in told:
        away = f"{one.away_s[0]:.1f}, {one.away_s[-1]:.1f} s" if one.away_s else "–"
        rung = one.rung.name.lower().replace("_", " ") if one.rung else "no"
        print(
            f"| {one.plan.candidates} | {placed(one)} | {one.moved} | {away} |"
            f" {one.fullest_after:.0%} | {one.given_way:.2%} | {ms(one.delays_after_s)} |"
            f" {rung} | {one.lost} |"
        )


def placed(one: Told) -> str:
    return "by lot" if one.plan.by_lot else "evenly"


def waited(one: Told) -> str:
    if not one.waited:
        return "nobody"
    longest = f", the longest {one.waited_s:.0f} s" if one.waited > one.still_wait else ""
    return f"{one.waited}{longest}; {one.still_wait} until somebody finishes"


def ms(quantiles: Sequence[float]) -> str:
    return ", ".join(f"{1e3 * s:.0f}" for s in quantiles[:3]) + " ms" if quantiles else "–"


if __name__ == "__main__":
    main()
