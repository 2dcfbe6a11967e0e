"""What the operator can set, read once at the edge from the environment.

`docs/operator.md` lists the same names; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from proctoring.access.staff import read_staff

PREFIX = "OPENPROCTOR_"
SEALING_KEY_BYTES = 32
LONGEST_KEEPING = 3650  # days
SECRETS = Path(".streamlit/secrets.toml")  # where Streamlit looks: beside the app, and at home
# In the order of preference. The last is what other Streamlit apps call it.
SUPABASE_KEYS = ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_KEY")
SUPABASE_URL = "SUPABASE_URL"


class SettingsError(ValueError):
    """A setting cannot be understood; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class SupabaseSettings:
    url: str  # "https://<project>.supabase.co"
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises SettingsError for what cannot work."""
        if not self.url.startswith(("https://", "http://")):
            raise SettingsError(f"{SUPABASE_URL} must begin with https://: {self.url!r}")
        if role := _weak_role(self.key):
            raise SettingsError(
                f"The Supabase key is a {role} key, with which nothing can be read or kept."
                " The server needs the secret key: Supabase dashboard, Project Settings, API keys."
            )


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
    keep_traces: bool = True  # what is observed, minute by minute, for as long as pictures
    sealing_key: bytes = field(default=b"", repr=False)  # empty: the file in the data folder
    replica: str = ""  # this server's name among those that share a store; empty: it is alone
    replica_url: str = ""  # where the other servers reach it
    staff: frozenset[str] | None = None  # who may make exams; None: whoever comes, nobody signs in
    supabase: SupabaseSettings | None = None  # None: records are in the data folder alone

    @classmethod
    def read(
        cls, environment: Mapping[str, str], secrets: Mapping[str, Any] | None = None
    ) -> Settings:
        """Raises SettingsError. `secrets` are Streamlit's: see `read_secrets`."""
        default = cls()
        return cls(
            data_dir=Path(environment.get(PREFIX + "DATA_DIR") or default.data_dir),
            public_url=_url(environment, "PUBLIC_URL"),
            ice_servers=_ice_servers(environment.get(PREFIX + "ICE_SERVERS", "")),
            frames_per_s=_rate(environment, "FRAMES_PER_S", default.frames_per_s, 0.5, 15),
            stills_per_s=_rate(environment, "STILLS_PER_S", default.stills_per_s, 0.1, 5),
            trusted_proxies=_networks(environment, "TRUSTED_PROXIES"),
            keep_evidence_days=_days(environment, "KEEP_EVIDENCE_DAYS", default.keep_evidence_days),
            keep_records_days=_days(environment, "KEEP_RECORDS_DAYS", default.keep_records_days),
            keep_traces=_switch(environment, "KEEP_TRACES", default.keep_traces),
            sealing_key=_key(environment.get(PREFIX + "SEALING_KEY", "")),
            replica=_name(environment, "REPLICA"),
            replica_url=_url(environment, "REPLICA_URL"),
            staff=_staff(environment, "STAFF", secrets),
            supabase=supabase_settings(environment, secrets or {}),
        )

    def __post_init__(self) -> None:
        """Raises SettingsError for what cannot work."""
        if not self.replica:
            return
        if not self.replica_url:
            raise SettingsError(
                f"{PREFIX}REPLICA needs {PREFIX}REPLICA_URL, the address at which the other"
                " servers reach this one: http://10.0.0.1:8501"
            )
        if not self.sealing_key:
            raise SettingsError(
                f"{PREFIX}REPLICA needs {PREFIX}SEALING_KEY, the same on all servers: with keys"
                " of their own, none opens what another has sealed."
            )


def read_secrets() -> dict[str, Any]:
    """Streamlit's secrets, for the server and the commands alike. Raises SettingsError."""
    secrets: dict[str, Any] = {}
    for path in (Path.home() / SECRETS, SECRETS):  # the app's own win
        try:
            secrets |= tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path} cannot be read: {type(error).__name__}.") from None
    return secrets


def supabase_settings(
    environment: Mapping[str, str], secrets: Mapping[str, Any]
) -> SupabaseSettings | None:
    """None if nothing speaks of Supabase: the records are then kept in the data folder.

    Looked for in `environment`, then at the top of `secrets`, then in its section
    [connections.supabase]. The address and the key must come from the same place: an address of
    one project with the key of another would only fail later. Raises SettingsError.
    """
    section = secrets.get("connections", {}).get("supabase", {})
    for place, values in (
        ("The environment", environment),
        ("The secrets", secrets),
        ("The secrets' section [connections.supabase]", section),
    ):
        url = str(values.get(SUPABASE_URL) or "").strip()
        key = next((str(values[name]).strip() for name in SUPABASE_KEYS if values.get(name)), "")
        if url and key:
            return SupabaseSettings(url.rstrip("/"), key)
        if url:
            raise SettingsError(
                f"{place}: {SUPABASE_URL} is there and the key is not; set {SUPABASE_KEYS[0]}."
            )
        if key:
            raise SettingsError(f"{place}: a Supabase key is there and {SUPABASE_URL} is not.")
    return None


def _weak_role(key: str) -> str:
    """ "publishable" or "anon" for a key that browsers may have, and "" for any other."""
    if key.startswith("sb_publishable_"):
        return "publishable"
    parts = key.split(".")
    if len(parts) != 3:
        return ""
    try:  # an older key is a JWT that names its role
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        role = str(payload.get("role", ""))
    except (binascii.Error, ValueError, AttributeError):
        return ""
    return "" if role == "service_role" else role


def _url(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(PREFIX + name, "")
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(f"{PREFIX}{name} must begin with https:// (or http://): {text!r}")
    return text.rstrip("/")


def _name(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(PREFIX + name, "")
    if not re.fullmatch(r"[A-Za-z0-9-]{0,32}", text):
        raise SettingsError(
            f"{PREFIX}{name} must be a short name of letters, digits and hyphens: {text!r}"
        )
    return text


def _staff(
    environment: Mapping[str, str], name: str, secrets: Mapping[str, Any] | None
) -> frozenset[str] | None:
    if secrets is None:  # nobody looked for them
        return None
    try:
        return read_staff(environment.get(PREFIX + name, ""), secrets.get("auth"))
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name} {error}") from None


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


def _switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    text = environment.get(PREFIX + name) or ("on" if default else "off")
    if text not in ("on", "off"):
        raise SettingsError(f"{PREFIX}{name} must be on or off: {text!r}")
    return text == "on"


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
