"""`capacity`: how many candidates this machine carries, measured with the real pipeline.

It takes about 20 s on an idle machine and is kept in the data folder: the server heeds it from its
next look on, within half a minute. Measure while no exam runs. See docs/capacity.md.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from proctoring.cli import output

COULD_NOT = 2
ROW = "{:<11} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}"
HEADS = ("mode", "pictures", "camera", "sound", "receiving", "attending", "together", "carries")


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "capacity", help="how many candidates this machine carries", description=__doc__
    )
    parser.add_argument("--json", action="store_true", help="as one line on stdout")
    parser.add_argument("--only-show", action="store_true", help="what was measured before")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")  # it misses its server, and is right
    from proctoring.capacity.kept import keep, kept
    from proctoring.capacity.measuring import measure
    from proctoring.load.scenarios import BadScenario
    from proctoring.media import MediaError

    folder = Path(os.environ.get("OPENPROCTOR_DATA_DIR") or "data")
    try:
        if options.only_show:
            found = kept(folder)
            if found is None:
                output.problem(f"Nothing was measured on this machine yet: {folder}.")
                return COULD_NOT
        else:
            found = measure(lambda what: output.problem(f"… {what}"))
            keep(found, folder)
    except (MediaError, BadScenario, TimeoutError, OSError) as error:
        output.problem(f"It cannot be measured here: {error}")
        return COULD_NOT
    _show(found, as_json=options.json)
    return 0


def _show(found: Any, *, as_json: bool) -> None:
    from proctoring.capacity.figures import LOAD, PICTURES_PER_S, Mode, to_json

    if as_json:
        return print(json.dumps(to_json(found)))
    print(f"{found.processor}, {output.count(found.cores, 'core')}")
    print("ms of processor time for one second of one candidate\n")
    print(ROW.format(*HEADS))
    costs = found.costs
    for mode in Mode:
        rate = PICTURES_PER_S[mode]
        way = costs.of(mode) - costs.camera[mode] - costs.sound - costs.attending
        parts = (costs.camera[mode], costs.sound, way, costs.attending, costs.of(mode))
        told = (f"{part:.1f}" for part in parts)
        print(ROW.format(mode.value, f"{rate:g}/s", *told, found.carries(mode)))
    print(
        f"\nat {LOAD:.0%} load, of which threads of one process can use {found.efficiency:.0%}"
        f" of the cores; measured {found.measured_at}"
    )
    return None
