"""Who is staff, among those who signed in with the operator's OpenID Connect provider.

What counts is an e-mail address that the provider says it has verified, and the operator's list.
Streamlit keeps what the provider said in a signed cookie for 30 days and looks neither at its age
nor, in tabs that are open, at whether its owner has signed out; both are looked at here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

SIGNED_IN_FOR_S = 12 * 3600  # as long as a pass
SHORTEST_COOKIE_SECRET = 32  # characters; with a guess of it anybody is anybody
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
CALLBACK = "/oauth2callback"  # Streamlit's
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENTRY = re.compile(r"[!-?A-~]*@[a-z0-9-]+(\.[a-z0-9-]+)*")  # "ann@uni.example", "@uni.example"


class Standing(StrEnum):
    NOBODY = "nobody"  # not signed in, or no more
    UNVERIFIED = "unverified"  # the provider does not vouch for the address
    STRANGER = "stranger"  # not on the list
    STAFF = "staff"


def read_staff(listed: str, auth: object) -> frozenset[str] | None:
    """Addresses and domains ("@uni.example") in lower case; None if nobody need sign in.

    `listed` is the operator's list, `auth` the section of that name of Streamlit's secrets.
    Raises ValueError for what would leave a door open or shut that looks otherwise; the message
    repeats no secret.
    """
    staff = frozenset(part.strip().lower() for part in listed.split(",") if part.strip())
    if wrong := [entry for entry in sorted(staff) if not _ENTRY.fullmatch(entry)]:
        raise ValueError(f"must list addresses or domains (ann@uni.example, @uni.example): {wrong}")
    if auth is None:
        if staff:
            raise ValueError("lists staff, and the secrets have no section [auth] to sign in by.")
        return None
    given = auth if isinstance(auth, Mapping) else {}
    values = {name: str(given.get(name) or "") for name in NEEDED}
    if missing := [name for name, value in values.items() if not value]:
        raise ValueError(f"cannot count: the secrets' section [auth] lacks {', '.join(missing)}.")
    if len(values["cookie_secret"]) < SHORTEST_COOKIE_SECRET:
        raise ValueError(
            "cannot count: cookie_secret in the secrets' section [auth] is shorter than"
            f" {SHORTEST_COOKIE_SECRET} characters. `openssl rand -base64 32` prints a good one."
        )
    if not values["redirect_uri"].endswith(CALLBACK):
        raise ValueError(f"cannot count: redirect_uri in [auth] does not end with {CALLBACK}.")
    provider = urlsplit(values["server_metadata_url"])
    if provider.scheme != "https" and provider.hostname not in _LOOPBACK:
        raise ValueError("cannot count: server_metadata_url in [auth] does not begin with https://")
    return staff


def standing(claims: Mapping[str, Any], staff: frozenset[str], now_s: float) -> Standing:
    """`claims` are of the ID token, whose signature has been checked, and Streamlit's own."""
    if claims.get("is_logged_in") is not True or now_s - _made_at(claims) > SIGNED_IN_FOR_S:
        return Standing.NOBODY
    if claims.get("email_verified") is not True:
        return Standing.UNVERIFIED
    return Standing.STAFF if _is_listed(claims.get("email"), staff) else Standing.STRANGER


class SignedOut:
    """The sign-ins that were ended, of this process. Safe to call from any thread.

    Signing out ends that sign-in and all earlier ones of the same account, in every tab and
    browser. They are compared by the provider's clock alone.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}  # by account: made then or before, s
        self._lock = threading.Lock()

    def add(self, claims: Mapping[str, Any], now_s: float) -> None:
        account, made_at = _account(claims), _made_at(claims)
        with self._lock:
            oldest = now_s - SIGNED_IN_FOR_S
            self._until = {key: at for key, at in self._until.items() if at >= oldest}
            self._until[account] = max(made_at, self._until.get(account, made_at))

    def __contains__(self, claims: Mapping[str, Any]) -> bool:
        with self._lock:
            until = self._until.get(_account(claims))
        return until is not None and _made_at(claims) <= until


def _is_listed(email: object, staff: frozenset[str]) -> bool:
    # Other alphabets have signs that become "k" or "s" in lower case, and so another's address.
    if not isinstance(email, str) or not email.isascii():
        return False
    address = email.lower()
    local, _, domain = address.partition("@")
    return bool(local) and bool(_ENTRY.fullmatch(address)) and bool({address, "@" + domain} & staff)


def _account(claims: Mapping[str, Any]) -> tuple[str, str]:
    return str(claims.get("iss", "")), str(claims.get("sub", ""))


def _made_at(claims: Mapping[str, Any]) -> float:
    """When the provider made the token, s since 1970; long ago if it does not say."""
    made_at = claims.get("iat")
    return float(made_at) if isinstance(made_at, int | float) else 0.0
