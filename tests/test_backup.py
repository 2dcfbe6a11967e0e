"""A copy that is whole, is proved, and comes back; and what is refused."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from keeping import Kept, kept
from making import occurrence
from stores import add_people, evidence, supabase_project
from waiting import wait_until

from proctoring.audit.integrity import check
from proctoring.cli import main
from proctoring.settings import Settings, SupabaseSettings
from proctoring.store import StoreError, Unknown
from proctoring.store.backup import backup
from proctoring.store.embedded.files import Damaged
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.opening import SEALING_KEY, open_store
from proctoring.store.restore import BadBackup, restore, verify
from proctoring.store.synced.store import SyncedStore

__all__ = ["kept"]  # the fixture


@pytest.fixture
def tar(kept: Kept, tmp_path: Path) -> Path:
    path = tmp_path / "kept.tar"
    assert kept.run("backup", path)[0] == 0
    return path


def test_what_was_backed_up_comes_back_and_is_right(kept: Kept, tar: Path, tmp_path: Path) -> None:
    there = tmp_path / "new" / "data"
    status, out, err = kept.run("restore", tar, "--to", there)
    assert status == 0
    assert "5 files" in out
    assert SEALING_KEY in err
    assert "erase" in err
    assert all(path.stat().st_mode & 0o077 == 0 for path in (there, *there.rglob("*")))
    with pytest.raises(StoreError, match="sealing key"):
        open_store(replace(kept.settings, data_dir=there))
    (there / SEALING_KEY).write_bytes((kept.folder / SEALING_KEY).read_bytes())
    store = open_store(replace(kept.settings, data_dir=there))
    assert store.participants("m") == kept.store.participants("m")
    assert check(store, "m", kept.store.audit_log("m")[-1].hash).problems == []
    assert check(store, "m").kept == 4
    store.close()


def test_keys_are_in_it_only_if_asked_for(kept: Kept, tar: Path, tmp_path: Path) -> None:
    with tarfile.open(tar) as file:
        assert SEALING_KEY not in file.getnames()
    status, _, err = kept.run("backup", tmp_path / "keys.tar", "--with-keys")
    assert (status, err) == (0, "")
    kept.run("restore", tmp_path / "keys.tar", "--to", tmp_path / "whole")
    store = open_store(replace(kept.settings, data_dir=tmp_path / "whole"))
    assert store.participant("p").name == "Ann"
    store.close()


def test_it_is_consistent_while_somebody_writes(kept: Kept, tmp_path: Path) -> None:
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            place = occurrence(700)
            kept.store.save_occurrence(place)
            kept.store.save_evidence(evidence(place.id, place.id.encode()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            made = backup(kept.folder, tmp_path / f"{number}.tar", with_keys=True)
            assert made.missing == ()
            restore(tmp_path / f"{number}.tar", tmp_path / str(number))
            store = open_store(replace(kept.settings, data_dir=tmp_path / str(number)))
            assert check(store, "m").problems == []
            store.close()
    finally:
        is_over.set()
        writer.join()


def test_a_file_that_is_lost_is_told_and_the_rest_is_saved(kept: Kept, tmp_path: Path) -> None:
    lost, damaged, *_ = kept.files()
    lost.unlink()
    damaged.write_bytes(b"something else")
    status, _, err = kept.run("backup", tmp_path / "b.tar")
    assert status == 1
    assert lost.name in err
    assert damaged.name in err
    assert verify(tmp_path / "b.tar") == 3


class Two:
    """Servers a and b, which share a remote store: each recorded one picture."""

    def __init__(self, folder: Path) -> None:
        self.remote = SqliteStore(folder / "remote")
        self.a, self.b = (self._open(folder / name) for name in "ab")
        add_people(self.a, "m", "p")
        wait_until(lambda: self.a.waiting == 0)  # b looks there for whom it doesn't know
        for store, data in ((self.a, b"at a"), (self.b, b"at b")):
            seen = occurrence()
            store.save_occurrence(seen)
            store.save_evidence(evidence(seen.id, data))
        wait_until(lambda: self.a.waiting == self.b.waiting == 0)
        wait_until(lambda: len(self.b.evidence_of("p")) == 2)

    def _open(self, folder: Path) -> SyncedStore:
        return SyncedStore(SqliteStore(folder), lambda: self.remote, pull_every_s=0.02)

    def fetch(self, evidence_id: str) -> bytes:
        return self.remote.evidence(evidence_id).data


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    two = Two(tmp_path)
    yield two
    two.a.close()
    two.b.close()


def test_what_other_servers_recorded_is_fetched_and_proved(two: Two, tmp_path: Path) -> None:
    made = backup(tmp_path / "b", tmp_path / "b.tar", with_keys=True, fetch=two.fetch)
    assert (made.fetched, made.missing, made.unreachable) == (1, (), "")
    restore(tmp_path / "b.tar", tmp_path / "there")
    store = SqliteStore(tmp_path / "there")
    kept = {store.evidence(ref.id).data for ref in store.evidence_of("p")}
    assert kept == {b"at a", b"at b"}
    store.close()


@pytest.mark.parametrize("answer", [b"something else", Unknown("erased"), Damaged("changed")])
def test_what_is_nowhere_as_it_was_is_missing(
    two: Two, tmp_path: Path, answer: bytes | StoreError
) -> None:
    def fetch(evidence_id: str) -> bytes:
        if isinstance(answer, StoreError):
            raise answer
        return answer

    made = backup(tmp_path / "b", tmp_path / "b.tar", with_keys=True, fetch=fetch)
    assert (made.fetched, len(made.missing), made.unreachable) == (0, 1, "")
    assert verify(tmp_path / "b.tar") == made.files


def test_a_line_that_fails_once_does_not_matter_and_one_that_is_down_is_told(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctoring.store.backup.TRY_AGAIN_AFTER_S", 0)
    failures = 1

    def fetch(evidence_id: str) -> bytes:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise StoreError("no connection")
        return two.fetch(evidence_id)

    made = backup(tmp_path / "b", tmp_path / "once.tar", with_keys=True, fetch=fetch)
    assert (made.fetched, made.missing) == (1, ())
    failures = 99
    made = backup(tmp_path / "b", tmp_path / "down.tar", with_keys=True, fetch=fetch)
    assert (made.fetched, len(made.missing)) == (0, 1)
    assert "no connection" in made.unreachable
    assert verify(tmp_path / "down.tar") == made.files


def test_the_command_fetches_from_supabase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = supabase_project()
    supabase = SupabaseSettings(project.url, project.secret_key)
    a, b = (
        open_store(Settings(data_dir=tmp_path / name, sealing_key=bytes(32), supabase=supabase))
        for name in "ab"
    )
    add_people(a, "m", "p")
    seen = occurrence()
    a.save_occurrence(seen)
    a.save_evidence(evidence(seen.id, b"at a"))
    wait_until(lambda: not cast(Any, a).inner.inner.waiting)
    wait_until(lambda: len(b.evidence_of("p")) == 1)
    a.close()
    b.close()
    for name, value in {
        "OPENPROCTOR_DATA_DIR": str(tmp_path / "b"),
        "OPENPROCTOR_SEALING_KEY": base64.b64encode(bytes(32)).decode(),
        "SUPABASE_URL": project.url,
        "SUPABASE_SECRET_KEY": project.secret_key,
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["backup", str(tmp_path / "b.tar")]) == 0
    assert "1 of them were recorded by other servers" in capsys.readouterr().out
    project.fault("503", times=99)
    assert main(["backup", str(tmp_path / "down.tar")]) == 1
    project.fault("none")
    assert "not whole" in capsys.readouterr().err


def test_nothing_is_written_over(kept: Kept, tar: Path) -> None:
    before = tar.read_bytes()
    assert kept.run("backup", tar)[0] == 2
    assert tar.read_bytes() == before
    assert kept.run("restore", tar, "--to", kept.folder)[0] == 2
    assert kept.run("restore", tar, "--to", tar)[0] == 2
    assert kept.run("restore", tar.with_name("none.tar"), "--to", tar.with_name("x"))[0] == 2


def test_every_damage_is_found_and_leaves_nothing(tar: Path, tmp_path: Path) -> None:
    whole = tar.read_bytes()
    with tarfile.open(tar) as file:
        places = [member.offset_data for member in file if member.size]
    damaged = tmp_path / "damaged.tar"
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1
        damaged.write_bytes(content)
        with pytest.raises(BadBackup):
            restore(damaged, tmp_path / "there")
    for length in (0, 100, 5000, len(whole) // 2, places[-1] + 5):
        damaged.write_bytes(whole[:length])
        with pytest.raises(BadBackup):
            restore(damaged, tmp_path / "there")
    assert not (tmp_path / "there").exists()
    assert list(tmp_path.glob(".restore-*")) == []


def member(name: str, **changes: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in changes.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize(
    "bad",
    [
        member("../outside"),
        member("/outside"),
        member("evidence/../../outside"),
        member(f"evidence/ab/../{'a' * 64}.jpg"),
        member(f"evidence/ab/{'c' * 64}.jpg"),
        member("openproctor.db-wal"),
        member("signing.key", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("sealing.key", type=tarfile.LNKTYPE, linkname="openproctor.db"),
        member("signing.key", type=tarfile.FIFOTYPE),
        member("evidence", type=tarfile.DIRTYPE),
        member("openproctor.db"),
        member("sealing.key"),
    ],
    ids=lambda info: info.name[-20:],
)
def test_what_does_not_belong_in_a_backup_is_refused(
    tar: Path, tmp_path: Path, bad: tarfile.TarInfo
) -> None:
    with tarfile.open(tar, "a") as file:
        file.addfile(bad, io.BytesIO())
    with pytest.raises(BadBackup):
        restore(tar, tmp_path / "in" / "there")
    assert not (tmp_path / "in" / "there").exists()
    assert not (tmp_path / "outside").exists()


def test_evidence_is_what_its_name_says_whatever_the_manifest_says(
    tar: Path, tmp_path: Path
) -> None:
    forged = tmp_path / "forged.tar"
    with tarfile.open(tar) as old, tarfile.open(forged, "w") as new:
        for info in old:
            source = old.extractfile(info)
            assert source
            content = source.read()
            if info.name.endswith(".jpg"):
                content = b"another picture"
            if info.name == "manifest.json":
                manifest = json.loads(content)
                for name in manifest["sha256"]:
                    if name.endswith(".jpg"):
                        digest = hashlib.sha256(b"another picture").hexdigest()
                        manifest["sha256"][name] = digest
                content = json.dumps(manifest).encode()
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))
    with pytest.raises(BadBackup, match="named by"):
        restore(forged, tmp_path / "there")


def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path) -> None:
    for manifest in ({}, {"format": 1}, {"format": 1, "sha256": []}, [], {"format": 9}):
        path = tmp_path / "empty.tar"
        text = json.dumps(manifest).encode()
        with tarfile.open(path, "w") as file:
            file.addfile(member("manifest.json", size=len(text)), io.BytesIO(text))
        with pytest.raises(BadBackup):
            verify(path)
