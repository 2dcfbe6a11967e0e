"""The learning platforms that the operator named."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Platform:
    issuer: str
    client_id: str
    login_url: str
    keys_url: str
    key: str  # id of the API key whose meetings it may open
    deployments: frozenset[str] = frozenset()  # none: any
