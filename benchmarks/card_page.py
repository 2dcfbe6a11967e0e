"""docs/error-rates.md and a column of the README, made of the cards alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proctoring.analysers import rules_by_kind
from proctoring.cards import Card, Row, figure, percent, poisson, wilson
from proctoring.types import Rule

HEAD = """# Error rates

How often each kind of incident is found, and how often falsely, at the thresholds that run. Made
by `python -m benchmarks.cards` from the cards in `proctoring/cards`, which the desk quotes beside
an incident; a test holds them to the rules and models. In brackets: 95 % confidence (Wilson's for
shares, the exact one of Poisson for rates per hour). The sets are small: read the brackets.

A card counts single pictures where its signal is told from single pictures; what runs is steadier,
because a rule wants the same for seconds. *Whole recordings* are the pipeline's own incidents.
Where a signal says that it cannot tell, it is in neither column.
"""
TABLE = "| condition | set | found | false |\n|---|---|---|---|"


def page(cards: Sequence[Card]) -> str:
    order = {kind: number for number, kind in enumerate(rules_by_kind())}
    known = [card for card in cards if card.kind in order]
    known.sort(key=lambda card: order[card.kind])
    parts = [HEAD, *summary(known)]
    for card in known:
        parts += _section(card, rules_by_kind()[card.kind])
    return "\n".join(parts).rstrip() + "\n"


def with_figures(readme: str) -> str:
    """The README's text with the cards' figures: the last cell of each line that is of a kind."""
    lines = readme.splitlines(keepends=True)
    return "".join(_with_figure(line) for line in lines)


def _with_figure(line: str) -> str:
    cells = line.split(" | ")
    kind = cells[0].removeprefix("| ").strip("`")
    if len(cells) != 4 or kind not in rules_by_kind():
        return line
    measured = figure(kind).removeprefix("at this setting ")
    return " | ".join((*cells[:3], f"{measured} |\n"))


def summary(cards: Sequence[Card]) -> Iterator[str]:
    """One line a kind."""
    yield "| incident | measured |\n|---|---|"
    for card in cards:
        yield f"| `{card.kind}` | {figure(card.kind)} |"


def _section(card: Card, rule: Rule) -> Iterator[str]:
    side = "≥" if rule.enter_at > rule.exit_at else "≤"
    yield f"\n## {rule.title} (`{card.kind}`)\n"
    yield (
        f"`{card.signal}` {side} {rule.enter_at:g} for {rule.enter_after_s:g} s. Thresholds were "
        f"chosen on {card.chosen_on}.\n"
    )
    yield TABLE
    yield from (_line(row) for row in card.rows)
    yield from _groups(card.groups)
    hashes = ", ".join(f"{name} `{sha256[:12]}`" for name, sha256 in card.model_sha256.items())
    if hashes:
        yield f"\nModels: {hashes}."


def _line(row: Row) -> str:
    found = _share(row.found, row.n_positive)
    if row.unit != "hour":
        return f"| {row.condition} | {row.set} | {found} | {_share(row.false, row.n_negative)} |"
    if not row.hours:
        return f"| {row.condition} | {row.set} | {found} | – |"
    low, high = poisson(row.false, row.hours)
    rate = f"{row.false / row.hours:.1f} an hour ({low:.1f}–{high:.1f}; {row.hours * 60:.0f} min)"
    return f"| {row.condition} | {row.set} | {found} | {rate} |"


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{percent(part, whole)} of {whole} ({100 * low:.0f}–{100 * high:.0f})"


def _groups(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Side by side, with the ratio of the highest to the lowest."""
    for by in dict.fromkeys(group["by"] for group in groups):
        mine = [group for group in groups if group["by"] == by]
        names = [group["name"] for group in mine[0]["groups"]]
        yield f"\nMissed, by {by}:\n"
        yield "| condition | " + " | ".join(names) + " | ratio |"
        yield "|---" * (len(names) + 2) + "|"
        for line in [*mine, _together(mine)]:
            counts = [(group["missed"], group["n"]) for group in line["groups"]]
            cells = " | ".join(_share(*count) for count in counts)
            yield f"| {line['condition']} | {cells} | {ratio(counts)} |"


def _together(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same people under all conditions: more answers, not more people."""
    columns = zip(*(line["groups"] for line in lines), strict=True)
    return {
        "condition": "*all together*",
        "groups": [
            {"missed": sum(g["missed"] for g in column), "n": sum(g["n"] for g in column)}
            for column in columns
        ],
    }


def ratio(counts: Sequence[tuple[int, int]]) -> str:
    """Of the highest share to the lowest, among groups that have anybody in them."""
    shares = [missed / n for missed, n in counts if n]
    if len(shares) < 2 or max(shares) == 0:
        return "–"
    return f"{max(shares) / min(shares):.1f}" if min(shares) else "∞"
