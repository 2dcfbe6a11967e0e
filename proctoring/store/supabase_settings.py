"""Which Supabase project, and with which key: from the environment, or from Streamlit's secrets."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proctoring.store import StoreError

# In the order of preference. The last is what other Streamlit apps call it.
KEYS = ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_KEY")
URL = "SUPABASE_URL"


@dataclass(frozen=True, slots=True)
class SupabaseSettings:
    url: str  # "https://<project>.supabase.co"
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises StoreError for what cannot work."""
        if not self.url.startswith(("https://", "http://")):
            raise StoreError(f"{URL} must begin with https://: {self.url!r}")
        if role := _weak_role(self.key):
            raise StoreError(
                f"The Supabase key is a {role} key, with which nothing can be read or kept."
                " The server needs the secret key: Supabase dashboard, Project Settings, API keys."
            )


def supabase_settings(
    environment: Mapping[str, str], secrets: Mapping[str, Any]
) -> SupabaseSettings | None:
    """None if nothing speaks of Supabase: the records are then kept in the data folder.

    Looked for in `environment`, then at the top of `secrets`, then in its section
    [connections.supabase]. The address and the key must come from the same place: an address of
    one project with the key of another would only fail later. Raises StoreError.
    """
    section = secrets.get("connections", {}).get("supabase", {})
    for place, values in (
        ("The environment", environment),
        ("The secrets", secrets),
        ("The secrets' section [connections.supabase]", section),
    ):
        url = str(values.get(URL) or "").strip()
        key = next((str(values[name]).strip() for name in KEYS if values.get(name)), "")
        if url and key:
            return SupabaseSettings(url.rstrip("/"), key)
        if url:
            raise StoreError(f"{place}: {URL} is there and the key is not; set {KEYS[0]}.")
        if key:
            raise StoreError(f"{place}: a Supabase key is there and {URL} is not.")
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
