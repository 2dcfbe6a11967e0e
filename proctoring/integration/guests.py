"""Meetings that a drop-in made, and who of theirs is whom of ours."""

from __future__ import annotations

from proctoring.integration.database import Database

_MEETING = ""  # the name of no guest: the row says that the meeting is a drop-in's


class Guests:
    """Safe to call from any thread. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def made(self, meeting_id: str) -> None:
        self.keep(meeting_id, _MEETING, "")

    def is_made(self, meeting_id: str) -> bool:
        return self.participant(meeting_id, _MEETING) is not None

    def keep(self, meeting_id: str, name: str, participant_id: str) -> str:
        """`name` is what they are called there. The id that counts: of two, the first."""
        with self._database.use() as db:
            db.execute(
                "INSERT OR IGNORE INTO guest (meeting_id, name, participant_id) VALUES (?, ?, ?)",
                (meeting_id, name, participant_id),
            )
        return self.participant(meeting_id, name) or participant_id

    def participant(self, meeting_id: str, name: str) -> str | None:
        with self._database.use() as db:
            row = db.execute(
                "SELECT participant_id FROM guest WHERE meeting_id = ? AND name = ?",
                (meeting_id, name),
            ).fetchone()
        return str(row[0]) if row else None

    def names(self, meeting_id: str) -> dict[str, str]:
        """What participants are called there, by our ids."""
        with self._database.use() as db:
            rows = db.execute(
                "SELECT participant_id, name FROM guest WHERE meeting_id = ? AND name <> ''",
                (meeting_id,),
            )
            return {str(row[0]): str(row[1]) for row in rows}
