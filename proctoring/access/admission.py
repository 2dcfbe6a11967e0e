"""Who is let in: a secret or a pass becomes a capability that is valid now, or nothing.

Rates are such that a hall of 200 candidates behind one address can join within two minutes.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from proctoring.access import tokens
from proctoring.access.limits import Lockout, Rate
from proctoring.access.tokens import Passes, Refused
from proctoring.store import Store, Unknown
from proctoring.types import Capability, Role

MOST_CANDIDATES = 5000  # of one meeting
MOST_SOCKETS = 20  # of one capability
MOST_GREETED = 300  # sockets of one address that have not shown their pass yet


class TooMany(Exception):
    """Too much from there; the message says when to try again, to whoever asked."""

    def __init__(self, wait_s: float = 0.0) -> None:
        self.wait_s = max(1, math.ceil(wait_s))  # s
        seconds = "1 second" if self.wait_s == 1 else f"{self.wait_s} seconds"
        super().__init__(f"Too many tries from your network. Try again in {seconds}.")


class Admission:
    """Safe to call from any thread. Waits for the store: not to be called on the loop."""

    def __init__(
        self,
        store: Store,
        passes: Passes,
        clock: Callable[[], float] = time.monotonic,
        *,
        opens: Callable[[Mapping[str, Any], Role], bool] = lambda sign_in, role: True,
    ) -> None:
        """`opens` says whether a sign-in still opens a link of such a role."""
        self._store = store
        self._passes = passes
        self._clock = clock
        self._opens = opens
        self._joining = Rate(per_s=2.0, burst=100)  # by address: 340 in two minutes
        self._filling = Rate(per_s=10.0, burst=500)  # by meeting
        self._making = Rate(per_s=1 / 30, burst=20)  # by address
        self._refusals = Rate(per_s=2.0, burst=200)  # by address
        # A secret of 256 bits is not guessed; what is bounded here is the noise. Candidates
        # share an address in a hall, and none of them shall be able to keep the others out.
        self._wrong = {Role.CANDIDATE: Lockout(free=200), Role.PROCTOR: Lockout(free=10)}
        self.sockets = Counted(MOST_SOCKETS)  # by capability
        self.greeted = Counted(MOST_GREETED)  # by address

    def by_secret(
        self, roles: frozenset[Role], meeting_id: str, secret: str, address: str = ""
    ) -> Capability | None:
        """What the bearer of the secret may do now, if it is for such a role in this meeting.

        It is found by its hash, so the time that a wrong one takes tells nothing of a right one.
        Raises TooMany for an address from which too many wrong ones came.
        """
        lockout = self._wrong[Role.CANDIDATE if roles == tokens.SITS else Role.PROCTOR]
        key = f"{address} {meeting_id}"
        if wait_s := lockout.wait_s(key, self._clock()):
            raise TooMany(wait_s)
        found = self._store.capability_by_token(tokens.hash_secret(secret))
        if found and found.meeting_id == meeting_id and found.role in roles and _is_valid(found):
            return found
        lockout.failed(key, self._clock())
        return None

    def list_owner(self, secret: str, exists: Callable[[str], bool], address: str = "") -> str:
        """The hash of the secret, if `exists` knows a list of such an owner; else "". Raises
        TooMany, as `by_secret`."""
        lockout, key = self._wrong[Role.PROCTOR], f"{address} list"
        if wait_s := lockout.wait_s(key, self._clock()):
            raise TooMany(wait_s)
        owner = tokens.hash_secret(secret)
        if exists(owner):
            return owner
        lockout.failed(key, self._clock())
        return ""

    def make_pass(self, bearer: Capability, sign_in: Mapping[str, Any] | None = None) -> str:
        """`sign_in` is of whoever had to sign in for it: it ends with that."""
        return self._passes.make(bearer, sign_in)

    def by_pass(self, token: str, roles: frozenset[Role]) -> Capability:
        """Raises Refused."""
        capability_id, sign_in = self._passes.read(token)
        found = self.now(capability_id, roles)
        if sign_in is not None and not self._opens(sign_in, found.role):
            raise Refused
        return found

    def now(self, capability_id: str, roles: frozenset[Role]) -> Capability:
        """The capability, if it is valid at this moment. Raises Refused."""
        try:
            found = self._store.capability(capability_id)
        except Unknown:
            raise Refused from None
        if found.role not in roles or not _is_valid(found):
            raise Refused
        return found

    def refused(self, address: str) -> float:
        """One more refusal for this address; 0, or after how many seconds it may try again."""
        return self._refusals.wait_s(address, self._clock())

    def check_joining(self, meeting_id: str, address: str) -> None:
        """Raises TooMany."""
        for rate, key in ((self._joining, address), (self._filling, meeting_id)):
            if wait_s := rate.wait_s(key, self._clock()):
                raise TooMany(wait_s)

    def check_making(self, address: str) -> None:
        """Raises TooMany."""
        if wait_s := self._making.wait_s(address, self._clock()):
            raise TooMany(wait_s)


class Counted:
    """So many at once for each key, and no more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Raises TooMany."""
        with self._lock:
            if self._held[key] >= self._most:
                raise TooMany
            self._held[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]


def _is_valid(found: Capability) -> bool:
    return found.is_valid(datetime.now(UTC))
