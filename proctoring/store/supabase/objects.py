"""Evidence bytes in a private bucket: named by the hash of what they hold.

`<meeting>/<participant>/<sha256>.<extension>`; an object is there whole or not at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

import httpx
from storage3.exceptions import StorageApiError

from proctoring.store import StoreError
from proctoring.store.embedded.files import Damaged
from proctoring.store.supabase.client import SupabaseClient

BUCKET = "evidence"
PIECE = 6 * 1024 * 1024  # bytes; Supabase wants more than this resumable, in pieces of this size
REMOVED_AT_ONCE = 500  # objects; Supabase takes up to 1000
_CACHE_S = "3600"

_RESUMABLE = "storage/v1/upload/resumable"
_TUS = {"tus-resumable": "1.0.0"}


class EvidenceObjects:
    """May be used from any thread."""

    def __init__(self, client: SupabaseClient) -> None:
        self._client = client
        self._begun: dict[str, str] = {}  # path -> address of an upload that was cut short

    def write(self, path: str, data: bytes, media_type: str) -> None:
        """Returns when Storage has it. An object of that name holds the same: it is left."""
        if len(data) > PIECE:
            return self._write_in_pieces(path, data, media_type)
        options = {"content-type": media_type, "cache-control": _CACHE_S, "upsert": "false"}
        with self._client.explained():
            try:
                self._client.bucket(BUCKET).upload(path, data, options)
            except StorageApiError as error:
                if str(error.status) != "409":
                    raise

    def read(self, path: str, sha256: str) -> bytes:
        """The bytes, proved by their hash. Raises Damaged if they are gone or changed."""
        name = path.rpartition("/")[2]
        with self._client.explained():
            try:
                data = bytes(self._client.bucket(BUCKET).download(path))
            except StorageApiError as error:
                if str(error.status) != "404":
                    raise
                raise Damaged(
                    f"The evidence object {name} is missing from the bucket {BUCKET}."
                ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"The evidence object {name} was changed after it was saved.")
        return data

    def remove(self, paths: Iterable[str]) -> None:
        """Returns when they are gone; they may be gone already."""
        left = list(paths)
        while left:
            some, left = left[:REMOVED_AT_ONCE], left[REMOVED_AT_ONCE:]
            with self._client.explained():
                self._client.bucket(BUCKET).remove(some)

    def _write_in_pieces(self, path: str, data: bytes, media_type: str) -> None:
        """By tus 1.0.0. One that was cut short goes on from where it was, in this process."""
        address = self._begun.get(path) or self._begin(path, data, media_type)
        if not address:
            return
        head = self._client.request("HEAD", address, headers=_TUS)
        self._check(path, head)
        offset = int(head.headers["upload-offset"])
        while offset < len(data):
            answer = self._client.request(
                "PATCH",
                address,
                headers=_TUS
                | {
                    "upload-offset": str(offset),
                    "content-type": "application/offset+octet-stream",
                },
                content=data[offset : offset + PIECE],
            )
            self._check(path, answer)
            offset = int(answer.headers["upload-offset"])
        self._begun.pop(path, None)

    def _begin(self, path: str, data: bytes, media_type: str) -> str:
        """The address to send the pieces to; empty if there is such an object already."""
        metadata = {
            "bucketName": BUCKET,
            "objectName": path,
            "contentType": media_type,
            "cacheControl": _CACHE_S,
        }
        answer = self._client.request(
            "POST",
            _RESUMABLE,
            headers=_TUS
            | {
                "x-upsert": "false",
                "upload-length": str(len(data)),
                "upload-metadata": ",".join(
                    f"{name} {base64.b64encode(value.encode()).decode()}"
                    for name, value in metadata.items()
                ),
            },
        )
        if answer.status_code == 409:
            return ""
        self._check(path, answer)
        self._begun[path] = str(answer.headers["location"])
        return self._begun[path]

    def _check(self, path: str, answer: httpx.Response) -> None:
        """What fails is begun anew next time: Storage forgets an upload when it ended, in this
        process or in another, and after a day."""
        if not answer.is_success:
            self._begun.pop(path, None)
            raise StoreError(
                f"Supabase's Storage gave an error: {answer.text[:200]} ({answer.status_code})."
            )
