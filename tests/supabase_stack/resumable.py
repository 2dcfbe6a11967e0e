"""Resumable uploads (tus 1.0.0, core and creation), which @supabase/lite does not have.

A stand-in, written from Supabase's documentation of its Storage: it keeps the pieces in memory
and hands the whole to lite as an ordinary upload.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

import httpx

PATH = "/storage/v1/upload/resumable"
PIECE = 6 * 1024 * 1024  # bytes of every piece but the last, as the hosted service wants it

Reply = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class _Upload:
    length: int
    metadata: dict[str, str]
    data: bytearray = field(default_factory=bytearray)


class Uploads:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._uploads: dict[str, _Upload] = {}

    def serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        given = httpx.Headers(headers)
        if given.get("tus-resumable") != "1.0.0":
            return 412, {}, b"Tus-Resumable is missing"
        if method == "POST":
            return self._begin(given)
        upload = self._uploads.get(path)
        if upload is None:
            return 404, {}, b"there is no such upload"
        if method == "PATCH":
            return self._append(upload, given, body)
        return 200, _offset(upload), b""

    def _begin(self, given: httpx.Headers) -> Reply:
        pairs = (item.split(" ") for item in given["upload-metadata"].split(","))
        metadata = {name: base64.b64decode(value).decode() for name, value in pairs}
        if self._client.head(_object(metadata), headers=_key(given)).is_success:
            return 409, {}, b"The resource already exists"
        location = f"{PATH}/{secrets.token_hex(8)}"
        self._uploads[location] = _Upload(int(given["upload-length"]), metadata)
        return 201, {"Location": f"http://{given['host']}{location}"}, b""

    def _append(self, upload: _Upload, given: httpx.Headers, body: bytes) -> Reply:
        if int(given["upload-offset"]) != len(upload.data):
            return 409, {}, b"not where the upload is"
        left = upload.length - len(upload.data)
        if len(body) != min(left, PIECE):
            return 400, {}, b"a piece has 6 MiB"
        upload.data += body
        if len(upload.data) == upload.length:
            stored = self._client.post(
                _object(upload.metadata),
                headers=_key(given) | {"content-type": upload.metadata["contentType"]},
                content=bytes(upload.data),
            )
            if not stored.is_success:
                return stored.status_code, {}, stored.content
        return 204, _offset(upload), b""


def _object(metadata: dict[str, str]) -> str:
    return f"/storage/v1/object/{metadata['bucketName']}/{metadata['objectName']}"


def _key(given: httpx.Headers) -> dict[str, str]:
    return {name: given[name] for name in ("apikey", "authorization")}


def _offset(upload: _Upload) -> dict[str, str]:
    return {"Upload-Offset": str(len(upload.data)), "Tus-Resumable": "1.0.0"}
