"""Passes for tests: of the capabilities that the store holds."""

from __future__ import annotations

from proctoring.services import Services
from proctoring.types import Capability, Participant, Role


def capability_of(services: Services, role: Role, meeting_id: str) -> Capability:
    """The newest of this role that was not revoked."""
    known = services.store.capabilities(meeting_id)
    return next(c for c in reversed(known) if c.role is role and c.revoked_at is None)


def staff_pass(services: Services, meeting_id: str, role: Role = Role.PROCTOR) -> str:
    return services.admission.make_pass(capability_of(services, role, meeting_id))


def candidate_pass(services: Services, participant: Participant) -> str:
    known = services.store.capabilities(participant.meeting_id)
    own = next(c for c in known if c.participant_id == participant.id)
    return services.admission.make_pass(own)
