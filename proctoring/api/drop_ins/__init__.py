"""Paths of other projects, for clients that were written for them: off unless the operator asks.

Each is a thin translation over the same services; docs/api.md tells what is the same, and what is
not because it was open to everybody.
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from proctoring.api.drop_ins import dyte, proctor_audit, smart_exam
from proctoring.services import Services

_ALL = {"dyte": dyte, "smart-exam-ai": smart_exam, "proctor-audit": proctor_audit}


def routes(services: Services) -> list[BaseRoute]:
    return [
        route
        for name, one in _ALL.items()
        if name in services.settings.drop_ins
        for route in one.routes(services)
    ]
