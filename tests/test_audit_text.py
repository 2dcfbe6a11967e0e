"""What a log takes: text whose hash is the same wherever it is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from stores import STORES, add_people, event, store, supabase_store

from proctoring.audit import chain, events
from proctoring.plaintext import LONGEST_DETAIL, detail, is_plain
from proctoring.store import Rejected, Store
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore

__all__ = ["store"]  # the fixture

TYPED = "Appeal\x00 2026\ue000-114\x07,\n said \U000f0000Zoë \ud800👋"
KEPT = "Appeal 2026-114, said Zoë 👋"


def test_what_people_type_never_fails_and_verifies_in_every_store(store: Store) -> None:
    for typed in (TYPED, "\x00", "\ue000", "x" * 10_000):
        store.append_audit(events.done("m", events.OPERATOR, events.HOLD_SET, "m", typed))
    entries = store.audit_log("m")
    assert [entry.event.detail for entry in entries] == [KEPT, "", "", "x" * LONGEST_DETAIL]
    assert chain.broken_at(entries) is None


def synced_with_supabase(folder: Path) -> Store:
    remote = supabase_store(folder)
    return SyncedStore(SqliteStore(folder), lambda: remote)


@pytest.mark.parametrize("name", ["sqlite", "sealed", "synced", "supabase", "synced with supabase"])
@pytest.mark.parametrize("text", ["a\x00b", "\ue000", "a\ue0000", "bell\x07", "two\nlines"])
def test_what_machines_write_is_refused_in_every_store_and_changes_nothing(
    name: str, text: str, tmp_path: Path
) -> None:
    store = STORES.get(name, synced_with_supabase)(tmp_path / "data")
    add_people(store, "m", "p")
    whole = event()
    store.append_audit(whole)
    for wrong in (replace(event(), subject=text), replace(event(), detail=text)):
        with pytest.raises(Rejected, match="log takes no"):
            store.append_audit(wrong)
    assert [entry.event for entry in store.audit_log("m")] == [whole]
    assert store.problem == ""
    store.close()


def test_a_log_of_before_can_still_be_checked() -> None:
    """One that has such a text was right where it was written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "check_text", lambda event: None)
        old = event(detail="a\ue000b")
        entry = chain.AuditEntry(old, 1, chain.link(chain.START, old))
    assert chain.broken_at([entry]) is None


@pytest.mark.parametrize("text", ["", "ünïcode — 👋", "علي e\u0301", "👩\u200d🚀", "a\u00a0b"])
def test_text_of_all_languages_is_plain(text: str) -> None:
    assert is_plain(text)
    assert is_plain(detail(text))
