"""Candidates who sit an exam already, so that a test of the exam begins in it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from live import Links, Server
from whole_paper import TEXT, attach_whole

from proctoring.access import tokens
from proctoring.ids import new_id
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.types import Participant, Role


@contextlib.contextmanager
def opened(data_dir: Path) -> Iterator[Store]:
    """The server's own records, beside it."""
    store = open_store(Settings(data_dir=data_dir))
    yield store
    store.close()


def exam_with_paper(server: Server, text: str = TEXT, **changes: object) -> Links:
    links = server.make_meeting(**{"signals": ("faces",), "instructions": ""} | changes)
    with opened(server.data_dir) as store:
        attach_whole(store, links.meeting_id, text)
    return links


def seat(server: Server, links: Links, name: str = "Ada") -> tuple[str, str]:
    """The address of somebody who has begun, and their id."""
    now, token = datetime.now(UTC), tokens.new_secret()
    person = Participant(new_id(), links.meeting_id, name, now, now, "v1")
    own = tokens.capability(Role.CANDIDATE, links.meeting_id, token, person.id)
    with opened(server.data_dir) as store:
        store.add_participant(person, own)
        store.start(person.id, now)
    return f"{links.candidate}&seat={quote(token)}", person.id


def kept(server: Server, participant_id: str) -> dict[str, Any]:
    """What the server holds of their answers, by question."""
    with opened(server.data_dir) as store:
        found = store.answers(participant_id)
    return {one.question_id: json.loads(one.content) for one in found}
