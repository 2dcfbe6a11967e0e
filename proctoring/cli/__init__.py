"""The command line: the same pipeline, without a browser."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from proctoring import __version__
from proctoring.cli import analyze, doctor, replay, speakers

COMMANDS = (replay, analyze, speakers, doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 2 where something could not be used."""
    parser = argparse.ArgumentParser(
        prog="python -m proctoring",
        description="OpenProctor on recordings and pictures: software observes, people judge.",
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
