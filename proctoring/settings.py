"""What the operator can set, read once at the edge from the environment.

`docs/operator.md` lists the same names; a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "OPENPROCTOR_"


class SettingsError(ValueError):
    """A setting cannot be understood; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path = Path("data")  # database and evidence
    public_url: str = ""  # "https://exams.example.org"; empty: the address in the browser
    ice_servers: tuple[dict[str, Any], ...] = ()  # STUN and TURN, as in RTCConfiguration
    frames_per_s: float = 4.0  # pictures analysed per second and candidate
    stills_per_s: float = 1.0  # pictures shown on the desk per second and candidate

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        default = cls()
        return cls(
            data_dir=Path(environment.get(PREFIX + "DATA_DIR") or default.data_dir),
            public_url=_url(environment.get(PREFIX + "PUBLIC_URL", "")),
            ice_servers=_ice_servers(environment.get(PREFIX + "ICE_SERVERS", "")),
            frames_per_s=_rate(environment, "FRAMES_PER_S", default.frames_per_s, 0.5, 15),
            stills_per_s=_rate(environment, "STILLS_PER_S", default.stills_per_s, 0.1, 5),
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
