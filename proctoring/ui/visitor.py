"""Who looks at a page: the address that asks, and what its link entitles to."""

from __future__ import annotations

import streamlit as st

from proctoring.access.addresses import client_address
from proctoring.access.tokens import Refused, hash_secret
from proctoring.office.lists import is_list
from proctoring.types import Capability, Role
from proctoring.ui import services


def address() -> str:
    """Whose request it is; Streamlit says None for this machine itself."""
    forwarded_for = str(st.context.headers.get("X-Forwarded-For", ""))
    trusted = services().settings.trusted_proxies
    return client_address(st.context.ip_address or "127.0.0.1", forwarded_for, trusted)


def let_in(roles: frozenset[Role], meeting_id: str, secret: str) -> Capability | None:
    """What the secret entitles to now; None looks the same for a wrong and an unknown one.

    A tab that was let in is looked up by what it was given, so that wrong tries of others
    behind the same address close no page that is open. Raises TooMany.
    """
    link = (meeting_id, hash_secret(secret))
    known, capability_id = st.session_state.get("let in", (None, ""))
    if known == link:
        try:
            return services().admission.now(capability_id, roles)
        except Refused:
            del st.session_state["let in"]
            return None
    found = services().admission.by_secret(roles, meeting_id, secret, address())
    if found:
        st.session_state["let in"] = (link, found.id)
    return found


def list_owner(secret: str) -> str:
    """Whose list of exams the secret opens; "" if none. Raises TooMany."""
    if not secret:
        return ""
    store = services().store
    known, owner = st.session_state.get("list", ("", ""))
    if known == hash_secret(secret) and is_list(store, owner):  # as in `let_in`
        return str(owner)
    found = services().admission.list_owner(secret, lambda one: is_list(store, one), address())
    if found:
        st.session_state["list"] = (found, found)
    return found
