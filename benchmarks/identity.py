"""Is it the same person? Pairs of faces by condition, swaps, and what clean recordings give.

    .venv/bin/python -m benchmarks.identity [pairs] [clips] [cards] [--data DIR] [--write]

`--write` also writes the table of nearest distances of different people that `verify` reads its
false accept rate from. Equal error rates are of the very pairs that they are told of, for no
network was trained and no weight fitted here; the limits of `perception.face_match` were set by
looking at these pairs, so that counts at them are not independent. No limit was chosen by
the swaps; recordings of one person were run before, and nothing was changed for them.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import identity_clips as clips
from benchmarks import identity_pairs as pairs
from benchmarks import identity_pictures as pictures
from benchmarks.card_pictures import made_cards, without_cards
from benchmarks.identity_pictures import CONDITIONS
from benchmarks.identity_ways import RUNS, WAYS
from benchmarks.left_out import left_out
from benchmarks.recordings import threshold
from proctoring.analysers.identity import IdentityCheck
from proctoring.cards import poisson, wilson
from proctoring.perception import face_match
from proctoring.perception.face_match import DOUBT, MEASURED, THRESHOLD
from proctoring.perception.id_card import match_id_card
from proctoring.perception.models import MODELS
from tests.material import DATA, ROOT

REFERENCE = ROOT / ".venv-reference" / "bin" / "python"

CHOSEN_ON = (
    "pairs of 12 people's pictures and of group pictures (benchmarks/identity.py); no limit was "
    "chosen by the swaps and the recordings"
)
TABLE_UP_TO = 1.4


def print_pairs(data: Path) -> None:
    listed = pictures.listed_pairs(data)
    counts = [sum(s and d for *_, s, d in listed), sum(not s for *_, s, _ in listed)]
    print(f"\nPairs of {len({p.person for p in pictures.people(data)})} people, 42 pictures")
    print(f"  listed: {counts[0]} of one person on two days, {counts[1]} of two; below all pairs")
    print(f"{'':28} EER, FNMR at FMR 1e-2, 1e-3   95 % of EER   the three in all conditions")
    for way in WAYS:
        same, different = pairs.distances(data, "as they are", way)
        low, high = pairs.interval(data, way)
        pooled = [pairs.distances(data, name, way) for name in CONDITIONS]
        both = [np.concatenate(parts) for parts in zip(*pooled, strict=True)]
        print(
            f"{way:28}{_rates(same, different)}{f'{low:.3f}..{high:.3f}':>16}{_rates(*both)}",
            flush=True,
        )
    print(f"\nBy condition: {len(same)} and {len(different)} pairs as they are, twice as many else")
    print(f"{'':26} EER, FNMR 1e-2, 1e-3    {'same':>14}{'different':>14}  usable; then EER")
    for name in CONDITIONS:
        print(_condition_row(data, name), flush=True)


def _rates(same: pairs.Floats, different: pairs.Floats) -> str:
    missed = [pairs.missed_at(same, different, share) for share in (1e-2, 1e-3)]
    return f"{pairs.equal_error(same, different):8.3f}{missed[0]:8.3f}{missed[1]:8.3f}"


def _condition_row(data: Path, name: str) -> str:
    same, different = pairs.distances(data, name, RUNS)
    usable = sum(not reason for _, _, reason in pairs.under(data, name))
    then = pairs.distances(data, name, RUNS, only_usable=True)
    told = f"{pairs.equal_error(*then):.3f}" if len(then[0]) else "none left"
    return (
        f"{name:26}{_rates(same, different)}"
        f"{f'{np.median(same):.2f}, ≤ {same.max():.2f}':>16}"
        f"{f'{np.median(different):.2f}, ≥ {different.min():.2f}':>16}"
        f"{usable:6} of 42 {told:>9}"
    )


# --- at the threshold that runs ------------------------------------------------------------


def write_table(data: Path) -> None:
    found, people = pairs.impostors(data)
    nearest = np.sort(found[found <= TABLE_UP_TO]).round(4).tolist()
    table = {
        "about": "distances of pictures of different people, the nearest first: "
        "perception/face_match.py; measured by benchmarks/identity.py on the identities and "
        "group pictures of the test material, brothers and sisters among them",
        "pairs": len(found),
        "people": people,
        "told_up_to": TABLE_UP_TO,
        "nearest": nearest,
    }
    MEASURED.write_text(json.dumps(table) + "\n", encoding="utf-8")
    print(f"{MEASURED}: {len(nearest)} of {len(found)} distances")


def print_threshold(data: Path) -> None:
    same, _ = pairs.distances(data, "as they are", RUNS)
    found, people = pairs.impostors(data)
    print(f"\nTwo pictures, at {THRESHOLD} ± {DOUBT} ({people} people)")
    for name, values in (("one person, two days", same), ("different people", found)):
        parts = [
            (values < THRESHOLD - DOUBT).sum(),
            (np.abs(values - THRESHOLD) <= DOUBT).sum(),
            (values > THRESHOLD + DOUBT).sum(),
        ]
        cells = [_share(int(part), len(values)) for part in parts]
        print(f"  {name:22} same {cells[0]}, not told {cells[1]}, different {cells[2]}")
    told = _left_out(data)
    print(f"  {told['condition']}, {told['set']}: different")
    print(f"    {_share(told['found'], told['n_positive'])} of two people's,")
    print(f"    {_share(told['false'], told['n_negative'])} of one's")
    print("Faces are missed, or taken for another's, by lightness of the skin (measured)")
    for name, counts in pairs.groups(data).items():
        print(f"  {name:20} not recognised {_share(*counts[0])}, taken for {_share(*counts[1])}")


def print_peer(data: Path) -> None:
    """face_recognition's own detector, alignment and rule, on the pictures as they are."""
    if not REFERENCE.exists():
        print("\nface_recognition: not installed: make reference")
        return
    script = Path(__file__).with_name("identity_peers.py")
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen([REFERENCE, script], stdin=pipe, stdout=pipe, stderr=none)
    assert process.stdin
    assert process.stdout
    encodings, spent = [], []
    for face in pictures.people(data):
        height, width = face.image.shape[:2]
        process.stdin.write(np.array([height, width], np.int32).tobytes() + face.image.tobytes())
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        encodings.append(answer["encoding"])
        spent.append(answer["cpu_ms"])
    process.stdin.close()
    process.wait()
    found: dict[bool, list[float]] = {True: [], False: []}
    for a, b, is_same in pictures.pairs(pictures.people(data)):
        if encodings[a] and encodings[b]:
            apart = np.linalg.norm(np.array(encodings[a]) - np.array(encodings[b]))
            found[is_same].append(float(apart))
    same, different = np.array(found[True]), np.array(found[False])
    print(
        f"\nface_recognition 1.3.0 as it is, at 0.6: {_share(int((same > 0.6).sum()), len(same))}"
        f" not recognised, {_share(int((different <= 0.6).sum()), len(different))} taken for"
        f" another; EER {pairs.equal_error(same, different):.3f}; no face found in"
        f" {sum(not e for e in encodings)} of {len(encodings)} pictures; {np.median(spent):.0f} ms"
    )


def print_clips(data: Path) -> None:
    swaps = [*clips.swap_rows(data)]
    late = sorted(s for *_, s in swaps if s is not None)
    in_time = sum(s <= 10 for s in late)
    print(f"\nSwaps by a cut, no check-in: {_share(in_time, len(swaps))} within 10 s;", end=" ")
    print(f"median {np.median(late):.1f} s, latest {late[-1]:.1f} s")
    print(*(f"  not found: {a} -> {b}" for a, b, s in swaps if s is None), sep="\n")

    calm = [*clips.calm_rows(data)]
    hours = sum(w.seconds for _, w in calm) / 3600
    false = sum(len(w.raised.get("different_person", [])) for _, w in calm)
    asked = sum(len(w.raised.get("look_at_camera", [])) for _, w in calm)
    values = np.concatenate([w.values for _, w in calm])
    print(f"One person, {len(calm)} runs, {hours * 60:.0f} min: {false} of another person", end=" ")
    print(f"({_rate(false, hours)}), {asked} requests; farthest {values.max():.2f} of the limit")
    cost = 1e3 * sum(w.cpu_s for _, w in calm) / sum(w.seconds for _, w in calm)
    print(f"  {cost:.1f} ms of CPU a second, faces not counted, meshes counted")

    changed = [*clips.changed_rows(data)]
    for change in clips.CHANGES:
        runs = [w for _, name, w in changed if name == change]
        false = sum("different_person" in w.raised for w in runs)
        high = max((v for w in runs for v in w.values), default=0.0)
        print(f"  then {change:22} {false} of {len(runs)} told as another; farthest {high:.2f}")


def print_cards(data: Path) -> None:
    for share in (0.25, 0.35, 0.6):
        counts = dict.fromkeys(("found", "same", "different", "taken", "refused"), 0)
        total, spent = 0, []
        for case in made_cards(data, share):
            start = time.process_time()
            mine = match_id_card(case.picture, [case.selfie])
            spent.append(1e3 * (time.process_time() - start))
            others = match_id_card(case.picture, [case.stranger])
            total += 1
            counts["found"] += mine.distance is not None
            counts["same"] += mine.same_person is True
            counts["different"] += mine.same_person is False
            counts["taken"] += others.same_person is True
            counts["refused"] += others.same_person is False
        print(
            f"\nDrawn cards, {share:.0%} of 960 px wide: found {_share(counts['found'], total)};"
            f" holder: same {counts['same']}, different {counts['different']};"
            f" stranger: same {counts['taken']}, different {counts['refused']};"
            f" {np.median(spent):.0f} ms",
            end="",
        )
    pictures_without = [*without_cards(data)]
    found = sum(match_id_card(p, [p]).corners is not None for p in pictures_without)
    print(f"\nPictures without a card: one is seen in {_share(found, len(pictures_without))}")


def _share(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{part} of {whole} ({100 * low:.1f} to {100 * high:.1f} %)"


def _rate(count: int, hours: float) -> str:
    low, high = poisson(count, hours)
    return f"{count / hours:.1f} an hour, {low:.1f} to {high:.1f}"


# --- the error-rate card -------------------------------------------------------------------


def card(data: Path = DATA) -> dict[str, Any]:
    """Of `different_person`; takes about three minutes."""
    cv2.setNumThreads(1)
    rule = IdentityCheck.rules[0]
    swaps, calm = [*clips.swap_rows(data)], [w for _, w in clips.calm_rows(data)]
    rows = [
        {
            "condition": "all",
            "set": f"swaps spliced of {len(clips.SWAPPED)} people's clips, {len(swaps)}",
            "n_positive": len(swaps),
            "found": sum(s is not None and s <= 10 for *_, s in swaps),
            "n_negative": 0,
            "false": sum(len(w.raised.get(rule.kind, [])) for w in calm),
            "unit": "hour",
            "hours": round(sum(w.seconds for w in calm) / 3600, 3),
        }
    ]
    changed = [*clips.changed_rows(data)]
    for change in clips.CHANGES:
        runs = [w for _, name, w in changed if name == change]
        false = sum(rule.kind in w.raised for w in runs)
        rows.append(
            _negative(f"the same person, {change}", "clips changed after 10 s", runs, false)
        )
    for name in CONDITIONS:
        same, different = pairs.distances(data, name, RUNS, only_usable=True)
        if len(same):
            rows.append(
                {
                    "condition": f"pairs, {name}",
                    "set": f"identities, {len(same) + len(different)} pairs",
                    "n_positive": len(different),
                    "found": int((different > face_match.MOST_LIMIT).sum()),
                    "n_negative": len(same),
                    "false": int((same > face_match.MOST_LIMIT).sum()),
                    "unit": "pair",
                    "hours": 0.0,
                }
            )
    rows.append(_left_out(data))
    return {
        "signal": rule.signal,
        "kind": rule.kind,
        "threshold": threshold(rule),
        "constants": {
            f"proctoring.perception.face_match:{name}": getattr(face_match, name)
            for name in ("BEYOND_SPREAD", "LEAST_LIMIT", "MOST_LIMIT")
        },
        "model_sha256": {
            name: MODELS[name].sha256 for name in ("sface", "dlib_resnet", "face_mesh")
        },
        "rows": rows,
        "groups": [
            {
                "by": "lightness of the skin, measured",
                "condition": "one person's usable pairs that are told as different people",
                "groups": [
                    {"name": name, "n": missed[1], "missed": missed[0]}
                    for name, (missed, _) in pairs.groups(data).items()
                ],
            }
        ],
        "chosen_on": CHOSEN_ON,
    }


def _left_out(data: Path) -> dict[str, Any]:
    """Usable pairs, each by a limit that neither of its two people had a part in."""
    cases = pairs.cases(data, "as they are", RUNS)
    return left_out(cases).row("pairs, as they are", f"identities, {len(cases)} pairs", "pair")


def _negative(condition: str, name: str, runs: list[clips.Watched], false: int) -> dict[str, Any]:
    return {
        "condition": condition,
        "set": f"{name}, {len(runs)}",
        "n_positive": 0,
        "found": 0,
        "n_negative": len(runs),
        "false": false,
        "unit": "recording",
        "hours": 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="pairs, clips, cards; default: all"
    )
    parser.add_argument("--write", action="store_true", help="write the table of distances")
    options = parser.parse_args()
    if not (options.data / "identities").exists():
        raise SystemExit(f"No pictures in {options.data}: see --data")
    cv2.setNumThreads(1)
    if options.write:
        write_table(options.data)
        return
    printers = {
        "pairs": (print_pairs, print_peer, print_threshold),
        "clips": (print_clips,),
        "cards": (print_cards,),
    }
    for part in options.parts or printers:
        for show in printers[part]:
            show(options.data)


if __name__ == "__main__":
    main()
