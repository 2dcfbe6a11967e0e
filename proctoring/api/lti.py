"""Candidates who come from a learning platform (LTI 1.3): named by it, and sent to their own page.

/lti/login and /lti/launch are there where the operator names platforms. A launch invites its person
by the platform's id of them, or gives who is invited a new link; they agree and check in like
everybody else.
"""

from __future__ import annotations

import asyncio
import hashlib
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import MANAGES, Refused
from proctoring.api.drop_ins.asking import base_of, form_of
from proctoring.api.v1.forms import link
from proctoring.api.v1.invitations import links_for
from proctoring.api.v1.problems import Problem
from proctoring.integration.lti import LASTS_S, Launch, Launches, Untrusted
from proctoring.office.guests import LONGEST_REFERENCE, Guest
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.services import Services
from proctoring.store import Rejected, StoreError, Unknown

COOKIE = "openproctor_lti"
LOGIN, LAUNCH = "/lti/login", "/lti/launch"
NO_EXAM = "This link leads to no exam of this platform. Tell whoever set the course up."


def routes(services: Services) -> list[BaseRoute]:
    if not services.settings.lti:
        return []
    launches = Launches(services.settings.lti, services.integration.seal_of)

    async def login(request: Request) -> Response:
        try:
            asked = dict(request.query_params)
            if request.method == "POST":
                form = await form_of(request)
                asked = {name: str(value) for name, value in form.items()}
            base = base_of(request, services)
            address, nonce = launches.login(asked, base + LAUNCH)
        except (Untrusted, Problem) as problem:
            return _page(str(problem), 400)
        answer = RedirectResponse(address, 303)
        is_https = urlsplit(base).scheme == "https"
        answer.set_cookie(
            COOKIE,
            nonce,
            max_age=LASTS_S,
            path="/lti",
            secure=is_https,
            httponly=True,
            samesite="none" if is_https else "lax",  # it comes back with a post of another site
        )
        return answer

    async def launch(request: Request) -> Response:
        try:
            form = await form_of(request)
            token, state = (str(form.get(name, "")) for name in ("id_token", "state"))
            cookie = request.cookies.get(COOKIE, "")
            found = await asyncio.to_thread(launches.launch, token, state, cookie)
            base = base_of(request, services)
            address = await asyncio.to_thread(_own_page, services, found, base)
        except (Untrusted, Problem, Rejected) as problem:
            return _page(str(problem), 400)
        except (Refused, Unknown):
            return _page(NO_EXAM, 404)
        except StoreError:
            return _page("The records cannot be used now. Try again in a minute.", 503)
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    return [
        Route(LOGIN, login, methods=["GET", "POST"]),
        Route(LAUNCH, launch, methods=["POST"]),
    ]


def _own_page(services: Services, found: Launch, base: str) -> str:
    """Raises Refused, Unknown, Rejected, StoreError."""
    keys = services.integration.keys
    own = keys.capability_of(found.platform.key, found.meeting_id)
    if own is None or not keys.is_good(found.platform.key):
        raise Refused
    bearer = services.admission.now(own, MANAGES)
    number = found.subject
    if len(number) > LONGEST_REFERENCE:
        number = hashlib.sha256(number.encode()).hexdigest()
    guest = Guest(name=line(found.name, LONGEST_NAME) or "Candidate", own_id=number)
    ((_, secret),) = links_for(services, bearer, [guest])
    return link(base, "exam", meeting=found.meeting_id, personal=secret)


def _page(sentence: str, status: int) -> Response:
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>OpenProctor</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root{color-scheme:light dark}body{font:18px/1.5 system-ui,sans-serif;"
        f"max-width:36rem;margin:4rem auto;padding:0 1rem}}</style><p>{escape(sentence)}</p></html>"
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
