"""What a provider says of who signed in, and what Streamlit has to know of the provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

AUTH = {
    "redirect_uri": "https://exams.example/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "openproctor",
    "client_secret": "very secret",
    "server_metadata_url": "https://login.example/.well-known/openid-configuration",
}
NOW = 1_800_000_000.0  # s


def claims(**changes: Any) -> dict[str, Any]:
    """Of Ann, who signs in at `NOW`."""
    values: dict[str, Any] = {
        "is_logged_in": True,
        "iss": "https://login.example",
        "sub": "1",
        "iat": int(NOW),
        "email": "ann@uni.example",
        "email_verified": True,
    }
    return values | changes


def write_secrets(folder: Path) -> None:
    """Where a server that is started in this folder finds them."""
    (folder / ".streamlit").mkdir()
    lines = [f'{name} = "{value}"' for name, value in AUTH.items()]
    (folder / ".streamlit" / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
