"""What an examiner reads about a meeting, in words: its links, its candidates, its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from proctoring.audit import chain, events, papers
from proctoring.live.seats import STARTED
from proctoring.office.invitations import ASKED_INVITE, ASKED_PERSONAL_LINK, ASKED_UNINVITE
from proctoring.office.lists import ASKED_LIST, ASKED_STATE, OPENED
from proctoring.office.meetings import ASKED_ERASE, ASKED_LINK, ASKED_REVOKE
from proctoring.office.policies import ASKED_POLICY
from proctoring.services import FINISHED
from proctoring.types import AuditEntry, AuditEvent, Capability, Participant, Role

NEWEST = 200  # entries of the log on the page
ROLES = {
    Role.EXAMINER: "Manage link",
    Role.PROCTOR: "Proctor link",
    Role.REVIEWER: "Reviewer link",
    Role.CANDIDATE: "Candidate’s seat",
}
MAY = {
    Role.EXAMINER: "changes links, holds, exports, erases, and watches",
    Role.PROCTOR: "watches live",
    Role.REVIEWER: "reads incidents and their evidence, sees nobody live",
    Role.CANDIDATE: "sits the exam",
}
_ACTIONS = {
    events.MEETING_CREATED: "The exam was created",
    events.CAPABILITY_MADE: "{subject}: made",
    events.CAPABILITY_REVOKED: "{subject}: revoked",
    events.PARTICIPANT_JOINED: "{subject} joined",
    events.CONSENT_GIVEN: "{subject} agreed to text {detail}",
    STARTED: "{subject} began",
    FINISHED: "{subject} finished: {detail}",
    events.DESK_OPENED: "Opened a desk",
    ASKED_LINK: "Asked for a new link: {subject}",
    ASKED_REVOKE: "Asked to revoke {subject}",
    ASKED_ERASE: "Asked to erase {subject}: {detail}",
    events.PARTICIPANT_ERASED: "Erased {subject}: {detail}",
    ASKED_POLICY: "Asked for another policy, version {detail}",
    ASKED_INVITE: "Invited candidates by name: {detail}",
    ASKED_PERSONAL_LINK: "Asked for a new personal link of {subject}",
    ASKED_UNINVITE: "Revoked the personal link of {subject}",
    ASKED_STATE: "Changed the exam’s state: {detail}",
    ASKED_LIST: "Took the exam off the lists: {detail}",
    OPENED: "Opened from a list of exams, by {subject}",
    papers.ASKED_PAPER: "Asked to keep a paper: {detail}",
    papers.PAPER_SAVED: "The paper was kept: {detail}",
    events.HOLD_SET: "Put on hold: {detail}",
    events.HOLD_RELEASED: "Released the hold: {detail}",
    events.ARCHIVED: "Made an archive of {subject}",
    events.EVIDENCE_SEEN: "Looked at a picture or sound",
    events.STILLS_SEEN: "Looked at what a candidate shared of their screen or room",
    events.EXPORTED: "Exported what is kept of {subject}",
    events.INCIDENT_CLOSED: "An incident was kept, SHA-256 {detail}",
    events.EVIDENCE_KEPT: "A picture or sound was kept, SHA-256 {detail}",
    events.EVIDENCE_ERASED: "Erased pictures and sounds of {subject}: {detail}",
}
_ACTS = {  # of proctoring.acts.kinds; whatever else is done to somebody is named as it is kept
    "message": "A message in the exam of {subject}",
    "warning": "Warned {subject}",
    "seen": "Read messages in the exam of {subject}",
    "pause": "Paused the exam of {subject}",
    "resume": "Let {subject} go on",
    "extra_time": "Gave {subject} more time",
    "adjustment": "Adjusted the exam of {subject}",
    "let_in": "Let {subject} in",
    "not_yet": "Asked {subject} to wait",
    "recheck": "Asked {subject} to look at the camera",
    "rechecked": "{subject} was compared with the beginning",
    "claim": "Took {subject} to look after",
    "release": "Let go of {subject}",
    "hand_over": "Handed {subject} over to another proctor",
    "looked": "Looked at {subject}",
    "note": "Made a note on {subject}",
    "end": "Ended the exam of {subject}",
    "ask_in": "{subject} asked to be let in",
    "explanation": "{subject} explained an entry",
    "hand_raised": "A hand was raised by {subject}",
    "hand_lowered": "Lowered the hand of {subject}",
    "verdict": "Decided on an entry of {subject}",
    "review_note": "Made a note on {subject} in the review",
    "appeal": "{subject} appealed",
}
_ACTIONS |= {f"{events.ACT}{kind}": words for kind, words in _ACTS.items()}


def staff_links(capabilities: Iterable[Capability]) -> list[Capability]:
    """Those that open a desk or this page; what still works comes first."""
    links = [c for c in capabilities if c.role is not Role.CANDIDATE]
    return sorted(links, key=lambda c: (c.revoked_at is not None, list(Role).index(c.role)))


def link_row(link: Capability, own_id: str, zone: ZoneInfo, now: datetime) -> str:
    """HTML."""
    facts = [f"made {_say(link.created_at, zone)}"]
    if link.revoked_at:
        facts.append(f"revoked {_say(link.revoked_at, zone)}")
    elif link.expires_at:
        word = "expires" if link.is_valid(now) else "expired"
        facts.append(f"{word} {_say(link.expires_at, zone)}")
    if link.id == own_id:
        facts.append("the one you are here with")
    facts.append(MAY[link.role])
    return _row(ROLES[link.role], " · ".join(facts), is_over=not link.is_valid(now))


def candidate_row(participant: Participant, zone: ZoneInfo) -> str:
    """HTML."""
    facts = [f"joined {_say(participant.joined_at, zone)}"]
    if participant.erased_at:
        facts.append(f"erased {_say(participant.erased_at, zone)}")
        return _row("Erased", " · ".join(facts), is_over=True)
    if participant.finished_at:
        facts.append(f"finished {_say(participant.finished_at, zone)}")
    elif participant.started_at:
        facts.append(f"began {_say(participant.started_at, zone)}")
    return _row(participant.name, " · ".join(facts))


def verdict_of_chain(entries: Sequence[AuditEntry]) -> tuple[bool, str]:
    """Is every entry in its place and as it was written? And that in words (HTML)."""
    place = chain.broken_at(entries)
    if place is not None:
        return False, f"The log was changed: entry {place} does not follow from those before it."
    if not entries:
        return True, "The log is empty."
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    return True, f"Unbroken: {count}, head <code>{entries[-1].hash}</code>"


def log_list(entries: Sequence[AuditEntry], words: Mapping[str, str], zone: ZoneInfo) -> str:
    """HTML of the newest entries, the newest first. `words` are for ids: see `words_of`."""
    items = "".join(
        f"<li><b>{entry.number}</b><time>{_say(entry.event.at, zone)}</time>"
        f"<p>{escape(say_event(entry.event, words))}"
        f"<span>by {escape(words.get(entry.event.actor, entry.event.actor))}</span></p></li>"
        for entry in reversed(entries[-NEWEST:])
    )
    return f'<ol class="op-log" tabindex="0" aria-label="Log, the newest first">{items}</ol>'


def say_event(event: AuditEvent, words: Mapping[str, str]) -> str:
    """One line of the log: "Ada began". What has no words here is shown as it is kept."""
    say = _ACTIONS.get(event.action, "{action} {subject} {detail}")
    subject = words.get(event.subject, event.subject)
    said = say.format(action=event.action, subject=subject, detail=event.detail).strip()
    return said[:1].upper() + said[1:]


def words_of(
    capabilities: Iterable[Capability], participants: Iterable[Participant], meeting_id: str = ""
) -> dict[str, str]:
    """What the ids in a log stand for: "proctor link 2", a candidate's name."""
    words = {events.SERVER: "the server", events.OPERATOR: "the operator"}
    words |= {meeting_id: "the whole exam"} if meeting_id else {}
    words |= {p.id: p.name or f"an erased candidate ({p.id[-6:]})" for p in participants}
    counts: dict[Role, int] = {}
    for capability in capabilities:
        if capability.role is Role.CANDIDATE:
            name = words.get(capability.participant_id or "", "a candidate")
            words[capability.id] = f"the seat of {name}"
        else:
            counts[capability.role] = number = counts.get(capability.role, 0) + 1
            words[capability.id] = f"{ROLES[capability.role].lower()} {number}"
    return words


def _say(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %b, %H:%M}"


def _row(title: str, facts: str, *, is_over: bool = False) -> str:
    over = " data-over" if is_over else ""
    return (
        f'<p class="op-row"{over}><strong>{escape(title)}</strong><span>{escape(facts)}</span></p>'
    )
