"""Opens the store that the settings name, with everything that is around it."""

from __future__ import annotations

from proctoring.access import tokens
from proctoring.sealing import Sealer
from proctoring.settings import Settings
from proctoring.store import Store, StoreError
from proctoring.store.embedded.files import make_folder
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.logged import LoggedStore
from proctoring.store.sealed import SealedStore
from proctoring.store.supabase.store import SupabaseStore
from proctoring.store.synced.store import SyncedStore

SEALING_KEY = "sealing.key"  # in the data folder
_LOOKED_AT = 10  # meetings, the newest


def open_store(settings: Settings) -> Store:
    """Raises StoreError, also if what is kept cannot be opened with this server's key."""
    sealer = open_sealer(settings)
    inner = _open_inner(settings)
    try:
        sealed = SealedStore(inner, sealer)
        _check_key(sealed)
    except BaseException:
        inner.close()
        raise
    return LoggedStore(sealed)


def _open_inner(settings: Settings) -> Store:
    local, supabase = SqliteStore(settings.data_dir), settings.supabase
    if supabase is None:
        return local
    return SyncedStore(local, lambda: SupabaseStore(supabase), address=supabase.url)


def open_sealer(settings: Settings) -> Sealer:
    """With the key of the settings, or of the file that is made on first use."""
    if settings.sealing_key:
        return Sealer(settings.sealing_key)
    path = settings.data_dir / SEALING_KEY
    try:
        make_folder(settings.data_dir)
        return Sealer(tokens.load_key(path))
    except tokens.DamagedKey:  # its own advice, a new key, would lose everything
        raise StoreError(
            f"The sealing key {path} is damaged. Put its copy back: without it nobody can open"
            " the names, pictures and sounds that are kept."
        ) from None
    except OSError as error:
        raise StoreError(f"The sealing key {path} cannot be used: {error.strerror}.") from error


def _check_key(store: Store) -> None:
    """Told at the start, and not in the middle of an exam: the newest names can be opened."""
    for meeting in reversed(store.meetings()[-_LOOKED_AT:]):
        if store.participants(meeting.id):
            return
