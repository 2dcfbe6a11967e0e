"""Who asks: a key, a link's secret or a pass, and what it stands for in the meeting asked about.

A key stands for the capability that it has in a meeting. Whatever is not theirs, not there, or has
ended gets one and the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proctoring.access.admission import TooMany
from proctoring.access.tokens import SITS, Refused
from proctoring.api.v1.declared import ANYONE, Access
from proctoring.api.v1.problems import NOT_HERE, Problem, wait
from proctoring.ids import is_id
from proctoring.integration.keys import PREFIX, ApiKey, KeyRole
from proctoring.services import Services
from proctoring.store import StoreError, Unknown
from proctoring.types import Capability, Role

SIGN_IN = "Staff sign in on this server: a link's secret opens nothing here. Use a key."
NO_TOKEN = "Send `Authorization: Bearer TOKEN`: a key, a link's secret, or a candidate's token."
LONGEST_TOKEN = 2000  # characters


@dataclass(frozen=True, slots=True)
class Caller:
    key: ApiKey | None = None
    bearer: Capability | None = None

    @property
    def name(self) -> str:
        """For counting; "" of whoever need not say."""
        return self.key.id if self.key else self.bearer.id if self.bearer else ""


def caller(
    services: Services, access: Access, token: str, address: str, path: Mapping[str, str]
) -> Caller:
    """Raises Problem. Waits for the store."""
    if access == ANYONE:
        return Caller()
    if not token or len(token) > LONGEST_TOKEN:
        raise Problem(401, NO_TOKEN)
    try:
        if isinstance(access, KeyRole):
            return Caller(_key(services, token, access))
        if isinstance(access, frozenset):
            return _within(services, access, token, address, path)
    except (Refused, Unknown):
        pass
    except TooMany as too_many:
        raise wait(too_many.wait_s, str(too_many)) from None
    if wait_s := services.admission.refused(address):
        raise wait(wait_s, str(TooMany(wait_s)))
    raise Problem(404, NOT_HERE)


def is_still(services: Services, who: Caller, roles: frozenset[Role]) -> bool:
    """Looked up anew, for lines that stay open. A store that is away ends nothing."""
    try:
        if who.bearer:
            services.admission.now(who.bearer.id, roles)
        return who.key is None or services.integration.keys.is_good(who.key.id)
    except Refused:
        return False
    except StoreError:
        return True


def _key(services: Services, token: str, role: KeyRole) -> ApiKey:
    """Raises Problem."""
    found = services.integration.keys.by_secret(token) if token.startswith(PREFIX) else None
    if found is None:
        raise Problem(401, "This needs a key that counts: `python -m proctoring key add`.")
    if role not in found.roles:
        raise Problem(
            403, f"This key has not the role “{role}”. The operator can make one that has."
        )
    return found


def _within(
    services: Services,
    roles: frozenset[Role],
    token: str,
    address: str,
    path: Mapping[str, str],
) -> Caller:
    """Raises Refused, Unknown, TooMany, Problem."""
    meeting_id, participant_id = _about(services, path)
    if token.startswith(PREFIX):
        key = _key(services, token, KeyRole.EXAMINER)
        own = services.integration.keys.capability_of(key.id, meeting_id)
        if own is None:
            raise Refused
        return Caller(key, services.admission.now(own, roles))
    if "." in token:  # a pass
        bearer: Capability | None = services.admission.by_pass(token, roles)
    else:
        bearer = services.admission.by_secret(roles, meeting_id, token, address)
        if bearer and bearer.role not in SITS and services.settings.staff is not None:
            raise Problem(403, SIGN_IN)
    if bearer is None or bearer.meeting_id != meeting_id:
        raise Refused
    if bearer.role is Role.CANDIDATE and bearer.participant_id != participant_id:
        raise Refused
    return Caller(None, bearer)


def _about(services: Services, path: Mapping[str, str]) -> tuple[str, str]:
    """The meeting, and the participant or "". Raises Unknown, Refused."""
    store = services.store
    if "meeting_id" in path:
        return path["meeting_id"], ""
    for name, value in path.items():
        if not is_id(value):
            raise Refused
        match name:
            case "participant_id":
                return store.participant(value).meeting_id, value
            case "incident_id":
                first = store.incident(value).first
                return first.meeting_id, first.participant_id
            case "evidence_id":
                return store.evidence_meeting(value), ""
    raise Refused
