"""The store that the environment names, for the commands that work on what is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from proctoring.settings import Settings, read_secrets
from proctoring.store import Store, StoreError
from proctoring.store.embedded.sqlite import DATABASE
from proctoring.store.opening import open_store

COULD_NOT = 2  # the exit status where something could not be used
WRONG = 1  # … and where something that was looked at is not as it should be


def read_settings() -> Settings:
    """Raises SettingsError."""
    return Settings.read(os.environ, read_secrets())


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """Raises StoreError. Makes no new data folder: that would hide a wrong name."""
    if not (settings.data_dir / DATABASE).is_file():
        raise StoreError(
            f"There is no database in the folder {settings.data_dir}: set OPENPROCTOR_DATA_DIR"
            " as for the server."
        )
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()
