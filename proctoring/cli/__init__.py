"""The command line: the same pipeline, without a browser."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from proctoring import __version__

# A command's module is imported when it is asked for: what one needs another can do without.
COMMANDS = {
    "replay": "replay",
    "analyze": "analyze",
    "speakers": "speakers",
    "verify": "verify",
    "idcard": "idcard",
    "doctor": "doctor",
    "demo": "demo",
    "load": "load",
    "capacity": "capacity",
    "fetch-models": "fetch_models",
    "audit": "audit",
    "backup": "backup",
    "restore": "backup",
    "export": "export",
    "report": "report",
    "archive": "archive",
    "what-if": "what_if",
    "erase": "erase",
    "verify-certificate": "erase",
    "hold": "hold",
    "rotate-key": "rotate_key",
    "staff": "staff",
    "key": "key",
    "paper": "paper",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 where something is not as it should be, 2 where it can't be used."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="python -m proctoring",
        description="OpenProctor on recordings, pictures and what is kept of exams.",
    )
    parser.add_argument("--version", action="version", version=f"OpenProctor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked_for = next((COMMANDS[word] for word in arguments if word in COMMANDS), None)
    for module in [asked_for] if asked_for else dict.fromkeys(COMMANDS.values()):
        import_module(f"{__name__}.{module}").add_to(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
