"""For whoever is told by a webhook: is it from the server, and new?"""

from __future__ import annotations

import hashlib
import hmac
import time

HEADER = "OpenProctor-Signature"  # "t=1792612345,v1=5f3c…"
TOLERANCE_S = 300  # what is older may have been recorded and sent again


def is_genuine(secret: str, header: str, body: bytes, now_s: float | None = None) -> bool:
    """`secret` is the webhook's, `header` its HEADER, `body` the bytes as they came."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        return False
    now = time.time() if now_s is None else now_s
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    is_new = abs(now - int(stamp)) <= TOLERANCE_S
    return is_new and hmac.compare_digest(digest.encode(), parts.get("v1", "").encode())
