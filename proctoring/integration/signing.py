"""The signature of a webhook: HMAC-SHA-256 over the time and the body, as its receiver checks it.

    OpenProctor-Signature: t=1792612345,v1=5f3c…

`t` is Unix seconds at sending. The receiver refuses what is older than five minutes, computes
HMAC-SHA-256 over "t.body" with the hook's secret, and compares in constant time: see
`proctoring.client.webhooks`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

HEADER = "OpenProctor-Signature"


def secret_of(installation: bytes, hook_id: str) -> str:
    """It is made of the installation's key, and kept nowhere."""
    made = hmac.digest(installation, b"webhook " + hook_id.encode(), "sha256")
    return "whsec_" + base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def signature(secret: str, at_s: int, body: bytes) -> str:
    digest = hmac.new(secret.encode(), b"%d." % at_s + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"
