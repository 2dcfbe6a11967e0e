"""A world with secrets in it, and everything wrong that somebody can show to get at them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from making import GREY, occurrence

from proctoring import evidence
from proctoring.access import tokens
from proctoring.access.tokens import MANAGES, PASS_LASTS_S, SITS, Passes
from proctoring.ids import new_id
from proctoring.services import Opened, Services
from proctoring.types import Capability, Participant, Role, Still

TITLE = "Secret history"  # of the first meeting; nobody who is refused reads it
NAME = "Ada Lovelace"  # of its first candidate


class Probes:
    """How many wrong credentials were tried, and how many of them were refused."""

    def __init__(self) -> None:
        self.tried = self.refused = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Around a try and what is asserted of it."""
        self.tried += 1
        yield
        self.refused += 1

    def __str__(self) -> str:
        return f"{self.refused} of {self.tried}"


@dataclass(frozen=True)
class World:
    """Two meetings; in the first, two candidates, one of whom sits there, and her picture."""

    services: Services
    first: Opened
    other: Opened
    ada: Participant
    ada_token: str
    bo_token: str
    eve_token: str  # of the other meeting
    evidence_id: str
    still_id: str  # of Ada's screen
    capabilities: dict[str, Capability]
    secrets: dict[str, str]  # by the same names

    @property
    def meeting_id(self) -> str:
        return self.first.meeting.id

    def sign(self, body: object) -> str:
        """As the server signs, with its own key."""
        passes = self.services.admission._passes
        text = base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()
        digest = hmac.new(passes.key, text.encode(), hashlib.sha256).digest()
        return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def make_world(services: Services) -> World:
    now = datetime.now(UTC)
    first, other = (
        services.create_meeting(
            title=title,
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=1),
            length_s=3600,
            signals=("faces",),
        )
        for title in (TITLE, "Physics")
    )
    ada, ada_token = services.join(first.meeting.id, NAME, "v1")
    _, bo_token = services.join(first.meeting.id, "Bo", "v1")
    _, eve_token = services.join(other.meeting.id, "Eve", "v1")
    services.open_page(ada.id)
    seen = occurrence(meeting_id=first.meeting.id, participant_id=ada.id)
    picture = evidence.picture(seen.id, now, GREY, ())
    services.store.save_occurrence(seen)
    services.store.save_evidence(picture)
    shot = evidence.still(GREY)
    screen = Still(new_id(), ada.id, now, "screen", 640, 480, sha256(shot).hexdigest(), shot)
    services.store.save_still(screen)

    secrets = {
        "proctor": first.proctor_secret,
        "examiner": first.examiner_secret,
        "candidate": ada_token,
        "other candidate": bo_token,
        "other meeting's proctor": other.proctor_secret,
        "other meeting's examiner": other.examiner_secret,
        "other meeting's candidate": eve_token,
    }
    gone_by = now - timedelta(minutes=5)
    for name, role in (("proctor", Role.PROCTOR), ("examiner", Role.EXAMINER)):
        for state in ("expired", "revoked"):
            secrets[f"{state} {name}"] = secret = tokens.new_secret()
            made = tokens.capability(
                role,
                first.meeting.id,
                secret,
                expires_at=gone_by if state == "expired" else None,
            )
            services.store.add_capability(made)
            if state == "revoked":
                services.store.revoke(made.id, gone_by)
    gone, secrets["erased candidate"] = services.join(first.meeting.id, "Gone", "v1")
    services.store.erase(gone.id, now)
    secrets["reviewer"] = tokens.new_secret()
    services.store.add_capability(
        tokens.capability(Role.REVIEWER, first.meeting.id, secrets["reviewer"])
    )
    capabilities = {}
    for name, secret in secrets.items():
        found = services.store.capability_by_token(tokens.hash_secret(secret))
        assert found
        capabilities[name] = found
    return World(
        services,
        first,
        other,
        ada,
        ada_token,
        bo_token,
        eve_token,
        picture.id,
        screen.id,
        capabilities,
        secrets,
    )


def right(roles: frozenset[Role]) -> str:
    """Whose credential is good for these roles, in the first meeting."""
    return "candidate" if roles == SITS else "examiner" if roles == MANAGES else "proctor"


OF_THE_MEETING = ("candidate", "proctor", "examiner", "reviewer")


def wrong_passes(
    world: World, roles: frozenset[Role], *, names_target: bool = True
) -> dict[str, str]:
    """Everything but a good pass, for a route that is there for these roles.

    Where the route names no target, another's good pass opens what is theirs.
    """
    good = world.capabilities[right(roles)]
    passes = world.services.admission._passes
    make = passes.make
    long_ago = time.time() - PASS_LASTS_S - 1
    good_pass, other_pass = make(good), make(world.capabilities["other meeting's proctor"])
    body, _, signature = good_pass.partition(".")
    wrong = {
        "none": "",
        "garbage": "é.\x7f.x",
        "only a dot": ".",
        "a hundred thousand signs": "x" * 50_000 + "." + "x" * 10,
        "forged with another key": Passes(b"another key" * 4).make(good),
        "another's signature": f"{body}.{other_pass.partition('.')[2]}",
        "another's body": f"{other_pass.partition('.')[0]}.{signature}",
        "no signature": f"{body}.",
        "signature cut short": good_pass[:-1],
        "expired": make(good, now=long_ago),
        "a link's secret": world.secrets[right(roles)],
        "the hash of a secret": good.token_hash,
        "the id of a capability": good.id,
        "of nothing known": world.sign([new_id(), time.time() + 60]),
        "of the form of an earlier version": world.sign(
            [str(good.role), world.meeting_id, time.time() + 60]
        ),
        "signed nonsense": world.sign({"role": "examiner"}),
    }
    for name, capability in world.capabilities.items():
        if capability.role in roles and name in (right(roles), *OF_THE_MEETING):
            continue
        if capability.role in roles and "other" in name and not names_target:
            continue
        wrong[name] = (
            make(capability)
            if not name.startswith("expired ")
            else world.sign([capability.id, time.time() + 60])
        )
    return wrong


def wrong_links(world: World, roles: frozenset[Role]) -> dict[str, tuple[str, str]]:
    """Meeting and secret, of everything but a good link, for a page for these roles."""
    meeting_id, good = world.meeting_id, world.secrets[right(roles)]
    other_id = world.other.meeting.id
    wrong = {
        "neither": ("", ""),
        "no secret": (meeting_id, ""),
        "garbage": (meeting_id, "é\x00\u202e"),
        "cut short": (meeting_id, good[:-1]),
        "one sign more": (meeting_id, good + "A"),
        "another case": (meeting_id, good.swapcase()),
        "hash of the secret": (meeting_id, tokens.hash_secret(good)),
        "a pass": (
            meeting_id,
            world.services.admission.make_pass(world.capabilities[right(roles)]),
        ),
        "the id of a capability": (meeting_id, world.capabilities[right(roles)].id),
        "of an unknown meeting": ("unknown", good),
        "with another meeting": (other_id, good),
        "SQL": ("' OR 1=1 --", "' OR 1=1 --"),
        "very long": (meeting_id, "x" * 100_000),
    }
    for name, capability in world.capabilities.items():
        is_good = capability.role in roles and name in ("proctor", "examiner", "reviewer")
        if roles == SITS:
            is_good = name in ("candidate", "other candidate")
        if not is_good:
            wrong[name] = (meeting_id, world.secrets[name])
    return wrong
