"""Another sealing key: all is as it was, the old one opens nothing, and no step loses a thing."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from keeping import Kept, kept

from proctoring.audit.integrity import check
from proctoring.sealing import Sealer, key_id_of
from proctoring.store import StoreError, rewrap
from proctoring.store.opening import SEALING_KEY, open_store
from proctoring.store.sealed_forms import SEALED

__all__ = ["kept"]  # the fixture

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def wrapped(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "openproctor.db")) as db:
        names = [name for (name,) in db.execute("SELECT name FROM participant")]
    return [name.removeprefix(SEALED).partition(":")[0] for name in names]


def is_whole(kept: Kept, **changes: Any) -> bool:
    store = open_store(replace(kept.settings, **changes))
    names = [one.name for one in store.participants("m")]
    report = check(store, "m")
    store.close()
    assert report.problems == []
    return names == ["Ann", "=Bob"] and report.kept == 4


def test_all_is_as_it_was_under_another_key(kept: Kept) -> None:
    kept.store.add_key("p", Sealer((kept.folder / SEALING_KEY).read_bytes()).new_key("p"))
    kept.store.close()
    before, old = wrapped(kept.folder), (kept.folder / SEALING_KEY).read_bytes()
    status, out, _ = kept.run("rotate-key")
    assert (status, out[:11]) == (0, "3 data keys")
    assert wrapped(kept.folder) == before, "asked, and not done"
    assert (kept.folder / SEALING_KEY).read_bytes() == old
    status, out, err = kept.run("rotate-key", "--yes")
    assert (status, out[:11]) == (0, "3 data keys")
    aside = kept.folder / f"{SEALING_KEY}.{Sealer(old).key_id}"
    assert aside.name in err
    assert aside.read_bytes() == old
    assert aside.stat().st_mode & 0o077 == 0
    new = Sealer((kept.folder / SEALING_KEY).read_bytes())
    assert {key_id_of(one) for one in wrapped(kept.folder)} == {new.key_id}
    assert new.key_id in out
    assert is_whole(kept)
    for path in kept.folder.glob("openproctor.db*"):
        assert not any(one.encode() in path.read_bytes() for one in before)
    with pytest.raises(StoreError, match="sealing key"):
        open_store(replace(kept.settings, sealing_key=old))


def test_a_key_of_the_settings_is_followed_by_the_next_one(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.store.close()
    (kept.folder / SEALING_KEY).rename(kept.folder.parent / "old")
    old = base64.b64encode((kept.folder.parent / "old").read_bytes()).decode()
    monkeypatch.setenv("OPENPROCTOR_SEALING_KEY", old)
    for wrong in ("", "short", old):
        monkeypatch.setenv("OPENPROCTOR_NEW_SEALING_KEY", wrong)
        status, _, err = kept.run("rotate-key", "--yes")
        assert (status, "OPENPROCTOR_NEW_SEALING_KEY" in err) == (2, True)
    monkeypatch.setenv("OPENPROCTOR_NEW_SEALING_KEY", NEW)
    assert kept.run("rotate-key", "--yes")[1][:11] == "2 data keys"
    assert kept.run("rotate-key", "--yes")[1][:11] == "0 data keys", "and again is no harm"
    assert is_whole(kept, sealing_key=base64.b64decode(NEW))
    assert not list(kept.folder.glob(f"{SEALING_KEY}*"))


def test_nothing_is_changed_while_a_server_has_the_folder_open(kept: Kept) -> None:
    before = wrapped(kept.folder)
    assert kept.run("rotate-key")[0] == 0, "looking is no harm"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewrap, "_WAIT_S", 0.1)
        status, _, err = kept.run("rotate-key", "--yes")
    assert status == 2
    assert "stop the server" in err
    assert wrapped(kept.folder) == before
    assert is_whole(kept)


@pytest.mark.parametrize("place", ["rewrap", "hardlink_to", "sync", "replace"])
def test_what_is_interrupted_is_gone_on_with(
    kept: Kept, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops, each data key is under a key that is in the folder."""
    kept.store.close()

    def stop(*_: object) -> None:
        raise OSError(5, "the power went", "here")

    with monkeypatch.context() as patch:
        if place == "rewrap":
            real: Callable[..., str] = Sealer.rewrap
            calls = iter([False, True])
            patch.setattr(Sealer, place, lambda *given: stop() if next(calls) else real(*given))
        else:
            patch.setattr(rewrap if place == "sync" else Path, place, stop)
        assert kept.run("rotate-key", "--yes")[0] == 2
    keys = [path.read_bytes() for path in kept.folder.glob(f"{SEALING_KEY}*")]
    ids = {Sealer(key).key_id for key in keys}
    assert {key_id_of(one) for one in wrapped(kept.folder)} <= ids
    assert (kept.folder / SEALING_KEY).exists()
    assert kept.run("rotate-key")[0] == 0
    assert kept.run("rotate-key", "--yes")[0] == 0
    assert is_whole(kept)
    assert not (kept.folder / rewrap.NEW_KEY).exists()


def test_keys_of_a_third_installation_are_left_alone_and_named(kept: Kept) -> None:
    kept.store.close()
    third = Sealer(bytes(32))
    with closing(sqlite3.connect(kept.folder / "openproctor.db")) as db, db:
        (name,) = db.execute("SELECT name FROM participant WHERE id = 'q'").fetchone()
        foreign = name.replace(name.split(":")[1], third.new_key("q"))
        db.execute("UPDATE participant SET name = ? WHERE id = 'q'", (foreign,))
    before = wrapped(kept.folder)
    status, _, err = kept.run("rotate-key", "--yes")
    assert status == 2
    assert third.key_id in err
    assert wrapped(kept.folder) == before


def test_a_folder_that_shares_a_remote_store_is_refused(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.store.close()
    before = wrapped(kept.folder)
    with closing(sqlite3.connect(kept.folder / "openproctor.db")) as db, db:
        db.execute("INSERT INTO remote VALUES (1, 'https://project.example')")
    for options in ((), ("--yes",)):
        assert re.search("Supabase", kept.run("rotate-key", *options)[2])
    monkeypatch.setenv("SUPABASE_URL", "https://project.example")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_x")
    assert kept.run("rotate-key", "--yes")[0] == 2
    assert wrapped(kept.folder) == before
