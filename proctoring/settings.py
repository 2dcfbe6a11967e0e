"""What the operator can set, read once at the edge from the environment.

`docs/operator.md` lists the same names; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from proctoring import setting_values as reading
from proctoring.access.staff import read_staff
from proctoring.integration.platforms import Platform
from proctoring.setting_values import PREFIX, SettingsError

__all__ = [
    "DROP_INS",
    "ENGINES",
    "PREFIX",
    "SECRETS",
    "SUPABASE_KEYS",
    "SUPABASE_URL",
    "Settings",
    "SettingsError",
    "SupabaseSettings",
    "read_secrets",
    "supabase_settings",
]

SECRETS = Path(".streamlit/secrets.toml")  # where Streamlit looks: beside the app, and at home
# In the order of preference. The last is what other Streamlit apps call it.
SUPABASE_KEYS = ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_KEY")
SUPABASE_URL = "SUPABASE_URL"
ENGINES = ("thread", "process", "ray")  # see docs/capacity.md
DROP_INS = ("dyte", "smart-exam-ai", "proctor-audit")  # see docs/api.md


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
    # STUN and TURN, as in RTCConfiguration; the pages' own copies are made by live.ice
    ice_servers: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    turn_secret: str = field(default="", repr=False)  # of which TURN credentials are made
    frames_per_s: float = 4.0  # pictures analysed per second and candidate
    stills_per_s: float = 1.0  # pictures shown on the desk per second and candidate
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-For counts
    keep_evidence_days: int = 30  # pictures and sounds, from the closing of the meeting
    keep_records_days: int = 365  # names and keys, from the same
    keep_traces: bool = True  # what is observed, minute by minute, for as long as pictures
    desk_budget: int = 12  # incidents that a proctor is shown in ten minutes
    look_every_min: int = 15  # nobody in an exam goes unlooked-at for longer
    drop_ins: frozenset[str] = frozenset()  # of DROP_INS: whose paths are served at the root
    drop_in_origins: tuple[str, ...] = ()  # of pages that may call those: "https://host"
    lti: tuple[Platform, ...] = ()  # learning platforms that send candidates
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # that are not public
    sealing_key: bytes = field(default=b"", repr=False)  # empty: the file in the data folder
    engine: str = "thread"  # of ENGINES: where candidates are watched
    workers: int = 0  # of the other engines; 0: one for each core
    transport: str = "auto"  # or "snapshots": picture and sound never go by WebRTC
    capacity: str = "auto"  # or "off", or how many candidates at once: see docs/capacity.md
    snapshot_sound: str = "opus"  # where a browser can encode it, else as "samples"
    demo: bool = False  # visitors may begin demo exams, and nothing is kept for long
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
        is_demo = reading.switch(environment, "DEMO", default.demo)
        if is_demo:
            default = cls(keep_evidence_days=1, keep_records_days=1)
        return cls(
            data_dir=Path(environment.get(PREFIX + "DATA_DIR") or default.data_dir),
            public_url=reading.url(environment, "PUBLIC_URL"),
            ice_servers=reading.ice_servers(environment, "ICE_SERVERS"),
            turn_secret=reading.turn_secret(environment, "TURN_SECRET"),
            frames_per_s=reading.rate(environment, "FRAMES_PER_S", default.frames_per_s, 0.5, 15),
            stills_per_s=reading.rate(environment, "STILLS_PER_S", default.stills_per_s, 0.1, 5),
            trusted_proxies=reading.networks(environment, "TRUSTED_PROXIES"),
            keep_evidence_days=reading.days(
                environment, "KEEP_EVIDENCE_DAYS", default.keep_evidence_days
            ),
            keep_records_days=reading.days(
                environment, "KEEP_RECORDS_DAYS", default.keep_records_days
            ),
            keep_traces=reading.switch(environment, "KEEP_TRACES", default.keep_traces),
            desk_budget=reading.whole(environment, "DESK_BUDGET", default.desk_budget, 1, 100),
            look_every_min=reading.whole(
                environment, "LOOK_EVERY_MIN", default.look_every_min, 1, 240
            ),
            drop_ins=reading.names(environment, "DROP_INS", DROP_INS),
            drop_in_origins=reading.origins(environment, "DROP_IN_ORIGINS"),
            lti=reading.platforms(environment, "LTI"),
            webhook_networks=reading.networks(environment, "WEBHOOK_NETWORKS"),
            sealing_key=reading.key(environment.get(PREFIX + "SEALING_KEY", "")),
            engine=reading.one_of(environment, "ENGINE", ENGINES),
            workers=reading.whole(environment, "WORKERS", default.workers, 0, 256),
            transport=reading.one_of(environment, "TRANSPORT", ("auto", "snapshots")),
            capacity=reading.capacity(environment, "CAPACITY"),
            snapshot_sound=reading.one_of(environment, "SNAPSHOT_SOUND", ("opus", "samples")),
            demo=is_demo,
            replica=reading.name(environment, "REPLICA"),
            replica_url=reading.url(environment, "REPLICA_URL"),
            staff=_staff(environment, "STAFF", secrets),
            supabase=supabase_settings(environment, secrets or {}),
        )

    def __post_init__(self) -> None:
        """Raises SettingsError for what cannot work."""
        self._check_turn()
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

    def _check_turn(self) -> None:
        bare = [
            url
            for server in self.ice_servers
            for url in server["urls"]
            if "username" not in server and url.startswith("turn")
        ]
        if bare and not self.turn_secret:
            raise SettingsError(
                f"{PREFIX}ICE_SERVERS: {bare[0]} needs credentials. Write username and credential"
                f" beside it, or set {PREFIX}TURN_SECRET to its static-auth-secret."
            )
        if self.turn_secret and not bare:
            raise SettingsError(
                f"{PREFIX}TURN_SECRET is for TURN servers without username and credential, and"
                f" {PREFIX}ICE_SERVERS lists none of these. Add one, or take the secret away."
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


def _staff(
    environment: Mapping[str, str], name: str, secrets: Mapping[str, Any] | None
) -> frozenset[str] | None:
    if secrets is None:  # nobody looked for them
        return None
    try:
        return read_staff(environment.get(PREFIX + name, ""), secrets.get("auth"))
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name} {error}") from None
