"""Who may see what: secrets are random and kept as hashes, passes are signed and short-lived.

A secret (in a proctor's link, or a candidate's resume token) has 256 bits from the operating
system; a fast hash is enough to keep such a one, because it cannot be guessed (a slow hash
protects what people choose), and to find it by, because an index on hashes leaks nothing that
helps to guess one. A pass is what a page hands to its own sockets and requests: it names a
capability, which is looked up at each use, so that what was revoked opens nothing any more.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proctoring.ids import new_id
from proctoring.types import Capability, Role

PASS_LASTS_S = 12 * 3600
KEY_BYTES = 32

# Who may do what. An examiner may all that a proctor may.
MANAGES = frozenset({Role.EXAMINER})  # changes links, holds, erases
WATCHES = MANAGES | {Role.PROCTOR}  # sees candidates live
READS = WATCHES | {Role.REVIEWER}  # reads incidents, their evidence and coverage
SITS = frozenset({Role.CANDIDATE})  # has an exam of their own


class Refused(Exception):
    """A pass is missing, forged, expired, revoked or for something else."""


class DamagedKey(Exception):
    """The file of the signing key does not hold one; the message says what to do."""


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def new_meeting_id() -> str:
    """96 bits: the candidate link is for those who were sent it. With a dash in front a command
    would take it for an option."""
    while (made := secrets.token_urlsafe(12)).startswith("-"):
        pass
    return made


def hash_secret(secret: str) -> str:
    return hashlib.sha256(_bytes(secret)).hexdigest()


def capability(
    role: Role,
    meeting_id: str,
    secret: str,
    participant_id: str | None = None,
    expires_at: datetime | None = None,
) -> Capability:
    """What the bearer of this secret may do from now on."""
    return Capability(
        id=new_id(),
        meeting_id=meeting_id,
        role=role,
        token_hash=hash_secret(secret),
        created_at=datetime.now(UTC),
        participant_id=participant_id,
        expires_at=expires_at,
    )


@dataclass(frozen=True, slots=True)
class Passes:
    """Signs and checks passes with one key of this installation."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < KEY_BYTES:
            raise ValueError("too short for a signing key")

    def make(
        self,
        bearer: Capability,
        sign_in: Mapping[str, Any] | None = None,
        *,
        now: float | None = None,
    ) -> str:
        """For PASS_LASTS_S seconds, and never for longer than the capability.

        `sign_in` is of whoever had to sign in for it, as JSON can hold it.
        """
        expires = (time.time() if now is None else now) + PASS_LASTS_S
        if bearer.expires_at is not None:
            expires = min(expires, bearer.expires_at.timestamp())
        said = [bearer.id, int(expires), *([dict(sign_in)] if sign_in is not None else [])]
        body = _encode(json.dumps(said).encode())
        return f"{body}.{self._sign(body)}"

    def capability_id(self, token: str, *, now: float | None = None) -> str:
        """Whose pass it is. Raises Refused, and never says why to whoever sent it."""
        return self.read(token, now=now)[0]

    def read(self, token: str, *, now: float | None = None) -> tuple[str, Mapping[str, Any] | None]:
        """Whose pass it is, and the sign-in that it was made with. Raises Refused."""
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(_bytes(signature), _bytes(self._sign(body))):
            raise Refused
        try:
            said = json.loads(_decode(body))
        except ValueError:
            raise Refused from None
        match said:
            case [str(capability_id), int(expires)]:
                sign_in = None
            case [str(capability_id), int(expires), dict(sign_in)]:
                pass
            case _:  # signed by an earlier version, which wrote another body
                raise Refused
        if expires <= (time.time() if now is None else now):
            raise Refused
        return capability_id, sign_in

    def _sign(self, body: str) -> str:
        return _encode(hmac.new(self.key, _bytes(body), hashlib.sha256).digest())


def load_key(path: Path) -> bytes:
    """The installation's signing key, made on first use, readable by its owner alone.

    Several processes may begin at once: all get the same key, and never half of one.
    Raises DamagedKey.
    """
    if not path.exists():
        _publish_key(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise DamagedKey(
            f"The signing key {path} is damaged. Delete it: a new one is made at the next start,"
            " and pages that are open must be loaded again."
        )
    return key


def _publish_key(path: Path, key: bytes) -> None:
    """A link appears whole, and only if nobody was first."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink()


def _bytes(text: str) -> bytes:
    """Of whatever a stranger sent: lone surrogates, which JSON can hold, do not raise."""
    return text.encode(errors="surrogatepass")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
