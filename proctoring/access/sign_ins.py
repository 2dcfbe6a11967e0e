"""Who of the staff is signed in at this moment, for pages and for what they opened before.

A pass carries what the provider said of whoever it was made for, so that a desk which is open
ends with its owner's sign-in: when they sign out, when it is too old, when they leave the list.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from proctoring.access.staff import OPENS, Outsider, Roster, SignedOut, standing
from proctoring.types import Role, StaffRole

Claims = Mapping[str, Any]  # of the ID token, and Streamlit's own

_TOLD = ("is_logged_in", "iss", "sub", "iat", "email", "email_verified")


class SignIns:
    """Safe to call from any thread."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._signed_out = SignedOut()

    def end(self, claims: Claims) -> None:
        """This sign-in, and all earlier ones of the account."""
        self._signed_out.add(claims, time.time())

    def standing(self, claims: Claims) -> StaffRole | Outsider:
        if claims in self._signed_out:
            return Outsider.NOBODY
        return standing(claims, self._roster.roles(), time.time())

    def opens(self, claims: Claims, role: Role) -> bool:
        """Does a link of this role open for them?"""
        found = self.standing(claims)
        return isinstance(found, StaffRole) and role in OPENS[found]


def told(claims: Claims) -> dict[str, Any]:
    """Of all that a provider says, what `SignIns` asks for: to go into a pass."""
    return {name: claims[name] for name in _TOLD if name in claims}
