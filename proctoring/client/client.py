"""One method for each operation that a program needs. Lists are followed to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from proctoring.client.problems import problem_of
from proctoring.client.values import Incident, Invitation, Link, Meeting, Participant, Webhook

TIMEOUT_S = 60.0
TRIES = 4  # of what the server cannot do now, or does not answer
LONGEST_PAUSE_S = 30.0

Json = dict[str, Any]


class Client:
    """`token` is a key, the secret of a link, or a candidate's token. Not for several threads.

    What fails raises ApiProblem, or httpx.TransportError where nobody answers. Making something
    again, because no answer came, makes it once.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            transport=transport,
        )
        self._sleep = sleep

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # meetings --------------------------------------------------------------------------------

    def create_meeting(
        self,
        title: str,
        *,
        opens_at: datetime,
        closes_at: datetime,
        length_s: int,
        signals: Sequence[str] | None = None,
        **more: Any,
    ) -> Meeting:
        """Times have an offset. `more` are the other fields of createMeeting."""
        form = {
            "title": title,
            "opens_at": opens_at.isoformat(),
            "closes_at": closes_at.isoformat(),
            "length_s": length_s,
            **({} if signals is None else {"signals": list(signals)}),
            **more,
        }
        return Meeting.of(self._made("/meetings", form))

    def meeting(self, meeting_id: str) -> Meeting:
        return Meeting.of(self._read(f"/meetings/{meeting_id}"))

    def meetings(self) -> Iterator[Meeting]:
        """The key's own."""
        return map(Meeting.of, self._all("/meetings", "meetings"))

    def make_link(self, meeting_id: str, role: str, *, replaces: bool = False) -> Link:
        form = {"role": role, "replaces": replaces}
        said = self._made(f"/meetings/{meeting_id}/links", form)
        return Link(said["role"], said["link"], said["secret"])

    def revoke_link(self, meeting_id: str, link_id: str) -> None:
        self._ask("DELETE", f"/meetings/{meeting_id}/links/{link_id}")

    # candidates ------------------------------------------------------------------------------

    def consent(self, meeting_id: str) -> tuple[str, str]:
        """The text that candidates agree to, and its version."""
        said = self._read(f"/meetings/{meeting_id}/consent")
        return said["text"], said["version"]

    def add_participant(self, meeting_id: str, name: str, consent_version: str) -> Participant:
        form = {"name": name, "consent_version": consent_version}
        return Participant.of(self._made(f"/meetings/{meeting_id}/participants", form))

    def invite(self, meeting_id: str, guests: Sequence[Mapping[str, Any]]) -> list[Invitation]:
        """Each with a personal link: `[{"name": "Ada Lovelace", "own_id": "s1234"}]`. Who is
        invited already gets a new link in place of the old one."""
        form = {"guests": [dict(one) for one in guests]}
        made = self._made(f"/meetings/{meeting_id}/invitations", form)["invitations"]
        return [Invitation(one["id"], one["name"], one["own_id"], one["link"]) for one in made]

    def participant(self, participant_id: str) -> Participant:
        return Participant.of(self._read(f"/participants/{participant_id}"))

    def participants(self, meeting_id: str) -> Iterator[Participant]:
        return map(
            Participant.of, self._all(f"/meetings/{meeting_id}/participants", "participants")
        )

    def act(self, participant_id: str, kind: str, **content: Any) -> None:
        """As a proctor does: `act(id, "message", text="Please turn on the light.")`"""
        form = {"kind": kind, "content": content}
        self._made(f"/participants/{participant_id}/acts", form)

    # what was observed -----------------------------------------------------------------------

    def incidents(self, meeting_id: str, participant_id: str = "") -> Iterator[Incident]:
        """In order of opening."""
        about = {"participant_id": participant_id} if participant_id else {}
        return map(Incident.of, self._all(f"/meetings/{meeting_id}/incidents", "incidents", about))

    def incident(self, incident_id: str) -> Incident:
        return Incident.of(self._read(f"/incidents/{incident_id}"))

    def evidence(self, evidence_id: str) -> bytes:
        """A picture with everybody and everything else blurred, or a sound."""
        return self._ask("GET", f"/evidence/{evidence_id}").content

    def review(self, participant_id: str) -> Json:
        """As the review desk shows it."""
        return dict(self._read(f"/participants/{participant_id}/review")["candidate"])

    def give_verdict(
        self, participant_id: str, item: str, decision: str, because: str = "", note: str = ""
    ) -> Json:
        """What there is to decide then."""
        form = {
            "id": str(uuid4()),
            "item": item,
            "decision": decision,
            "because": because,
            "note": note,
        }
        said = self._ask("POST", f"/participants/{participant_id}/verdicts", json=form).json()
        return dict(said["candidate"])

    def report(self, meeting_id: str, form: str = "zip") -> bytes:
        """ "json", "csv" or "zip"."""
        query = {"format": form}
        return self._ask("GET", f"/meetings/{meeting_id}/report", params=query).content

    # without an exam -------------------------------------------------------------------------

    def analyze_frame(self, picture: bytes, media_type: str = "image/jpeg") -> Json:
        headers = {"Content-Type": media_type}
        answer = self._ask("POST", "/analyze/frames", content=picture, headers=headers)
        return dict(answer.json()["frames"][0])

    def analyze_audio(self, sound: bytes, media_type: str = "audio/wav") -> Json:
        headers = {"Content-Type": media_type}
        return dict(self._ask("POST", "/analyze/audio", content=sound, headers=headers).json())

    # webhooks --------------------------------------------------------------------------------

    def add_webhook(self, url: str, events: Sequence[str] = ()) -> Webhook:
        form = {"url": url} | ({"events": list(events)} if events else {})
        return Webhook.of(self._made("/webhooks", form))

    def webhooks(self) -> list[Webhook]:
        return [Webhook.of(one) for one in self._read("/webhooks")["webhooks"]]

    def remove_webhook(self, webhook_id: str) -> None:
        self._ask("DELETE", f"/webhooks/{webhook_id}")

    # -----------------------------------------------------------------------------------------

    def _read(self, path: str) -> Json:
        return dict(self._ask("GET", path).json())

    def _made(self, path: str, form: Json) -> Json:
        headers = {"Idempotency-Key": str(uuid4())}
        return dict(self._ask("POST", path, json=form, headers=headers).json())

    def _all(self, path: str, name: str, about: Mapping[str, str] | None = None) -> Iterator[Json]:
        query = {"limit": "200", **(about or {})}
        while True:
            page = self._ask("GET", path, params=query).json()
            yield from page[name]
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises ApiProblem, httpx.TransportError."""
        for number in range(1, TRIES + 1):
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError:
                if number == TRIES:
                    raise
                self._sleep(min(LONGEST_PAUSE_S, 0.5 * 2**number))
                continue
            if answer.status_code not in (429, 503) or number == TRIES:
                break
            said = answer.headers.get("retry-after", "")
            self._sleep(min(LONGEST_PAUSE_S, float(said) if said.isdigit() else 2.0**number))
        if answer.is_error:
            raise problem_of(answer)
        return answer
