"""Occurrences and the incidents they make up, inside a transaction of SQLite.

What is stored is always `folding.fold` of all occurrences stored, in whatever order they
came. One that comes late, and opened before others of its kind, can therefore begin an
incident that takes in the first of a later one; nothing else of the past changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby

from proctoring.folding import fold
from proctoring.store import Rejected, Unknown
from proctoring.store.embedded.rows import columns, from_row, insert, names, to_row
from proctoring.types import Incident, Notice, Occurrence

_FIELDS = names(Occurrence)
_COLUMNS = columns(Occurrence, "occurrence")

_INSERT = f"""
    INSERT INTO occurrence (incident_id, {", ".join(_FIELDS)})
    VALUES (:incident_id, {", ".join(f":{name}" for name in _FIELDS)})"""

_REPLACE = f"""
    UPDATE occurrence SET {", ".join(f"{name} = :{name}" for name in _FIELDS)} WHERE id = :id"""

_INSERT_INCIDENT = """
    INSERT INTO incident (id, meeting_id, participant_id, kind, opened_at, revision)
    VALUES (:id, :meeting_id, :participant_id, :kind, :opened_at, 0)"""

# Those that the new one can fold with: from the incident before it, if there is one.
_NEIGHBOURS = f"""
    SELECT {_COLUMNS}, occurrence.incident_id FROM occurrence
    WHERE participant_id = :participant_id AND kind = :kind AND opened_at >= coalesce((
      SELECT max(opened_at) FROM incident
      WHERE participant_id = :participant_id AND kind = :kind AND opened_at <= :opened_at
    ), :opened_at)"""


def save(db: sqlite3.Connection, occurrence: Occurrence) -> str:
    """Insert it, or let it replace an older state of itself; the id of its incident.

    Raises Rejected if the id was used for another occurrence.
    """
    found = db.execute(
        f"SELECT {_COLUMNS}, incident_id FROM occurrence WHERE id = ?", (occurrence.id,)
    ).fetchone()
    if found is None:
        return _add(db, occurrence)
    known, incident_id = from_row(Occurrence, found), str(found[-1])
    if _identity(known) != _identity(occurrence):
        raise Rejected(f"The id {occurrence.id} belongs to another occurrence.")
    if occurrence != known and _age(occurrence) >= _age(known):
        db.execute(_REPLACE, to_row(occurrence))
        mark_changed(db, [incident_id])
    return incident_id


def save_notice(db: sqlite3.Connection, notice: Notice) -> None:
    """The first showing counts, whatever comes first. Raises Unknown."""
    incident_id = of_occurrence(db, notice.occurrence_id)
    earlier = "UPDATE SET shown_at = :shown_at WHERE shown_at > :shown_at"
    if insert(db, "notice", to_row(notice), earlier):
        mark_changed(db, [incident_id])


def of_occurrence(db: sqlite3.Connection, occurrence_id: str) -> str:
    """The id of the incident that the occurrence is part of. Raises Unknown."""
    found = db.execute(
        "SELECT incident_id FROM occurrence WHERE id = ?", (occurrence_id,)
    ).fetchone()
    if found is None:
        raise Unknown(f"There is no occurrence {occurrence_id!r}.")
    return str(found[0])


def mark_changed(db: sqlite3.Connection, incident_ids: Iterable[str]) -> None:
    """Let the next feed show them."""
    db.execute("UPDATE revision SET latest = latest + 1")
    db.executemany(
        "UPDATE incident SET revision = (SELECT latest FROM revision) WHERE id = ?",
        [(incident_id,) for incident_id in incident_ids],
    )


def revision(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT latest FROM revision").fetchone()[0])


def select(db: sqlite3.Connection, where: str, values: dict[str, object]) -> Iterator[Incident]:
    """Whole incidents, in the order in which their first occurrence arrived."""
    rows = db.execute(
        f"""SELECT {_COLUMNS}, incident.id FROM incident
            JOIN occurrence AS first ON first.id = incident.id
            JOIN occurrence ON occurrence.incident_id = incident.id
            WHERE {where}
            ORDER BY first.arrival, occurrence.opened_at, occurrence.id""",
        values,
    ).fetchall()
    for _, group in groupby(rows, key=lambda row: row[-1]):
        yield Incident(tuple(from_row(Occurrence, row) for row in group))


def _add(db: sqlite3.Connection, occurrence: Occurrence) -> str:
    row = to_row(occurrence)
    neighbours = db.execute(_NEIGHBOURS, row).fetchall()
    were = {found[0]: str(found[-1]) for found in neighbours}  # occurrence id -> incident id
    folded = fold([*(from_row(Occurrence, found) for found in neighbours), occurrence])
    are = {member.id: incident.id for incident in folded for member in incident.occurrences}
    moved = [known for known in were if were[known] != are[known]]
    gone = set(were.values()) - set(are.values())

    db.executemany("DELETE FROM incident WHERE id = ?", [(incident_id,) for incident_id in gone])
    new = [to_row(i.first) for i in folded if i.id not in were.values()]
    db.executemany(_INSERT_INCIDENT, new)
    db.execute(_INSERT, row | {"incident_id": are[occurrence.id]})
    db.executemany(
        "UPDATE occurrence SET incident_id = ? WHERE id = ?",
        [(are[known], known) for known in moved],
    )
    changed = {are[known] for known in (*moved, occurrence.id)} | {were[known] for known in moved}
    mark_changed(db, changed - gone)
    return are[occurrence.id]


def _identity(occurrence: Occurrence) -> tuple[object, ...]:
    """What never changes in the life of one."""
    return (
        occurrence.meeting_id,
        occurrence.participant_id,
        occurrence.kind,
        occurrence.opened_at,
    )


def _age(occurrence: Occurrence) -> tuple[datetime, datetime]:
    """Grows as an occurrence goes on, and closing comes last; an older state never wins."""
    never = datetime.min.replace(tzinfo=UTC)
    return occurrence.last_seen_at, occurrence.closed_at or never
