"""The error-rate card of `multiple_speakers`.

.venv/bin/python -m benchmarks.cards voices
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.recordings import threshold
from benchmarks.speaker_tables import Mixture
from benchmarks.speakers import live, read_mixtures
from proctoring.analysers.speakers import SpeakerCounter
from proctoring.media import read_sound
from proctoring.perception import clustering, segmentation
from proctoring.perception.models import MODELS

CHOSEN_ON = (
    "27 of 48 public voices in other mixtures, six of which are among these 29 voices too; with "
    "the 21 voices that were held out, 53 of 60 second voices are found and 4 of 48 single voices "
    "taken for two (`benchmarks/mixtures.py`)"
)


def card(data: Path) -> dict[str, Any]:
    """The error-rate card of `multiple_speakers`: see `benchmarks.cards`."""
    (rule,) = SpeakerCounter.rules
    counts = [
        (mixture, live(read_sound(mixture.path))) for mixture in read_mixtures(data / "audio")
    ]
    quiet = [pair for pair in counts if pair[0].voices > 1 and not pair[0].is_aimed_at]
    silent = [pair for pair in counts if pair[0].voices == 0]
    alone = [pair for pair in counts if pair[0].voices == 1]
    aimed = [pair for pair in counts if pair[0].is_aimed_at]
    return {
        "signal": rule.signal,
        "kind": rule.kind,
        "threshold": threshold(rule),
        "constants": {
            f"proctoring.perception.clustering:{name}": getattr(clustering, name)
            for name in ("STRANGE", "ALIKE", "OWN", "ENOUGH_S")
        },
        "model_sha256": {
            name: MODELS[name].sha256
            for name in (*segmentation.NETWORKS, "campplus", "ge2e", "silero_vad")
        },
        "chosen_on": CHOSEN_ON,
        "rows": [
            _card_row("a second voice of 3 s or more, at -10 dB or louder", aimed, alone),
            _card_row("a second voice that is quieter, shorter or whispers", quiet, []),
            _card_row("noise, music or silence alone", [], silent),
        ],
    }


def _card_row(
    condition: str, several: list[tuple[Mixture, int]], others: list[tuple[Mixture, int]]
) -> dict[str, Any]:
    return {
        "condition": condition,
        "set": f"{len(several) + len(others)} mixtures",
        "n_positive": len(several),
        "found": sum(count > 1 for _, count in several),
        "n_negative": len(others),
        "false": sum(count > 1 for _, count in others),
        "unit": "recording",
    }
