"""Encryption of what is about one person: names, pictures, sounds. AES-256-GCM throughout.

Each participant has a random data key. It is kept wrapped: encrypted with the one key of the
installation. Destroying the wrapped key makes everything that was sealed with it unreadable,
copies included, to whoever has no older copy of the wrapped key itself.

A sealed value is bound to its participant and to its record: put in the place of another, it
does not open. Sealing the same record again gives the same bytes, so a repeated save is the
same save. For that the nonce is the beginning of an HMAC over record and data, with a key of
its own. A nonce must never serve two different messages of one key; here two messages share
one only if 96 bits of their HMACs agree, which among a thousand records of one participant has
a probability below 1e-23. Equal nonces then mean an equal record, and show no more than that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"  # of both layouts below
MAGIC = b"\x93OPS"  # begins what is sealed; no picture or sound begins so
KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 8
OVERHEAD = len(MAGIC) + len(VERSION) + NONCE_BYTES + 16  # bytes that sealing adds

_HEAD = MAGIC + VERSION


class CannotOpen(ValueError):
    """It was sealed with another key, for another place, or changed; the message says which."""


class OtherInstallation(CannotOpen):
    """The wrapped key was made with another installation's key."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """Seals what is about one participant. Layout: magic, version, nonce, ciphertext, tag."""

    participant_id: str
    cipher: AESGCM = field(repr=False)
    nonce_key: bytes = field(repr=False)

    def seal(self, record: str, data: bytes) -> bytes:
        """`record` names the place of the data: the id of a picture, or "name"."""
        place = _bound("record", self.participant_id, record)
        message = place + hashlib.sha256(data).digest()
        nonce = hmac.digest(self.nonce_key, message, "sha256")[:NONCE_BYTES]
        return _HEAD + nonce + self.cipher.encrypt(nonce, data, place)

    def open(self, record: str, sealed: bytes) -> bytes:
        """Raises CannotOpen."""
        if not sealed.startswith(_HEAD):
            raise CannotOpen(f"{record!r} is not sealed as this version does it.")
        nonce, text = sealed[len(_HEAD) :][:NONCE_BYTES], sealed[len(_HEAD) + NONCE_BYTES :]
        try:
            return self.cipher.decrypt(nonce, text, _bound("record", self.participant_id, record))
        except (InvalidTag, ValueError):  # ValueError: it was cut off
            raise CannotOpen(f"{record!r} was changed, or belongs to another place.") from None


def is_sealed(data: bytes) -> bool:
    return data.startswith(MAGIC)


@dataclass(frozen=True, slots=True)
class Sealer:
    """The key of the installation. Layout of a wrapped key: version, id of the key that wraps,
    nonce, ciphertext, tag; as URL-safe base64."""

    key: bytes = field(repr=False)  # 32 bytes

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise ValueError("a sealing key has 32 bytes")

    @property
    def key_id(self) -> str:
        """Hex; tells keys apart and tells nothing about them."""
        return self._derive(b"id")[:KEY_ID_BYTES].hex()

    def new_key(self, participant_id: str) -> str:
        """A new data key, wrapped."""
        return self._wrap(participant_id, secrets.token_bytes(KEY_BYTES))

    def open_key(self, participant_id: str, wrapped: str) -> DataKey:
        """Raises CannotOpen."""
        key = self._unwrap(participant_id, wrapped)
        return DataKey(participant_id, AESGCM(_derive(key, b"seal")), _derive(key, b"nonce"))

    def rewrap(self, participant_id: str, wrapped: str, other: Sealer) -> str:
        """The same data key, under the other's. Raises CannotOpen."""
        return other._wrap(participant_id, self._unwrap(participant_id, wrapped))

    def sign(self, data: bytes) -> str:
        """Hex HMAC-SHA-256: whoever has the key of the installation can check it."""
        return hmac.digest(self._derive(b"sign"), data, "sha256").hex()

    def _wrap(self, participant_id: str, key: bytes) -> str:
        nonce, head = secrets.token_bytes(NONCE_BYTES), VERSION + bytes.fromhex(self.key_id)
        sealed = self._wrapping().encrypt(nonce, key, head + _bound("key", participant_id))
        return base64.urlsafe_b64encode(head + nonce + sealed).decode()

    def _unwrap(self, participant_id: str, wrapped: str) -> bytes:
        raw = _decoded(wrapped)
        head, rest = raw[: 1 + KEY_ID_BYTES], raw[1 + KEY_ID_BYTES :]
        if head[:1] != VERSION:
            raise CannotOpen(f"The key of participant {participant_id!r} cannot be understood.")
        if head[1:].hex() != self.key_id:
            raise OtherInstallation(
                f"The data of participant {participant_id!r} were sealed with the sealing key"
                f" {head[1:].hex()}, and this server has {self.key_id}. Give it the right one:"
                " put the file sealing.key back, or set OPENPROCTOR_SEALING_KEY, to the same"
                " value on all servers that share one store."
            )
        try:
            return self._wrapping().decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], head + _bound("key", participant_id)
            )
        except (InvalidTag, ValueError):
            raise CannotOpen(
                f"The key of participant {participant_id!r} was changed: restore a backup."
            ) from None

    def _wrapping(self) -> AESGCM:
        return AESGCM(self._derive(b"wrap"))

    def _derive(self, purpose: bytes) -> bytes:
        return _derive(self.key, purpose)


def key_id_of(wrapped: str) -> str:
    """Of the key that wraps it; "" if this version cannot tell."""
    raw = _decoded(wrapped)
    return raw[1 : 1 + KEY_ID_BYTES].hex() if raw[:1] == VERSION else ""


def _decoded(wrapped: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(wrapped)
    except (binascii.Error, ValueError):
        return b""


def _derive(key: bytes, purpose: bytes) -> bytes:
    """One key per purpose: the expanding step of HKDF (RFC 5869) for a single block."""
    return hmac.digest(key, b"OpenProctor " + purpose + b"\x01", "sha256")


def _bound(*names: str) -> bytes:
    """The associated data: unambiguous whatever characters the names have."""
    return json.dumps(names).encode()
