"""Servers that share one remote store, over a line that may fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import DOWN, FINE, Faulty
from stores import add_people
from waiting import wait_until

from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore


class Site:
    """A remote store, and servers that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = SqliteStore(folder / "remote")
        self.line = Faulty(self.remote)
        self.servers: list[SyncedStore] = []

    def server(self, name: str) -> SyncedStore:
        local = SqliteStore(self.folder / name)
        server = SyncedStore(local, self.line.as_store, pull_every_s=0.02)
        self.servers.append(server)
        return server

    def cut(self) -> None:
        self.line.fault = lambda verb: DOWN

    def mend(self) -> None:
        self.line.fault = lambda verb: FINE

    def close(self) -> None:
        for server in self.servers:
            server.close()
        self.remote.close()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("proctoring.store.synced.puller.PARTICIPANTS_EVERY_S", 0.05)
    monkeypatch.setattr("proctoring.store.synced.puller.RIGHTS_EVERY_S", 0.05)
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def here(site: Site) -> SyncedStore:
    """With meeting "m" and its participant "p", who are in the remote store."""
    here = site.server("here")
    add_people(here, "m", "p")
    settle(here)
    return here


@pytest.fixture
def there(site: Site, here: SyncedStore) -> SyncedStore:
    return site.server("there")


def settle(*servers: SyncedStore) -> None:
    for server in servers:
        wait_until(lambda server=server: not server.waiting)  # type: ignore[misc]


def bytes_of(site: Site, name: str) -> list[Path]:
    return list((site.folder / name / "evidence").glob("*/*"))
