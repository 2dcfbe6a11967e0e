"""Who is staff, among those who signed in with the operator's OpenID Connect provider.

What counts is an e-mail address that the provider says it has verified, and two lists of entries:
the operator's setting, whose entries are examiners, and the store's, which has roles.
Streamlit keeps what the provider said in a signed cookie for 30 days and looks neither at its age
nor, in tabs that are open, at whether its owner has signed out; both are looked at here.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from proctoring.access.tokens import READS
from proctoring.store import StoreError
from proctoring.types import Role, Staff, StaffRole

SIGNED_IN_FOR_S = 12 * 3600  # as long as a pass
SHORTEST_COOKIE_SECRET = 32  # characters; with a guess of it anybody is anybody
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
CALLBACK = "/oauth2callback"  # Streamlit's
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST_ENTRY = 320  # characters: 64 before the sign, 255 behind it
ASKED_EVERY_S = 30.0  # the store's list
_ENTRY = re.compile(r"[!-?A-~]*@[a-z0-9-]+(\.[a-z0-9-]+)*")  # "ann@uni.example", "@uni.example"


MAKES_EXAMS = frozenset({StaffRole.EXAMINER})  # and changes them
# The links, by what they entitle to, that open for whom.
OPENS = {
    StaffRole.EXAMINER: READS,
    StaffRole.PROCTOR: frozenset({Role.PROCTOR, Role.REVIEWER}),
    StaffRole.REVIEWER: frozenset({Role.REVIEWER}),
}

Roles = Mapping[str, StaffRole]  # by entry


class Outsider(StrEnum):
    """Who is no staff, and why."""

    NOBODY = "nobody"  # not signed in, or no more
    UNVERIFIED = "unverified"  # the provider does not vouch for the address
    STRANGER = "stranger"  # on no list


def read_staff(listed: str, auth: object) -> frozenset[str] | None:
    """Entries that are examiners; None if nobody need sign in.

    `listed` is the operator's list, `auth` the section of that name of Streamlit's secrets.
    Raises ValueError for what would leave a door open or shut that looks otherwise; the message
    repeats no secret.
    """
    staff = frozenset(read_entry(part) for part in listed.split(",") if part.strip())
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


def read_entry(text: str) -> str:
    """An address, or a domain ("@uni.example"), in lower case. Raises ValueError."""
    entry = text.strip().lower()
    if len(entry) > LONGEST_ENTRY or not _ENTRY.fullmatch(entry):
        raise ValueError(
            f"must name addresses or domains (ann@uni.example, @uni.example): {text.strip()!r}"
        )
    return entry


def standing(claims: Mapping[str, Any], roles: Roles, now_s: float) -> StaffRole | Outsider:
    """`claims` are of the ID token, whose signature has been checked, and Streamlit's own."""
    if claims.get("is_logged_in") is not True or now_s - _made_at(claims) > SIGNED_IN_FOR_S:
        return Outsider.NOBODY
    if claims.get("email_verified") is not True:
        return Outsider.UNVERIFIED
    return _role(claims.get("email"), roles) or Outsider.STRANGER


class Roster:
    """Who is staff now, by both lists. Safe to call from any thread."""

    def __init__(self, listed: Iterable[str], ask: Callable[[], Iterable[Staff]]) -> None:
        """`listed` are examiners whatever the store says; `ask` gives the store's list."""
        self._listed = dict.fromkeys(listed, StaffRole.EXAMINER)
        self._ask = ask
        self._roles: Roles = self._listed
        self._due_s = float("-inf")  # monotonic
        self._asking = threading.Lock()

    def roles(self) -> Roles:
        """At most 30 s old. While the store cannot be read, the last that was."""
        if time.monotonic() >= self._due_s and self._asking.acquire(
            blocking=self._due_s == float("-inf")  # later on nobody waits for another
        ):
            try:
                if time.monotonic() >= self._due_s:
                    self._renew()
            finally:
                self._asking.release()
        return self._roles

    def _renew(self) -> None:
        with suppress(StoreError):  # the store's `problem` tells, if it lasts
            self._roles = {one.entry: one.role for one in self._ask()} | self._listed
            self._due_s = time.monotonic() + ASKED_EVERY_S


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


def _role(email: object, roles: Roles) -> StaffRole | None:
    """Of the address itself, or else of its domain."""
    # Other alphabets have signs that become "k" or "s" in lower case, and so another's address.
    if not isinstance(email, str) or not email.isascii():
        return None
    address = email.lower()
    local, _, domain = address.partition("@")
    if not local or not _ENTRY.fullmatch(address):
        return None
    return roles.get(address) or roles.get("@" + domain)


def _account(claims: Mapping[str, Any]) -> tuple[str, str]:
    return str(claims.get("iss", "")), str(claims.get("sub", ""))


def _made_at(claims: Mapping[str, Any]) -> float:
    """When the provider made the token, s since 1970; long ago if it does not say."""
    made_at = claims.get("iat")
    return float(made_at) if isinstance(made_at, int | float) else 0.0
