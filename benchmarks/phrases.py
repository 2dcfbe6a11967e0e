"""How often a phrase is heard that is said, and one that is not; and what listening costs.

    .venv/bin/python -m benchmarks.phrases --speech DIR [--data DIR] [--margin NATS …] [--card]

`--speech` is a folder of voices: see `benchmarks/phrase_speech.py`. The shared recordings hold none
of the phrases, so whatever is heard there is false. `--margin` asks for so much more than the
running threshold. That was chosen with flite's voices and the phrases `CHOOSE`: of lines through
the number of sounds, the one that found most at one false alarm for each phrase and hour, as the
recordings gave them with those phrases.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.phrase_speech import CHOOSE, PHRASES, REPORT, Said, plain, stream
from benchmarks.recordings import threshold
from proctoring.analysers.phrases import PhraseSpotter
from proctoring.cards import FOLDER, poisson, wilson
from proctoring.media import read_sound
from proctoring.perception import phrases as spotting
from proctoring.perception.models import MODELS
from proctoring.perception.phrases import PhraseListener, Spot
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound
from tests.material import DATA

AT_ONCE = 10  # phrases, as an examiner may name; more are listened for one lot after another
CHUNK = SAMPLE_RATE // 2
NOISE = "mix/nospeech_05_fan.flac"
CHOSEN = "flite"
WHO_SAYS = {
    "vctk": "four readers (VCTK)",
    "asterisk": "a speaker of prompts (Asterisk)",
    "piper": "a synthetic voice (piper)",
    "espeak": "synthetic voices (espeak-ng)",
    "flite": "synthetic voices (flite)",
}
WHO = tuple(WHO_SAYS)
CHOSEN_ON = (
    "16 other phrases, said by four voices of flite, and the 55 recordings with those phrases; the"
    " figures of the others were in view. Synthetic voices are no measure of people, of whom there"
    " are five; the speaker of prompts says much that is nearly one of the phrases"
)


@dataclass(slots=True)
class Count:
    said: int = 0
    found: int = 0
    false: int = 0
    hours: float = 0.0  # of sound, for each phrase

    def add(self, other: Count) -> None:
        self.said, self.found = self.said + other.said, self.found + other.found
        self.false, self.hours = self.false + other.false, self.hours + other.hours


def spots_in(sound: Sound, phrases: Sequence[str], margin: float = 0.0) -> Iterator[Spot]:
    for first in range(0, len(phrases), AT_ONCE):
        listener = PhraseListener(phrases[first : first + AT_ONCE], margin=margin)
        for start in range(0, len(sound), CHUNK):
            chunk = AudioChunk(start / SAMPLE_RATE, sound[start : start + CHUNK])
            yield from listener.hear(chunk)


def count(sound: Sound, said: Sequence[Said], phrases: Sequence[str], margin: float) -> Count:
    """A phrase is found once where it is said; whatever is heard elsewhere is false."""
    spots = [*spots_in(sound, phrases, margin)]
    truth = [(one, phrase) for one in said for phrase in phrases if plain(phrase) in one.words]
    found = [pair for pair in truth if any(_is_in(spot, *pair) for spot in spots)]
    false = [spot for spot in spots if not any(_is_in(spot, *pair) for pair in truth)]
    hours = len(sound) / SAMPLE_RATE / 3600 * len(phrases)
    return Count(len(truth), len(found), len(false), hours)


def _is_in(spot: Spot, one: Said, phrase: str) -> bool:
    return spot.phrase == phrase and spot.start_t < one.end_s and one.start_s < spot.end_t


def voices(speech: Path, data: Path, margin: float) -> dict[tuple[str, str], Count]:
    """By the kind of voice and the condition."""
    noise = read_sound(data / "audio" / NOISE)
    counts: dict[tuple[str, str], Count] = defaultdict(Count)
    for folder in sorted(path for path in speech.iterdir() if (path / "texts.tsv").exists()):
        kind = folder.name.partition("_")[0]
        for condition, beneath in (("quiet", None), ("noise 10 dB below", noise)):
            if kind in PHRASES:
                sound, said = stream(folder, beneath)
                counts[kind, condition].add(count(sound, said, PHRASES[kind], margin))
    return counts


def others(data: Path, phrases: Sequence[str], margin: float) -> Count:
    """The shared recordings, in which nobody says any of the phrases."""
    total = Count()
    for entry in _recordings(data):
        total.add(count(read_sound(data / "audio" / entry["file"]), (), phrases, margin))
    return total


def _recordings(data: Path) -> list[dict[str, Any]]:
    return list(json.loads((data / "audio" / "mixtures.json").read_text(encoding="utf-8")))


def cost(data: Path) -> Iterator[tuple[int, float, float]]:
    """Phrases; CPU ms for a second of one speaker's recordings; the same of silence and noise."""
    for phrases in (REPORT[:1], REPORT[:5], REPORT[:12]):
        ms = []
        for kind in ("one_speaker", "no_speech"):
            files = [e["file"] for e in _recordings(data) if e["type"] == kind]
            sounds = [read_sound(data / "audio" / file) for file in files]
            listener, began = PhraseListener(phrases), time.process_time()
            t = 0.0
            for sound in sounds:
                for start in range(0, len(sound), CHUNK):
                    [*listener.hear(AudioChunk(t, sound[start : start + CHUNK]))]
                    t += len(sound[start : start + CHUNK]) / SAMPLE_RATE
            ms.append((time.process_time() - began) / t * 1e3)
        yield len(phrases), ms[0], ms[1]


def cards(data: Path) -> list[dict[str, Any]]:
    """None where OPENPROCTOR_SPEECH names no folder of voices: then the card stays as it is."""
    speech = os.environ.get("OPENPROCTOR_SPEECH")
    return [card(data, Path(speech))] if speech else []


def card(data: Path, speech: Path) -> dict[str, Any]:
    """The error-rate card of `phrase_heard`: see `benchmarks.cards`."""
    (rule,) = PhraseSpotter.rules
    rows = [_row("no phrase is said, for each phrase", len(REPORT), others(data, REPORT, 0.0))]
    counts = voices(speech, data, 0.0)
    for (kind, condition), counted in sorted(counts.items(), key=lambda c: WHO.index(c[0][0])):
        if kind != CHOSEN:
            rows.append(_row(f"{WHO_SAYS[kind]}, {condition}", len(PHRASES[kind]), counted))
    return {
        "signal": rule.signal,
        "kind": rule.kind,
        "threshold": threshold(rule),
        "constants": {
            f"proctoring.perception.phrases:{name}": getattr(spotting, name)
            for name in (
                "SHORT",
                "NEEDED",
                "LESS_BY_SOUND",
                "LEAST",
                "SHORTEST_SOUND_S",
                "LONGEST_SOUND_S",
            )
        },
        "model_sha256": {"silero_vad": MODELS["silero_vad"].sha256},
        "chosen_on": CHOSEN_ON,
        "rows": rows,
    }


def _row(condition: str, phrases: int, counted: Count) -> dict[str, Any]:
    """Hours are of sound times phrases: what one phrase more costs in false alarms."""
    return {
        "condition": condition,
        "set": f"{phrases} phrases, {counted.hours / phrases * 60:.0f} min of sound for each",
        "n_positive": counted.said,
        "found": counted.found,
        "n_negative": 0,
        "false": counted.false,
        "unit": "hour",
        "hours": round(counted.hours, 4),
    }


def _line(name: str, condition: str, counted: Count) -> str:
    found = "–"
    if counted.said:
        low, high = wilson(counted.found, counted.said)
        share = counted.found / counted.said
        found = f"{counted.found}/{counted.said} = {share:.2f} ({low:.2f}–{high:.2f})"
    low, high = poisson(counted.false, counted.hours)
    false = f"{counted.false} in {counted.hours:.1f} h: {counted.false / counted.hours:.2f}"
    return f"| {name} | {condition} | {found} | {false} ({low:.2f}–{high:.2f}) |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--speech", type=Path, required=True, metavar="DIR")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--margin", type=float, nargs="*", default=[0.0], metavar="NATS")
    parser.add_argument("--card", action="store_true", help="write the card alone")
    options = parser.parse_args()
    if options.card:
        text = json.dumps(card(options.data, options.speech), indent=1, ensure_ascii=False)
        (FOLDER / "phrase_heard.json").write_text(text + "\n", encoding="utf-8")
        return
    for margin in options.margin:
        print(f"\nat {margin:+.0f} nats")
        print("| voices | condition | found (95 %) | false, for each phrase and hour (95 %) |")
        print("|---|---|---|---|")
        for (kind, condition), counted in voices(options.speech, options.data, margin).items():
            name = f"{kind}, chosen on" if kind == CHOSEN else kind
            print(_line(name, condition, counted), flush=True)
        for name, phrases in (("chosen on", CHOOSE), ("other phrases", REPORT)):
            counted = others(options.data, phrases, margin)
            print(_line(f"55 recordings, {name}", "as they are", counted), flush=True)
    print("\n| phrases | CPU ms per s of speech | of silence and noise |\n|---|---|---|")
    for number, speech_ms, quiet_ms in cost(options.data):
        print(f"| {number} | {speech_ms:.1f} | {quiet_ms:.1f} |")


if __name__ == "__main__":
    main()
