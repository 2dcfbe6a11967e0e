"""Between the JSON of Supabase's API and the values in `proctoring.types`.

A key is a field of the same name; an answer may have more keys than the type has fields.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

from proctoring.store import Rejected
from proctoring.store.embedded.rows import changed, names

T = TypeVar("T")

# Postgres has no NUL in its text, and a name is just data. The first character of the area for
# private use announces either of the two, so that every text comes back as it was given.
_SIGN = "\ue000"
_ESCAPES = {"\x00": _SIGN + "0", _SIGN: _SIGN + "1"}
_ORIGINALS = {escape: original for original, escape in _ESCAPES.items()}


def to_json(value: Any) -> Any:
    """Raises Rejected for what no JSON can hold, TypeError for a time without a zone."""
    match value:
        case datetime():
            if value.tzinfo is None:
                raise TypeError("a time without a zone")
            return value.astimezone(UTC).isoformat()
        case Enum():
            return value.value
        case str():
            return _escape(value)
        case float() if not math.isfinite(value):
            raise Rejected("The record holds a number that is none.")
        case tuple() | list():
            return [to_json(item) for item in value]
        case frozenset():
            return sorted(to_json(item) for item in value)
        case bytes():
            return f"\\x{value.hex()}"  # as Postgres writes a bytea
        case bool() | int() | float() | None:
            return value
        case _:
            return {name: _cell(getattr(value, name)) for name in names(type(value))}


def _cell(value: Any) -> Any:
    if is_dataclass(value):
        return {name: to_json(cell) for name, cell in changed(value).items()}
    return to_json(value)


def from_json(kind: Callable[..., T], row: dict[str, Any]) -> T:
    return kind(**{name: read(row[name]) for name, read in _readers(kind).items()})


def _nested(kind: Any, row: dict[str, Any]) -> Any:
    """In a cell: see `changed`."""
    known = {name: read for name, read in _readers(kind).items() if name in row}
    return kind(**{name: read(row[name]) for name, read in known.items()})


def text_from_json(text: str) -> str:
    if _SIGN not in text:
        return text
    return re.sub(f"{_SIGN}.", lambda found: _ORIGINALS[found[0]], text)


def _escape(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Rejected("The record holds text that is not Unicode.") from None
    return re.sub(f"[\x00{_SIGN}]", lambda found: _ESCAPES[found[0]], text)


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {name: _reader(hints[name]) for name in names(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint in (datetime, datetime | None):
        return lambda text: text and datetime.fromisoformat(text).astimezone(UTC)
    if get_origin(hint) is tuple:
        return lambda items: tuple(text_from_json(item) for item in items)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint in (str, str | None):
        return lambda text: text and text_from_json(text)
    if hint is float:
        return float
    if hint is bytes:
        return lambda text: bytes.fromhex(text.removeprefix("\\x"))
    if get_origin(hint) is frozenset:
        return lambda items: frozenset(text_from_json(item) for item in items)
    if is_dataclass(hint):
        return lambda row: _nested(hint, row)
    return lambda value: value
