"""What the operator can set, read once at the edge from the environment.

`docs/operator.md` lists the same names; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

PREFIX = "OPENPROCTOR_"
SEALING_KEY_BYTES = 32
LONGEST_KEEPING = 3650  # days


class SettingsError(ValueError):
    """A setting cannot be understood; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path = Path("data")  # database and evidence
    public_url: str = ""  # "https://exams.example.org"; empty: the address in the browser
    ice_servers: tuple[dict[str, Any], ...] = ()  # STUN and TURN, as in RTCConfiguration
    frames_per_s: float = 4.0  # pictures analysed per second and candidate
    stills_per_s: float = 1.0  # pictures shown on the desk per second and candidate
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-For counts
    keep_evidence_days: int = 30  # pictures and sounds, from the closing of the meeting
    keep_records_days: int = 365  # names and keys, from the same
    sealing_key: bytes = field(default=b"", repr=False)  # empty: the file in the data folder

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        default = cls()
        return cls(
            data_dir=Path(environment.get(PREFIX + "DATA_DIR") or default.data_dir),
            public_url=_url(environment.get(PREFIX + "PUBLIC_URL", "")),
            ice_servers=_ice_servers(environment.get(PREFIX + "ICE_SERVERS", "")),
            frames_per_s=_rate(environment, "FRAMES_PER_S", default.frames_per_s, 0.5, 15),
            stills_per_s=_rate(environment, "STILLS_PER_S", default.stills_per_s, 0.1, 5),
            trusted_proxies=_networks(environment, "TRUSTED_PROXIES"),
            keep_evidence_days=_days(environment, "KEEP_EVIDENCE_DAYS", default.keep_evidence_days),
            keep_records_days=_days(environment, "KEEP_RECORDS_DAYS", default.keep_records_days),
            sealing_key=_key(environment.get(PREFIX + "SEALING_KEY", "")),
        )


def _url(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(f"{PREFIX}PUBLIC_URL must begin with https:// (or http://): {text!r}")
    return text.rstrip("/")


def _ice_servers(text: str) -> tuple[dict[str, Any], ...]:
    try:
        servers = json.loads(text or "[]")
        if not (isinstance(servers, list) and all("urls" in server for server in servers)):
            raise ValueError
    except (ValueError, TypeError):
        raise SettingsError(
            f"{PREFIX}ICE_SERVERS must be a JSON list such as"
            ' [{"urls": "turn:turn.example.org", "username": "…", "credential": "…"}]'
        ) from None
    return tuple(servers)


def _networks(environment: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    text = environment.get(PREFIX + name, "")
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}{name} must list addresses or networks (10.0.0.5, 10.1.0.0/16): {error}"
        ) from None


def _rate(
    environment: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float:
    text = environment.get(PREFIX + name) or str(default)
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if not low <= rate <= high:
        raise SettingsError(f"{PREFIX}{name} must be a number from {low} to {high}: {text!r}")
    return rate


def _days(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(PREFIX + name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_KEEPING):
        raise SettingsError(
            f"{PREFIX}{name} must be a whole number of days from 1 to {LONGEST_KEEPING}: {text!r}"
        )
    return int(text)


def _key(text: str) -> bytes:
    """Never repeats the text: it may be most of a key."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b"?"
    if len(key) not in (0, SEALING_KEY_BYTES):
        raise SettingsError(
            f"{PREFIX}SEALING_KEY must be {SEALING_KEY_BYTES} bytes in base64, such as"
            " `openssl rand -base64 32` prints."
        )
    return key
