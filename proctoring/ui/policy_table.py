"""What a policy means, kind by kind: its limits, and beside them what was measured there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from proctoring.analysers import analyser_types, is_on
from proctoring.policy.consequence import consequence
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.thresholds import from_texts, to_texts
from proctoring.types import Category, Rule, Severity

SEVERITIES = {Severity.INFO: "note", Severity.WARNING: "warning", Severity.ALERT: "alert"}
_HEAD = ("What becomes an entry", "Begins", "Weight", "Measured")


def rules_in(written: WrittenPolicy) -> list[Rule]:
    """Of conduct, as this policy has them, in the order of the analysers."""
    rules = [
        rule
        for analyser in analyser_types()
        if is_on(analyser, written.signals)
        for rule in analyser.rules
        if rule.category is Category.CONDUCT
    ]
    return written.preset.rules(rules)


def policy_table(written: WrittenPolicy) -> str:
    """HTML."""
    changed = {text.partition(".")[0] for text in to_texts(written.preset.thresholds)}
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEAD)
    every_s = written.preset.evaluate_every_s
    body = "".join(
        _row(rule, every_s, is_changed=rule.kind in changed) for rule in rules_in(written)
    )
    return (
        '<div class="op-policy-scroll"><table class="op-policy">'
        f"<caption>What becomes an entry under this policy</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def say_begin(rule: Rule, *, every_s: float = 0.0) -> str:
    """ "from 0.4 on, after 1 s" """
    side = "from" if rule.enter_at > rule.exit_at else "at most"
    at = f"{side} {rule.enter_at:g}{unit_of(rule)}"
    if every_s:
        return f"{at}, in one look every {every_s:g}\u00a0s"
    lasts = f"for {rule.enter_after_s:g}\u00a0s" if rule.enter_after_s else "at\u00a0once"
    return f"{at}, {lasts}"


def in_one_piece(figures: str) -> str:
    """Numbers and what they are of stay in one line: "5 %", "(n 27)", "6 min"."""
    return re.sub(r"(?<=\d) (?=[%a-z])|(?<=\(n) ", "\u00a0", figures)


def unit_of(rule: Rule) -> str:
    """ " s" of a signal that is a time; mostly nothing."""
    return "\u00a0s" if rule.signal.endswith("_s") else ""


def differences(one: WrittenPolicy, other: WrittenPolicy) -> list[str]:
    """What the second changes, in words a person reads: "Talking: off"."""
    found = []
    if one.preset.name != other.preset.name:
        found.append(f"{other.preset.title} in place of {one.preset.title}")
    titles = {kind.name: kind.title for kind in analyser_types()}
    found += [f"{titles[name]}: off" for name in one.signals if name not in other.signals]
    found += [f"{titles[name]}: on" for name in other.signals if name not in one.signals]
    found += _changed_limits(one, other)
    if one.policy != other.policy and not _same_allowances(one, other):
        found.append("what is allowed")
    return found


def _changed_limits(one: WrittenPolicy, other: WrittenPolicy) -> Iterable[str]:
    before, after = one.preset.thresholds, other.preset.thresholds
    titles = {rule.kind: rule.title for kind in analyser_types() for rule in kind.rules}
    known = from_texts(to_texts(before)), from_texts(to_texts(after))
    for kind in sorted({*known[0], *known[1]}):
        if known[0].get(kind) != known[1].get(kind):
            yield f"{titles.get(kind, kind)}: other limits"


def _same_allowances(one: WrittenPolicy, other: WrittenPolicy) -> bool:
    a, b = one.policy, other.policy
    return (a.allowed_objects, a.may_look_down, a.may_speak, a.challenges, a.phrases) == (
        b.allowed_objects,
        b.may_look_down,
        b.may_speak,
        b.challenges,
        b.phrases,
    )


def _row(rule: Rule, every_s: float, *, is_changed: bool) -> str:
    said = consequence(rule)
    mark = '<span class="op-changed">changed</span>' if is_changed else ""
    measured = "" if said.is_measured else " data-unmeasured"
    return (
        f'<tr><th scope="row">{escape(rule.title)}{mark}'
        f"<small>{SEVERITIES[rule.severity]}</small></th>"
        f'<td data-label="Begins">{escape(say_begin(rule, every_s=every_s))}</td>'
        f'<td data-label="Weight">{100 * rule.weight:.0f}\u00a0%</td>'
        f'<td data-label="Measured"{measured}>{escape(in_one_piece(said.said))}</td></tr>'
    )
