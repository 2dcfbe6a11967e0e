"""A policy written down: which signals are on, what is allowed, and when an entry is made.

    preset = "standard"
    may_look_down = true
    allowed_objects = ["book"]
    phrases = ["hey siri"]

    [signals]
    speakers = false

TOML, or the same as a JSON object. What is not named stays as it is without a file: every
signal on, nothing allowed, the standard preset.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from proctoring.analysers import choices, signals_of
from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.presets import PRESETS, Preset
from proctoring.types import Policy

LARGEST = 64 * 1024  # bytes


class PolicyError(ValueError):
    """The file cannot be used; the message says where and how to mend it."""


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    policy: Policy
    signals: tuple[str, ...]  # names of the analysers that are on
    preset: Preset


def read_policy(path: Path) -> WrittenPolicy:
    """Raises PolicyError."""
    try:
        return _understood(_parsed(path))
    except _Wrong as error:
        raise PolicyError(f"{path}: {error}") from None


class _Wrong(Exception):
    pass


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode()
    except FileNotFoundError:
        raise _Wrong("there is no such file") from None
    except OSError as error:
        raise _Wrong(f"the file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _Wrong("this is no text; save it as UTF-8") from None
    if len(text) > LARGEST:
        raise _Wrong(f"this is too long for a policy (at most {LARGEST // 1024} kB)")
    is_json = path.suffix.lower() == ".json"
    try:
        values = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"this is no {'JSON' if is_json else 'TOML'}: {error}") from None
    if not isinstance(values, dict):
        raise _Wrong('a policy is an object, such as {"preset": "standard"}')
    return values


def _understood(values: Mapping[str, Any]) -> WrittenPolicy:
    kinds = get_type_hints(Policy)
    allowances = [field.name for field in dataclasses.fields(Policy)]
    _check_names(values, ("preset", "signals", *allowances), "setting")
    policy = Policy(
        **{name: _value(name, values[name], kinds[name]) for name in allowances if name in values}
    )
    try:
        check_phrases(policy.phrases)
    except PhraseError as error:
        raise _Wrong(f"phrases: {error}") from None
    return WrittenPolicy(
        policy=policy,
        signals=_signals(values.get("signals", {}), policy),
        preset=_preset(values.get("preset", "standard")),
    )


def _value(name: str, value: Any, kind: Any) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise _Wrong(f"{name} is true or false, not {value!r}")
        return value
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        example = "hey siri" if name == "phrases" else "book"
        raise _Wrong(f'{name} is a list of names, such as ["{example}"], not {value!r}')
    return tuple(value) if get_origin(kind) is tuple else frozenset(value)


def _signals(value: Any, policy: Policy) -> tuple[str, ...]:
    names = [kind.name for kind in choices()]
    if not isinstance(value, dict):
        raise _Wrong(
            f"signals is a table of names that are true or false, such as {names[0]} = true"
        )
    _check_names(value, names, "signal")
    for name, is_on in value.items():
        if not isinstance(is_on, bool):
            raise _Wrong(f"signals.{name} is true or false, not {is_on!r}")
    on = signals_of([name for name in names if value.get(name, True)], policy)
    if not on:
        raise _Wrong("every signal is off; leave at least one on")
    return on


def _preset(value: Any) -> Preset:
    if not isinstance(value, str):
        raise _Wrong(f"preset is one of {_listed(PRESETS)}, not {value!r}")
    _check_names([value], PRESETS, "preset")
    return PRESETS[value]


def _check_names(names: Iterable[str], known: Collection[str], noun: str) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {_listed(known)}"
            raise _Wrong(f"there is no {noun} {name!r}; {hint}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
