"""Puts everything that is here into the outbox: for a remote store that is new, or restored.

The order is that of the writes: who a record is about is sent before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from proctoring.store import EvidenceRef
from proctoring.store.embedded.database import Database
from proctoring.store.embedded.outbox import put
from proctoring.store.embedded.rows import columns, from_row

HasFile = Callable[[EvidenceRef], bool]

# verb, and a query of (key, meeting id, participant id or NULL), each in the order of sending
_RECORDS = (
    ("add_meeting", "SELECT id, id AS meeting_id, NULL FROM meeting"),
    ("save_staff", "SELECT entry, 'staff', NULL FROM staff"),
    ("save_paper", "SELECT meeting_id, meeting_id, NULL FROM paper"),
    (
        "save_office",
        "SELECT id, meeting_id, NULL FROM office_record WHERE content <> '' ORDER BY rowid",
    ),
    ("erase_office", "SELECT id, meeting_id, NULL FROM office_record WHERE content = ''"),
    ("hold", "SELECT meeting_id, meeting_id, NULL FROM legal_hold"),
    ("add_participant", "SELECT id, meeting_id, id FROM participant"),
    ("add_capability", "SELECT id, meeting_id, participant_id FROM capability"),
    ("revoke", "SELECT id, meeting_id, participant_id FROM capability WHERE revoked_at NOT NULL"),
    ("start", "SELECT id, meeting_id, id FROM participant WHERE started_at NOT NULL"),
    (
        "add_key",
        "SELECT k.participant_id, p.meeting_id, p.id FROM participant_key AS k"
        " JOIN participant AS p ON p.id = k.participant_id WHERE k.wrapped <> ''",
    ),
    ("save_occurrence", "SELECT id, meeting_id, participant_id FROM occurrence ORDER BY arrival"),
    (
        "save_notice",
        "SELECT o.id, o.meeting_id, o.participant_id FROM notice"
        " JOIN occurrence AS o ON o.id = occurrence_id",
    ),
    (
        "save_coverage",
        "SELECT s.id, p.meeting_id, p.id FROM coverage_span AS s"
        " JOIN participant AS p ON p.id = s.participant_id ORDER BY s.rowid",
    ),
    (
        "save_answer",
        "SELECT json_array(a.participant_id, a.question_id), p.meeting_id, p.id FROM answer AS a"
        " JOIN participant AS p ON p.id = a.participant_id ORDER BY a.rowid",
    ),
    (
        "save_act",
        "SELECT a.id, p.meeting_id, p.id FROM act AS a"
        " JOIN participant AS p ON p.id = a.participant_id ORDER BY a.arrival",
    ),
    (
        "save_trace",
        "SELECT t.id, p.meeting_id, p.id FROM trace AS t"
        " JOIN participant AS p ON p.id = t.participant_id ORDER BY t.rowid",
    ),
    (
        "save_still",
        "SELECT s.id, p.meeting_id, p.id FROM still AS s"
        " JOIN participant AS p ON p.id = s.participant_id ORDER BY s.rowid",
    ),
    (
        "save_enrolment",
        "SELECT json_array(e.participant_id, e.kind), p.meeting_id, p.id FROM enrolment AS e"
        " JOIN participant AS p ON p.id = e.participant_id",
    ),
    ("finish", "SELECT id, meeting_id, id FROM participant WHERE finished_at NOT NULL"),
    ("erase", "SELECT id, meeting_id, id FROM participant WHERE erased_at NOT NULL"),
    ("append_audit", "SELECT id, meeting_id, NULL FROM audit ORDER BY meeting_id, number"),
)
_EVIDENCE = f"""
    SELECT {columns(EvidenceRef, "evidence")}, o.meeting_id, o.participant_id FROM evidence
    JOIN occurrence AS o ON o.id = evidence.occurrence_id WHERE NOT evidence.is_erased"""


def connect(database: Database, address: str, has_file: HasFile) -> None:
    """From now on, every write is for the remote store of this address, too.

    One that was not known here, or another than before, is told everything.
    """
    with database.write() as db:
        known = db.execute("SELECT address FROM remote").fetchone()
        if known == (address,):
            return
        db.execute("DELETE FROM remote")
        db.execute("INSERT INTO remote VALUES (1, ?)", (address,))
        db.execute("DELETE FROM remote_revision")
        put_everything(db, has_file)


def put_everything(
    db: sqlite3.Connection, has_file: HasFile, meeting_id: str | None = None
) -> None:
    """Of one meeting, or of all."""
    for verb, query in _RECORDS:
        for key, of_meeting, of_participant in db.execute(query).fetchall():
            if meeting_id in (None, of_meeting):
                put(db, verb, key, of_meeting, of_participant)
    for row in db.execute(_EVIDENCE).fetchall():
        ref, (of_meeting, of_participant) = from_row(EvidenceRef, row), row[-2:]
        if meeting_id in (None, of_meeting) and has_file(ref):
            put(db, "save_evidence", ref.id, of_meeting, of_participant)
