"""One Supabase project: calls of its functions and tables, and its errors put into sentences.

Every call is made once. What may pass (no connection, 408, 425, 429, 5xx) is a StoreError and
can be asked again; what the database refuses is Rejected, and what it does not know is Unknown.
All else, such as a key that was revoked, is a StoreError too: once it is mended, the same
record can be saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError

from proctoring.settings import SupabaseSettings
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.store.supabase.rows import text_from_json, to_json
from supabase import ClientOptions, create_client

SCHEMA = "20261121001700"  # the newest migration that this program knows

APPLY = (
    "Apply the project's migrations: `npx supabase link`, then `npx supabase db push`, in the"
    " folder of OpenProctor."
)

TIMEOUT = httpx.Timeout(10, connect=3, write=30)  # s; a picture over a slow line takes a while
LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=20)

_PASSING = (408, 425, 429)
_NOT_APPLIED = ("PGRST202", "PGRST204", "PGRST205", "42P01", "42883", "42703", "3F000")
_UNKNOWN = "PT404"  # raised by the functions of the migrations
_REFUSED = ("22", "23")  # classes of SQLSTATE: data exceptions and constraints


class SupabaseClient:
    """May be used from any thread."""

    def __init__(self, settings: SupabaseSettings) -> None:
        # HTTP/1.1: a shared HTTP/2 connection breaks when several threads use it.
        self._http = httpx.Client(
            http2=False,
            timeout=TIMEOUT,
            limits=LIMITS,
            follow_redirects=True,
            event_hooks={"response": [_look_at_status]},
        )
        options = ClientOptions(
            httpx_client=self._http,
            auto_refresh_token=False,
            persist_session=False,
            # Otherwise reading sleeps for up to seven seconds; the caller decides when to repeat.
            postgrest_client_retry=False,
        )
        self._settings = settings
        self._supabase = create_client(settings.url, settings.key, options)
        self._is_closed = False

    def close(self) -> None:
        """Afterwards there is only StoreError."""
        self._is_closed = True
        self._http.close()

    def check_schema(self) -> None:
        """Raises StoreError, with what to do, if the project is not ready for this program."""
        found = str(self.call("schema_version"))
        if found < SCHEMA:
            raise StoreError(f"The Supabase project is of an older OpenProctor. {APPLY}")
        if found > SCHEMA:
            raise StoreError(
                f"The Supabase project has the schema {found}, and this OpenProctor knows"
                f" {SCHEMA}: a newer one made it. Install that one."
            )

    def call(self, function: str, **arguments: Any) -> Any:
        """A function of the database: all that it does is kept, or nothing is."""
        given = {f"p_{name}": to_json(value) for name, value in arguments.items()}
        with self.explained():
            return self._supabase.rpc(function, given).execute().data

    def find(self, table: str, column: str, value: str) -> dict[str, Any] | None:
        """The row where a unique column has this value."""
        with self.explained():
            query = self._supabase.table(table).select("*").eq(column, to_json(value)).limit(1)
            rows: list[Any] = query.execute().data
        return dict(rows[0]) if rows else None

    def bucket(self, name: str) -> Any:
        """Of Storage; use it inside `explained`."""
        return self._supabase.storage.from_(name)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """To a path below the project's address, or to an address that it gave."""
        headers = {
            "apikey": self._settings.key,
            "authorization": f"Bearer {self._settings.key}",
            **options.pop("headers", {}),
        }
        with self.explained():
            address = httpx.URL(self._settings.url + "/").join(url)
            return self._http.request(method, address, headers=headers, **options)

    @contextmanager
    def explained(self) -> Iterator[None]:
        if self._is_closed:
            raise StoreError("The store is closed.")
        try:
            yield
        except APIError as error:
            raise _explain(str(error.code or ""), error.message or "no message") from error
        except StorageApiError as error:
            raise _explain_storage(str(error.status), error.message) from error
        except httpx.TransportError as error:
            raise StoreError(
                f"Supabase cannot be reached ({type(error).__name__}): see whether the network"
                " and the project are up."
            ) from error
        except RuntimeError as error:
            if self._is_closed:  # by another thread, meanwhile
                raise StoreError("The store is closed.") from error
            raise


def _look_at_status(response: httpx.Response) -> None:
    """Before the libraries forget the status."""
    status = response.status_code
    if status == 401:
        raise StoreError("Supabase refuses the key: see whether it was revoked.")
    if status in _PASSING or status >= 500:
        raise StoreError(f"Supabase cannot do it now (HTTP {status}).")


def _explain(code: str, message: str) -> StoreError:
    message = text_from_json(message)
    if code == _UNKNOWN:
        return Unknown(message)
    if code.startswith(_REFUSED) and len(code) == 5:
        return Rejected(f"The database refuses the record: {message.removesuffix('.')}.")
    if code in _NOT_APPLIED:
        return StoreError(f"The Supabase project lacks what this OpenProctor needs. {APPLY}")
    if code == "42501":
        return StoreError(f"The Supabase key has no right to do it. {APPLY}")
    return StoreError(f"Supabase gave an error: {message} ({code or 'no code'}).")


def _explain_storage(status: str, message: str) -> StoreError:
    if status in ("413", "415"):
        return Rejected(f"Supabase's Storage refuses the evidence: {message}")
    return StoreError(f"Supabase's Storage gave an error: {message} ({status}).")
