"""Between rows and the values in `proctoring.types`: a column is a field of the same name.

A table has the columns of its type, in any order, and may have more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from sqlite3 import Connection
from typing import Any, TypeVar, get_origin, get_type_hints

from proctoring.store import Unknown

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Exact. Raises TypeError for a time without a zone."""
    return (at - _EPOCH) // _MICROSECOND


def to_datetime(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND


def names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def columns(kind: type, table: str) -> str:
    """`table.id, table.title, …` in the order that `from_row` takes."""
    return ", ".join(f"{table}.{name}" for name in names(kind))


def to_row(value: Any) -> dict[str, Any]:
    """What SQLite binds for each field of a dataclass."""
    return {name: _bound(getattr(value, name)) for name in names(type(value))}


def from_row(kind: Callable[..., T], row: tuple[Any, ...]) -> T:
    """The dataclass whose `columns` the row begins with."""
    return kind(*(read(cell) for read, cell in zip(_readers(kind), row, strict=False)))


def insert(db: Connection, table: str, row: dict[str, Any], otherwise: str = "NOTHING") -> bool:
    """Did it change the table? `otherwise` is what to DO if there is one with that key already.

    The key is the first column of the row.
    """
    key, values = next(iter(row)), ", ".join(f":{name}" for name in row)
    statement = (
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"
        f" ON CONFLICT ({key}) DO {otherwise}"
    )
    return db.execute(statement, row).rowcount == 1


def one(db: Connection, kind: type[T], table: str, key: str) -> T:
    """Raises Unknown."""
    row = db.execute(f"SELECT {columns(kind, table)} FROM {table} WHERE id = ?", (key,)).fetchone()
    if row is None:
        raise Unknown(f"There is no {table} {key!r}.")
    return from_row(kind, row)


def several(db: Connection, kind: type[T], table: str, where: str, *values: Any) -> list[T]:
    """`where` may end with an ORDER BY."""
    query = f"SELECT {columns(kind, table)} FROM {table} WHERE {where}"
    return [from_row(kind, row) for row in db.execute(query, values).fetchall()]


def _bound(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, tuple):
        return json.dumps(value)
    if is_dataclass(value):
        return json.dumps({name: _listed(cell) for name, cell in changed(value).items()})
    return value


def changed(value: Any) -> dict[str, Any]:
    """Of a dataclass in one cell, what is not as by default: so a field that comes later makes
    no difference to what was written before."""
    given = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
    return {name: cell for name, (cell, default) in given.items() if cell != default}


def _listed(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


@cache
def _readers(kind: Any) -> tuple[Callable[[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple(_reader(hints[name]) for name in names(kind))


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint in (datetime, datetime | None):
        return to_datetime
    if get_origin(hint) is tuple:
        return lambda text: tuple(json.loads(text))
    if hint is bool:
        return bool
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint):
        return lambda text: _nested(hint, json.loads(text))
    return lambda cell: cell


def _nested(kind: Any, values: dict[str, Any]) -> Any:
    """See `changed`."""
    hints = get_type_hints(kind)
    known = {name: values[name] for name in names(kind) if name in values}
    return kind(**{name: (get_origin(hints[name]) or hints[name])(v) for name, v in known.items()})
