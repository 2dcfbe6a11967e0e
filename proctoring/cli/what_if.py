"""`what-if --participant ID --policy FILE`: a finished exam under another policy, side by side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proctoring import what_if
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.policy.file import PolicyError, WrittenPolicy, read_policy
from proctoring.policy.thresholds import preset_of
from proctoring.settings import SettingsError
from proctoring.store import Store, StoreError
from proctoring.traces.minutes import Damaged, Stretch, stretches
from proctoring.types import Occurrence

NOTHING = "—"
WIDE = 24  # columns


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "what-if",
        help="decide a finished exam anew under another policy, side by side with what was",
        description="From what was observed and kept, in seconds; nothing is changed. What the"
        " file does not name stays as it was in the exam.",
    )
    parser.add_argument("--participant", metavar="ID", required=True)
    parser.add_argument("--meeting", metavar="ID", help="the candidate's; another is refused")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", required=True, help="TOML or JSON, as for `replay`"
    )
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class _Answer:
    was: what_if.Decided
    would: what_if.Decided
    observed: Sequence[Stretch]


def run(options: argparse.Namespace) -> int:
    try:
        with opened(read_settings()) as store:
            found = _decided(store, options.participant, options.meeting, options.policy)
    except (StoreError, SettingsError, PolicyError, Damaged, what_if.CannotDecide) as error:
        output.problem(error)
        return COULD_NOT
    pairs = what_if.side_by_side(found.was.incidents, found.would.incidents)
    if missing := sum(stretch.missing for stretch in found.observed):
        output.problem(f"{output.count(missing, 'minute')} of what was observed is not there.")
    if options.json:
        _print_json(found, pairs)
    else:
        _print_table(found, pairs, options.policy.name)
    return 0


def _decided(store: Store, participant_id: str, meeting_id: str | None, policy: Path) -> _Answer:
    meeting = store.meeting(store.participant(participant_id).meeting_id)
    if meeting_id not in (None, meeting.id):
        raise StoreError(f"The candidate is of the meeting {meeting.id}.")
    was = WrittenPolicy(meeting.policy, meeting.signals, preset_of(meeting))
    wanted = read_policy(policy, was)
    observed = stretches(store.traces(participant_id))
    if not observed:
        raise StoreError(
            "What was observed of this candidate is not kept: it was erased with the pictures, or"
            " OPENPROCTOR_KEEP_TRACES was off."
        )
    would = what_if.decide(
        observed, was, wanted, meeting_id=meeting.id, participant_id=participant_id
    )
    kept = store.feed(meeting.id, participant_id=participant_id).incidents
    return _Answer(what_if.decided(kept), would, observed)


def _print_table(found: _Answer, pairs: Sequence[what_if.Pair], name: str) -> None:
    print(f"{'as it was':<{WIDE}}{f'under {name}':<{WIDE}}")
    for pair in pairs:
        one = pair.either
        print(f"{_when(pair.was):<{WIDE}}{_when(pair.would):<{WIDE}}{one.title} ({one.summary})")
    for words, decided in (("as it was", found.was), (f"under {name}", found.would)):
        count = output.count(len(decided.incidents), "incident")
        print(f"{words}: {count}, score {decided.score:.0f} of 100")


def _when(one: Occurrence | None) -> str:
    """ "09:12:10 for 8.0 s" """
    if one is None:
        return NOTHING
    until = one.closed_at or one.last_seen_at
    return f"{one.opened_at:%H:%M:%S} for {(until - one.opened_at).total_seconds():.1f} s"


def _print_json(found: _Answer, pairs: Sequence[what_if.Pair]) -> None:
    for pair in pairs:
        one = pair.either
        output.line(
            {
                "type": "occurrence",
                "kind": one.kind,
                "title": one.title,
                "category": str(one.category),
                "was": _values(pair.was),
                "would": _values(pair.would),
            }
        )
    output.line(
        {
            "type": "summary",
            "was": _summary(found.was),
            "would": _summary(found.would),
            "observed": [stretch.started_at.isoformat() for stretch in found.observed],
            "minutes_missing": sum(stretch.missing for stretch in found.observed),
        }
    )


def _summary(decided: what_if.Decided) -> dict[str, Any]:
    count = sum(incident.count for incident in decided.incidents)
    score = round(decided.score, 1)
    return {"incidents": len(decided.incidents), "occurrences": count, "score": score}


def _values(one: Occurrence | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "opened_at": one.opened_at.isoformat(),
        "closed_at": one.closed_at and one.closed_at.isoformat(),
        "severity": one.severity.name.lower(),
        "weight": one.weight,
        "value": one.value,
        "summary": one.summary,
    }
