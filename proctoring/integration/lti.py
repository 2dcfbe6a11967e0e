"""LTI 1.3: who a learning platform says comes, proved by the platform's signature.

The platform starts a login, we send the browser back to it with a state and a nonce, and it posts
an ID token: LTI Core 1.3 §5, OpenID Connect's implicit flow with `form_post`. Platforms are the
operator's setting; each may send candidates into the meetings of one API key and into no others.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from proctoring.integration.platforms import Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
LEEWAY_S = 60  # by which clocks may differ
LASTS_S = 600  # from the login to the launch
KEYS_LAST_S = 3600.0
KEYS_AGAIN_S = 30.0  # a key that is not known is looked for no more often
MOST_BYTES = 64 * 1024  # of a platform's keys
_WITHIN_S = 5.0


class Untrusted(Exception):
    """The sentence is for whoever sees the page."""


@dataclass(frozen=True, slots=True)
class Launch:
    subject: str  # the platform's own id of the person
    name: str
    meeting_id: str
    platform: Platform


class Launches:
    """Safe to call from any thread."""

    def __init__(
        self,
        platforms: tuple[Platform, ...],
        sign: Callable[[str], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._platforms = platforms
        self._sign = sign
        self._clock = clock
        self._used: dict[str, float] = {}  # nonces, and until when they are remembered
        self._keys: dict[str, tuple[float, KeySet]] = {}  # by address
        self._lock = threading.Lock()

    def login(self, asked: Mapping[str, str], back: str) -> tuple[str, str]:
        """Where to send the browser, and the nonce that it has to bring again in a cookie.

        `back` is our own address for the launch. Raises Untrusted.
        """
        platform = self._named(asked.get("iss", ""), asked.get("client_id", ""))
        nonce, until = secrets.token_urlsafe(24), str(int(self._clock()) + LASTS_S)
        said = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": platform.client_id,
            "redirect_uri": back,
            "login_hint": asked.get("login_hint", ""),
            "state": f"{nonce}.{until}.{self._sign(f'lti {nonce} {until}')}",
            "nonce": nonce,
        }
        if "lti_message_hint" in asked:
            said["lti_message_hint"] = asked["lti_message_hint"]
        return f"{platform.login_url}?{urlencode(said)}", nonce

    def launch(self, token: str, state: str, cookie: str) -> Launch:
        """Raises Untrusted."""
        nonce = self._nonce(state, cookie)
        claims = self._claims(token)
        platform = self._named(str(claims.get("iss", "")), _audience(claims))
        self._check(claims, platform, nonce)
        if LEARNER not in _list(claims.get(CLAIM + "roles")):
            raise Untrusted("This link is for candidates. Staff open the exam by their own links.")
        custom = claims.get(CLAIM + "custom")
        target = parse_qs(urlsplit(str(claims.get(CLAIM + "target_link_uri", ""))).query)
        meeting_id = str((custom if isinstance(custom, dict) else {}).get("meeting", ""))
        parts = (claims.get("given_name"), claims.get("family_name"))
        name = claims.get("name") or " ".join(str(part) for part in parts if part)
        return Launch(
            subject=str(claims["sub"]),
            name=str(name or "Candidate"),
            meeting_id=meeting_id or target.get("meeting", [""])[0],
            platform=platform,
        )

    def _nonce(self, state: str, cookie: str) -> str:
        """Ours, of this browser, and not used before. Raises Untrusted."""
        nonce, _, rest = state.partition(".")
        until, _, mark = rest.partition(".")
        signed = self._sign(f"lti {nonce} {until}")
        now = self._clock()
        if not hmac.compare_digest(mark.encode(errors="replace"), signed.encode()):
            raise Untrusted("Begin at the learning platform: this page was opened in another way.")
        if int(until) < now or not hmac.compare_digest(
            cookie.encode(errors="replace"), nonce.encode()
        ):
            raise Untrusted(
                "Begin at the learning platform once more, and let this site set cookies."
            )
        with self._lock:
            self._used = {one: end for one, end in self._used.items() if end > now}
            if nonce in self._used:
                raise Untrusted("Begin at the learning platform once more.")
            self._used[nonce] = float(until)
        return nonce

    def _claims(self, token: str) -> dict[str, Any]:
        """Signed by a platform that the operator named. Raises Untrusted."""
        for platform in self._platforms:
            for is_anew in (False, True):
                try:
                    keys = self._keys_of(platform, is_anew=is_anew)
                    claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
                except (JoseError, ValueError):  # ValueError: a key that is not there
                    continue
                if claims.get("iss") == platform.issuer:
                    return dict(claims)
        raise Untrusted("The learning platform's signature is none that this server knows.")

    def _keys_of(self, platform: Platform, *, is_anew: bool) -> KeySet:
        """Raises ValueError."""
        now = self._clock()
        at, keys = self._keys.get(platform.keys_url, (0.0, None))
        if keys is not None and now - at < (KEYS_AGAIN_S if is_anew else KEYS_LAST_S):
            return keys
        try:
            with httpx.stream("GET", platform.keys_url, timeout=_WITHIN_S) as answer:
                data = b""
                for part in answer.raise_for_status().iter_bytes():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise ValueError("too many keys")
            keys = KeySet.import_key_set(httpx.Response(200, content=data).json())
        except httpx.HTTPError as error:
            raise ValueError(str(error)) from None
        self._keys[platform.keys_url] = (now, keys)
        return keys

    def _check(self, claims: Mapping[str, Any], platform: Platform, nonce: str) -> None:
        """Raises Untrusted."""
        now = self._clock()
        is_fit = (
            now < _seconds(claims.get("exp")) + LEEWAY_S
            and _seconds(claims.get("iat"), otherwise=float("inf")) < now + LEEWAY_S
            and hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            and claims.get(CLAIM + "message_type") == "LtiResourceLinkRequest"
            and claims.get(CLAIM + "version") == "1.3.0"
            and bool(claims.get("sub"))
        )
        deployment = str(claims.get(CLAIM + "deployment_id", ""))
        if not is_fit or (platform.deployments and deployment not in platform.deployments):
            raise Untrusted("What the learning platform says is too old, or not for this server.")

    def _named(self, issuer: str, client_id: str) -> Platform:
        for one in self._platforms:
            if one.issuer == issuer and client_id in ("", one.client_id):
                return one
        raise Untrusted("This learning platform is not among those that the operator named.")


def _audience(claims: Mapping[str, Any]) -> str:
    """Of several the one that it was made for. Raises Untrusted."""
    found = _list(claims.get("aud"))
    named = str(claims.get("azp", "")) if len(found) > 1 else (found[0] if found else "")
    if named not in found or not named:
        raise Untrusted("What the learning platform says is not for this server.")
    return named


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [value] if isinstance(value, str) else []


def _seconds(value: object, otherwise: float = 0.0) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else otherwise  # type: ignore[arg-type]
