"""The command line: the same pipeline, without a browser."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from proctoring import __version__
from proctoring.cli import analyze, audit, backup, doctor, erase, export, hold, replay, speakers

COMMANDS = (replay, analyze, speakers, doctor, audit, backup, export, erase, hold)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 where something is not as it should be, 2 where it can't be used."""
    parser = argparse.ArgumentParser(
        prog="python -m proctoring",
        description="OpenProctor on recordings, pictures and what is kept of exams.",
    )
    parser.add_argument("--version", action="version", version=f"OpenProctor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
