"""A policy written down: which signals are on, what is allowed, and when an entry is made.

    preset = "standard"
    may_look_down = true
    allowed_objects = ["book"]
    phrases = ["hey siri"]

    [signals]
    speakers = false

    [thresholds.looking_away]
    enter_at = 0.6
    enter_after_s = 5
    severity = "info"

TOML, or the same as a JSON object. What is not named stays as it is without a file: every
signal on, nothing allowed, the standard preset, each kind's own thresholds.
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

from proctoring.analysers import choices, rules_by_kind, signals_of
from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.policy.presets import PRESETS, Preset, Thresholds
from proctoring.types import Category, Journey, Policy, Severity

LARGEST = 64 * 1024  # bytes
LONGEST_S = 3600.0  # that something may have to last
THRESHOLDS = "thresholds"  # a table of its own in a file


class PolicyError(ValueError):
    """The file cannot be used; the message says where and how to mend it."""


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    policy: Policy
    signals: tuple[str, ...]  # names of the analysers that are on
    preset: Preset


def without_file() -> WrittenPolicy:
    names = [kind.name for kind in choices()]
    return WrittenPolicy(Policy(), signals_of(names, Policy()), PRESETS["standard"])


def read_policy(path: Path, otherwise: WrittenPolicy | None = None) -> WrittenPolicy:
    """What is not named is as in `otherwise`. Raises PolicyError."""
    try:
        return _understood(_parsed(_bytes(path), path.suffix), otherwise or without_file())
    except _Wrong as error:
        raise PolicyError(f"{path}: {error}") from None


def understood(data: bytes, name: str, otherwise: WrittenPolicy | None = None) -> WrittenPolicy:
    """As `read_policy`, of a file's bytes; a name that ends with ".json" says what they are."""
    try:
        values = _parsed(data, Path(name).suffix)
        return _understood(values, otherwise or without_file())
    except _Wrong as error:
        raise PolicyError(f"{name}: {error}") from None


class _Wrong(Exception):
    pass


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _Wrong("there is no such file") from None
    except OSError as error:
        raise _Wrong(f"the file cannot be read ({error.strerror})") from None


def _parsed(data: bytes, suffix: str) -> Mapping[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Wrong("this is no text; save it as UTF-8") from None
    if len(text) > LARGEST:
        raise _Wrong(f"this is too long for a policy (at most {LARGEST // 1024} kB)")
    is_json = suffix.lower() == ".json"
    try:
        values = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"this is no {'JSON' if is_json else 'TOML'}: {error}") from None
    if not isinstance(values, dict):
        raise _Wrong('a policy is an object, such as {"preset": "standard"}')
    return values


def _understood(values: Mapping[str, Any], otherwise: WrittenPolicy) -> WrittenPolicy:
    kinds = get_type_hints(Policy)
    allowances = [field.name for field in dataclasses.fields(Policy) if field.name != THRESHOLDS]
    _check_names(values, ("preset", "signals", *allowances, THRESHOLDS), "setting")
    policy = dataclasses.replace(
        otherwise.policy,
        **{name: _value(name, values[name], kinds[name]) for name in allowances if name in values},
    )
    try:
        check_phrases(policy.phrases)
    except PhraseError as error:
        raise _Wrong(f"phrases: {error}") from None
    return WrittenPolicy(
        policy=policy,
        signals=_signals(values.get("signals", {}), policy, otherwise.signals),
        preset=_with_thresholds(
            _preset(values["preset"]) if "preset" in values else otherwise.preset,
            values.get(THRESHOLDS, {}),
        ),
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


def _signals(value: Any, policy: Policy, otherwise: Collection[str]) -> tuple[str, ...]:
    names = [kind.name for kind in choices()]
    if not isinstance(value, dict):
        raise _Wrong(
            f"signals is a table of names that are true or false, such as {names[0]} = true"
        )
    _check_names(value, names, "signal")
    for name, is_on in value.items():
        if not isinstance(is_on, bool):
            raise _Wrong(f"signals.{name} is true or false, not {is_on!r}")
    asked = Journey(screen_share="screen" in otherwise)  # no policy asks for that, or ends it
    on = signals_of([name for name in names if value.get(name, name in otherwise)], policy, asked)
    if not on:
        raise _Wrong("every signal is off; leave at least one on")
    return on


def _preset(value: Any) -> Preset:
    if not isinstance(value, str):
        raise _Wrong(f"preset is one of {_listed(PRESETS)}, not {value!r}")
    _check_names([value], PRESETS, "preset")
    return PRESETS[value]


def _with_thresholds(preset: Preset, value: Any) -> Preset:
    if not isinstance(value, dict):
        raise _Wrong("thresholds is a table of kinds, such as [thresholds.looking_away]")
    kinds = rules_by_kind()
    _check_names(value, kinds, "kind")
    if not value:
        return preset
    thresholds = {kind: _thresholds(kind, changes) for kind, changes in value.items()}
    changed = dataclasses.replace(preset, thresholds={**preset.thresholds, **thresholds})
    for kind in thresholds:
        try:
            changed.rules([kinds[kind]])
        except ValueError as error:
            raise _Wrong(f"thresholds.{kind}: {error}") from None
    return changed


def _thresholds(kind: str, value: Any) -> Thresholds:
    place = f"thresholds.{kind}"
    if not isinstance(value, dict):
        raise _Wrong(f"{place} is a table, such as {{enter_after_s = 5}}, not {value!r}")
    _check_names(value, [field.name for field in dataclasses.fields(Thresholds)], "threshold")
    if "weight" in value and rules_by_kind()[kind].category is Category.TECHNICAL:
        raise _Wrong(f"{place}.weight: what is technical is never scored")
    return Thresholds(**{name: _threshold(f"{place}.{name}", name, value[name]) for name in value})


def _threshold(place: str, name: str, value: Any) -> Any:
    if name == "severity":
        words = [severity.name.lower() for severity in Severity]
        if value not in words:
            raise _Wrong(f"{place} is one of {_listed(words)}, not {value!r}")
        return Severity[value.upper()]
    low, high = {"weight": (0.0, 1.0), "enter_at": _ANY, "exit_at": _ANY}.get(name, (0, LONGEST_S))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # nor is it NaN
        between = "" if (low, high) == _ANY else f" from {low:g} to {high:g}"
        raise _Wrong(f"{place} is a number{between}, not {value!r}")
    return float(value)


_ANY = (-1e12, 1e12)


def _check_names(names: Iterable[str], known: Collection[str], noun: str) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {_listed(known)}"
            raise _Wrong(f"there is no {noun} {name!r}; {hint}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
