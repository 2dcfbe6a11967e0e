"""The error-rate cards that the product ships, and the page that shows them.

    .venv/bin/python -m benchmarks.cards [SIGNAL …] [--data DIR] [--voices DIR] [--page]

Measures the named signals, or all, and whole recordings; writes a card for each kind of incident
to proctoring/cards, then docs/error-rates.md and the README's column. What has no benchmark of its
own has a card of whole recordings alone. `--page` writes those two alone, from the cards there are.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import recordings
from benchmarks.card_page import page, with_figures
from benchmarks.recordings import Measured
from proctoring.analysers import DEVICES, ON_REQUEST, analyser_types, rules_by_kind
from proctoring.cards import FOLDER, as_card
from tests.material import DATA, ROOT

# Each has `card()`, or `cards()` for several kinds; either may want the folder of the data.
SIGNALS = {
    "faces": "face_card",
    "voices": "speaker_card",
    "owner": "voice_owner",
    "whisper": "whispers",
    "gaze": "gaze",
    "objects": "objects",
    "identity": "identity",
    "liveness": "liveness",
    "picture": "picture",
    "phrases": "phrases",
    "page": "page_rules",
}
PAGE = ROOT / "docs" / "error-rates.md"
README = ROOT / "README.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("signals", nargs="*", metavar="SIGNAL", help=", ".join(SIGNALS))
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--page", action="store_true", help="write the page alone")
    options = parser.parse_args()
    if unknown := set(options.signals) - set(SIGNALS):
        parser.error(f"no such signal: {', '.join(sorted(unknown))}")
    if not options.page:
        measured = recordings.measure(options.data)
        for signal in options.signals or SIGNALS:
            for values in made(import_module(f"benchmarks.{SIGNALS[signal]}"), options.data):
                write(values, measured)
        cards = {values["kind"]: values for values in shipped()}
        for kind in rules_by_kind():  # the recordings tell of all of them
            write(cards.get(kind) or measured.card(kind), measured)
    PAGE.write_text(page([as_card(values) for values in shipped()]), encoding="utf-8")
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")


def made(benchmark: Any, data: Path) -> list[dict[str, Any]]:
    make: Callable[..., Any] = getattr(benchmark, "cards", None) or benchmark.card
    found = make(data) if inspect.signature(make).parameters else make()
    return [dict(found)] if isinstance(found, Mapping) else list(found)


def write(values: Mapping[str, Any], measured: Measured) -> None:
    """With what whole recordings gave, in the place of what they gave last."""
    if values["kind"] not in rules_by_kind():
        return  # of what no analyser has, there is no card
    rows = [row for row in values["rows"] if row["condition"] != recordings.LABEL]
    if values["kind"] not in _unrecorded():
        rows.append(measured.row(values["kind"]))
    text = json.dumps({**values, "rows": rows}, indent=1, ensure_ascii=False)
    (FOLDER / f"{values['kind']}.json").write_text(text + "\n", encoding="utf-8")


def _unrecorded() -> set[str]:
    """Kinds of which the recordings say nothing: off in them, or of a page that they don't have."""
    off = [kind for kind in analyser_types() if kind.name in ON_REQUEST]
    kinds = [*off, *(kind for kind in analyser_types() if kind.medium not in DEVICES)]
    return {rule.kind for kind in kinds for rule in kind.rules}


def shipped() -> list[dict[str, Any]]:
    paths = sorted(FOLDER.glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


if __name__ == "__main__":
    main()
