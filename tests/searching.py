"""Looks for secrets in files, however they may have been written down."""

from __future__ import annotations

import base64
from pathlib import Path


def forms(secret: bytes) -> dict[str, bytes]:
    """How a secret might be written down. base64 has three, by where in a text it begins."""
    found = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for shift in range(3):
        inside = base64.b64encode(bytes(shift) + secret)[4 if shift else 0 : -4]
        found[f"base64+{shift}"] = inside
        found[f"base64url+{shift}"] = inside.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def pieces(content: bytes) -> dict[str, bytes]:
    """Parts of a file, for what was only partly overwritten."""
    return {f"byte {i}": content[i : i + 32] for i in range(0, len(content) - 32, 997)}


def found_in(folder: Path, wanted: dict[str, bytes]) -> list[str]:
    hits = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        hits += [f"{name} in {path.name}" for name, secret in wanted.items() if secret in content]
    return hits
