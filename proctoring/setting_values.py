"""How a setting is read: its text in the environment, understood or refused with a sentence."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from proctoring.integration.platforms import Platform

PREFIX = "OPENPROCTOR_"
SEALING_KEY_BYTES = 32
LONGEST_KEEPING = 3650  # days
SHORTEST_SECRET = 16  # characters

# RFC 7064 and RFC 7065, as both browsers and aiortc take them
_ICE_URL = re.compile(
    r"(stuns?:[\w.-]+(:\d{1,5})?|turn:[\w.-]+(:\d{1,5})?(\?transport=(udp|tcp))?"
    r"|turns:[\w.-]+(:\d{1,5})?(\?transport=tcp)?)",
    re.ASCII,
)


class SettingsError(ValueError):
    """A setting cannot be understood; the message names it and says what it takes."""


def url(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(PREFIX + name, "")
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(f"{PREFIX}{name} must begin with https:// (or http://): {text!r}")
    return text.rstrip("/")


def name(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(PREFIX + name, "")
    if not re.fullmatch(r"[A-Za-z0-9-]{0,32}", text):
        raise SettingsError(
            f"{PREFIX}{name} must be a short name of letters, digits and hyphens: {text!r}"
        )
    return text


def names(environment: Mapping[str, str], name: str, known: tuple[str, ...]) -> frozenset[str]:
    given = {part.strip() for part in environment.get(PREFIX + name, "").split(",")} - {""}
    if unknown := sorted(given.difference(known)):
        raise SettingsError(f"{PREFIX}{name} lists some of {', '.join(known)}: {unknown[0]!r}")
    return frozenset(given)


def origins(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = environment.get(PREFIX + name, "").replace(",", " ").split()
    if wrong := [one for one in found if not re.fullmatch(r"https?://[^/?#\s]+", one)]:
        raise SettingsError(f"{PREFIX}{name} lists origins (https://host:port): {wrong[0]!r}")
    return tuple(found)


def ice_servers(environment: Mapping[str, str], name: str) -> tuple[dict[str, Any], ...]:
    """Each with "urls", a list, and for TURN with "username" and "credential", or neither.

    Never repeats what may be a password.
    """
    try:
        servers = json.loads(environment.get(PREFIX + name) or "[]")
        if not isinstance(servers, list):
            raise TypeError
        return tuple(_ice_server(server, name) for server in servers)
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(
            f"{PREFIX}{name} must be a JSON list such as"
            ' [{"urls": ["turn:turn.example.org"], "username": "…", "credential": "…"}]'
        ) from None


def _ice_server(server: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Raises SettingsError, and for what has no such form ValueError, TypeError or KeyError."""
    urls = [server["urls"]] if isinstance(server["urls"], str) else server["urls"]
    given = {key: server[key] for key in ("username", "credential") if key in server}
    if not (urls and isinstance(urls, list) and all(isinstance(url, str) for url in urls)):
        raise ValueError
    if server.keys() - {"urls", "credentialType", *given} or (
        server.get("credentialType", "password") != "password"
        or not all(isinstance(value, str) and value for value in given.values())
    ):
        raise ValueError
    for url in urls:
        if not _ICE_URL.fullmatch(url):
            raise SettingsError(
                f"{PREFIX}{name}: {url!r} is none of stun:HOST:PORT, turn:HOST:PORT?transport=udp"
                " (or tcp) and turns:HOST:PORT?transport=tcp, where HOST is a name or an IPv4"
                " address and only HOST must be there."
            )
    if len(given) == 1:
        raise SettingsError(
            f"{PREFIX}{name}: {urls[0]} has only one of username and credential: write both."
        )
    return {"urls": urls, **given}


def turn_secret(environment: Mapping[str, str], name: str) -> str:
    """Never repeats the text."""
    text = environment.get(PREFIX + name, "").strip()
    if text and len(text) < SHORTEST_SECRET:
        raise SettingsError(
            f"{PREFIX}{name} must have at least {SHORTEST_SECRET} characters, such as"
            " `openssl rand -hex 32` prints, and be the static-auth-secret of the TURN server."
        )
    return text


def platforms(environment: Mapping[str, str], name: str) -> tuple[Platform, ...]:
    try:
        return tuple(
            Platform(**one | {"deployments": frozenset(one.get("deployments", ()))})
            for one in json.loads(environment.get(PREFIX + name) or "[]")
        )
    except (ValueError, TypeError, AttributeError):
        raise SettingsError(
            f"{PREFIX}{name} must be a JSON list such as"
            ' [{"issuer": "https://…", "client_id": "…", "login_url": "https://…",'
            ' "keys_url": "https://…", "key": "ID of an API key", "deployments": ["1"]}]'
        ) from None


def networks(environment: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    text = environment.get(PREFIX + name, "")
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}{name} must list addresses or networks (10.0.0.5, 10.1.0.0/16): {error}"
        ) from None


def rate(
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


def whole(
    environment: Mapping[str, str], name: str, default: int, low: int, high: int, of: str = ""
) -> int:
    text = environment.get(PREFIX + name) or str(default)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(
            f"{PREFIX}{name} must be a whole number{of} from {low} to {high}: {text!r}"
        )
    return int(text)


def days(environment: Mapping[str, str], name: str, default: int) -> int:
    return whole(environment, name, default, 1, LONGEST_KEEPING, " of days")


def one_of(environment: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    text = environment.get(PREFIX + name) or words[0]
    if text not in words:
        raise SettingsError(f"{PREFIX}{name} must be {' or '.join(words)}: {text!r}")
    return text


def capacity(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(PREFIX + name) or "auto"
    if not re.fullmatch(r"off|auto|[1-9]\d{0,4}", text, re.ASCII):
        raise SettingsError(
            f"{PREFIX}{name} must be off, auto or a number of candidates from 1 to 99999: {text!r}"
        )
    return text


def switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    text = environment.get(PREFIX + name) or ("on" if default else "off")
    if text not in ("on", "off"):
        raise SettingsError(f"{PREFIX}{name} must be on or off: {text!r}")
    return text == "on"


def key(text: str) -> bytes:
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
