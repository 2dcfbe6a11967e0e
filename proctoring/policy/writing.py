"""A policy as a file that `proctoring.policy.file` reads: TOML, and all of it, so that it says
everything."""

from __future__ import annotations

import json
from dataclasses import fields

from proctoring.analysers import ON_REQUEST, choices, rules_by_kind
from proctoring.policy.file import THRESHOLDS, WrittenPolicy
from proctoring.policy.presets import Thresholds
from proctoring.types import Policy, Severity


def to_toml(written: WrittenPolicy, title: str = "") -> str:
    """`title` is said in a comment."""
    lines = [f"# {line}" for line in title.splitlines()]
    lines.append(f"preset = {_value(written.preset.name)}")
    for field in fields(Policy):
        if field.name != THRESHOLDS:
            lines.append(f"{field.name} = {_value(getattr(written.policy, field.name))}")
    lines += ["", "[signals]"]
    lines += [
        f"{kind.name} = {_value(kind.name in written.signals)}"
        for kind in choices()
        if kind.name not in ON_REQUEST
    ]
    for kind, changes in sorted(written.preset.thresholds.items()):
        lines += ["", f"[thresholds.{kind}]  # {rules_by_kind()[kind].title}", *_changes(changes)]
    return "\n".join(lines) + "\n"


def _changes(changes: Thresholds) -> list[str]:
    given = {field.name: getattr(changes, field.name) for field in fields(Thresholds)}
    return [f"{name} = {_value(value)}" for name, value in given.items() if value is not None]


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Severity():
            return f'"{value.name.lower()}"'
        case float():
            return f"{value:g}"
        case str():
            # Strings of JSON are strings of TOML, but for what JSON leaves as it is: DEL.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case frozenset():
            return "[" + ", ".join(map(_value, sorted(value))) + "]"
        case tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"{type(value).__name__} is not of a policy")
