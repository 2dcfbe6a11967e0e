"""What `benchmarks/speakers.py` prints: per type of recording, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.intervals import told

ENOUGH_S = 3.0  # of a second voice, for the recall that the product aims at
TOO_QUIET = ("quiet20", "whisper12")  # further down than what it aims at
OWNED = ("other_voice", "voice_swap")  # what tells of a voice that is not the candidate's
ANY = ("multiple_speakers", *OWNED)
ALL = "**all**"

Turn = tuple[float, float, str]  # start s, end s, speaker
Errors = Mapping[str, Mapping[str, tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Mixture:
    name: str
    kind: str
    path: Path
    voices: int
    turns: tuple[Turn, ...]
    candidate: str = ""
    enrolment: Path | None = None

    @property
    def second_voice_s(self) -> float:
        spoken: dict[str, float] = {}
        for start, end, name in self.turns:
            spoken[name] = spoken.get(name, 0.0) + end - start
        return sorted(spoken.values())[-2] if len(spoken) > 1 else 0.0

    @property
    def is_aimed_at(self) -> bool:
        return self.second_voice_s >= ENOUGH_S and self.kind not in TOO_QUIET

    @property
    def other_s(self) -> float:
        """Of voices that are not the candidate's, where there is one."""
        mine = (end - start for start, end, name in self.turns if name != self.candidate)
        return sum(mine) if self.candidate else 0.0

    @property
    def is_own_alone(self) -> bool:
        return {name for *_, name in self.turns} <= {self.candidate}

    @property
    def second_from_s(self) -> float:
        """The other voice's first word, or the second's where nobody is the candidate."""
        first = self.candidate or min(self.turns)[2]
        return min(start for start, _, name in self.turns if name != first)


@dataclass(frozen=True, slots=True)
class Measured:
    mixture: Mixture
    count: int
    opened: Mapping[str, float]  # kind of incident -> s, the first of it
    turns: tuple[Turn, ...]
    sound_s: float
    cpu_s: float

    def has(self, *kinds: str) -> bool:
        return any(kind in self.opened for kind in kinds)


def groups(found: Sequence[Measured]) -> Iterable[tuple[str, list[int]]]:
    kinds = dict.fromkeys(one.mixture.kind for one in found)
    for kind in [*kinds, ALL]:
        yield kind, [i for i, one in enumerate(found) if kind in (one.mixture.kind, ALL)]


def print_counts(name: str, found: Sequence[Measured], counts: Sequence[int]) -> None:
    print(f"\n### {name}\n")
    print(
        "| type | n | right number | more than one: found | of these 3 s, -10 dB or louder | ",
        end="",
    )
    print("one: taken for more | none: told so |\n" + "|---" * 7 + "|")
    for kind, rows in groups(found):
        pairs = [(found[row].mixture, counts[row]) for row in rows]
        cells = [
            told([count == mixture.voices for mixture, count in pairs]),
            told([count > 1 for mixture, count in pairs if mixture.voices > 1]),
            told([count > 1 for mixture, count in pairs if mixture.is_aimed_at]),
            told([count > 1 for mixture, count in pairs if mixture.voices == 1]),
            told([count == 0 for mixture, count in pairs if mixture.voices == 0]),
        ]
        print(f"| {kind} | {len(rows)} | " + " | ".join(cells) + " |")


def print_incidents(found: Sequence[Measured]) -> None:
    print("\n### Incidents\n")
    print(
        "| type | `multiple_speakers`: found | false | false per hour | another voice of 3 s: ",
        end="",
    )
    print(
        "found by any | by `other_voice`, `voice_swap` | candidate alone: false | per hour | ",
        end="",
    )
    print("`whisper` |\n" + "|---" * 9 + "|")
    for kind, rows in groups(found):
        mine = [found[row] for row in rows]
        single = [one for one in mine if one.mixture.voices <= 1]
        alone = [one for one in mine if one.mixture.is_own_alone]
        others = [one for one in mine if one.mixture.other_s >= ENOUGH_S]
        cells = [
            told([one.has("multiple_speakers") for one in mine if one.mixture.voices > 1]),
            told([one.has("multiple_speakers") for one in single]),
            per_hour([one.has("multiple_speakers") for one in single], single),
            told([one.has(*ANY) for one in others]),
            told([one.has(*OWNED) for one in others]),
            told([one.has(*OWNED) for one in alone]),
            per_hour([one.has(*OWNED) for one in alone], alone),
            f"{sum(one.has('whisper') for one in mine)} of {len(mine)}",
        ]
        print(f"| {kind} | " + " | ".join(cells) + " |")


def per_hour(false: Sequence[bool], of: Sequence[Measured]) -> str:
    """With Poisson's 95 % interval, exact; no more than three by chance where there is none."""
    hours = sum(one.sound_s for one in of) / 3600
    if not hours:
        return "–"
    number = sum(false)
    highest = {0: 3.69, 1: 5.57, 2: 7.22, 3: 8.77, 4: 10.24, 5: 11.67}.get(number, number * 2.2)
    return f"{number / hours:.0f} (at most {highest / hours:.0f}; {hours * 60:.0f} min)"


def delays(found: Sequence[Measured], *kinds: str) -> list[float]:
    """s, from the second voice's first word to the first such incident after it."""
    made = []
    for one in found:
        if one.mixture.voices > 1 or one.mixture.other_s:
            opened = [t for kind, t in one.opened.items() if kind in kinds]
            later = [t - one.mixture.second_from_s for t in opened]
            made += [min(t for t in later if t >= 0)] if any(t >= 0 for t in later) else []
    return made


def print_delays(found: Sequence[Measured]) -> None:
    print("\n### From the second voice's first word to its incident, s\n")
    print("| type | n | median | 90th percentile |\n|---|---|---|---|")
    for kind, rows in groups(found):
        took = delays([found[row] for row in rows], *ANY)
        if took:
            print(
                f"| {kind} | {len(took)} | {np.median(took):.1f} | {np.percentile(took, 90):.1f} |"
            )


def error_rate(found: Sequence[Measured], errors: Errors, way: str) -> float:
    pairs = [errors[one.mixture.name][way] for one in found]
    spoken = sum(total for _, total in pairs)
    return sum(wrong for wrong, _ in pairs) / spoken if spoken else float("nan")


def print_errors(found: Sequence[Measured], errors: Errors) -> None:
    if not errors:
        return
    print("\n### Diarization error rate by pyannote.metrics, collar 0.25 s\n")
    print("| type | overlap skipped | overlap counted |\n|---|---|---|")
    for kind, rows in groups(found):
        rates = [
            error_rate([found[row] for row in rows], errors, w) for w in ("skipped", "counted")
        ]
        if not np.isnan(rates[0]):
            print(f"| {kind} | {rates[0]:.3f} | {rates[1]:.3f} |")


def print_aims(found: Sequence[Measured], errors: Errors, cost: float) -> None:
    """What it must reach, on these recordings."""
    kinds = ("two_alternating", "quiet10")
    aimed = [one for one in found if one.mixture.kind in kinds and one.mixture.is_aimed_at]
    quiet = [one for one in found if one.mixture.kind == "quiet20"]
    one = [m for m in found if m.mixture.kind == "one_speaker"]
    silent = [m for m in found if m.mixture.voices == 0]
    took = delays(found, "multiple_speakers")
    swaps = [m for m in found if m.mixture.kind in ("voice_swap", "other_voice_only")]
    print("\n### What it must reach\n\n| | aim | measured |\n|---|---|---|")
    rows = [
        (
            "one speaker: false `multiple_speakers`, `other_voice`",
            "≤ 0.05",
            told([m.has(*ANY) for m in one]),
        ),
        ("no speech: no voice", "1.00", told([m.count == 0 for m in silent])),
        ("second voice ≥ 3 s, in turn or at -10 dB", "≥ 0.95", told([m.has(*ANY) for m in aimed])),
        ("at -20 dB", "≥ 0.6", told([m.has(*ANY) for m in quiet])),
        ("swap: s from its first word", "≤ 10", ", ".join(f"{t:.1f}" for t in delays(swaps, *ANY))),
        (
            "the same, `voice_swap` alone",
            "",
            ", ".join(f"{t:.1f}" for t in delays(swaps, "voice_swap")),
        ),
        (
            "second voice's start to incident, median s",
            "≤ 6",
            f"{np.median(took):.1f} (n {len(took)})",
        ),
        ("real-time factor", "≤ 0.02", f"{cost:.4f}"),
    ]
    if errors:
        mixtures = [
            m for m in found if 1 <= m.mixture.voices <= 3 and m.mixture.kind != "real_meeting"
        ]
        rate = error_rate(mixtures, errors, "skipped")
        rows.append(
            ("diarization error, 1 to 3 speakers, overlap skipped", "≤ 0.15", f"{rate:.3f}")
        )
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
