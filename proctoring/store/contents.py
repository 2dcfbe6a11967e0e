"""What papers, answers, acts, enrolments, traces and stills may hold, and how much: in every store
alike.

The stores do not know what a question is. They see to it that a paper is a JSON object, and
that nothing is so long that it could hold up the others.
"""

from __future__ import annotations

import hashlib
import json

from proctoring.store import Rejected
from proctoring.types import (
    Act,
    Answer,
    AnswerKey,
    Enrolled,
    OfficeRecord,
    Paper,
    Role,
    Still,
    Trace,
)

LONGEST_PAPER = 1_000_000  # bytes of UTF-8; of an answer key as well
LONGEST_ANSWER = 100_000  # bytes, as the candidate gives it
LONGEST_SEALED_ANSWER = 140_000  # bytes: sealing and base64 make a third more of it
LONGEST_QUESTION_ID = 200  # bytes
LONGEST_ACT = 20_000  # bytes: a message, a reason, what an appeal says
LONGEST_SEALED_ACT = 30_000  # bytes
LONGEST_ACT_KIND = 40  # bytes
LONGEST_ACT_ID = 200  # bytes; of an actor as well
LONGEST_ENROLMENT = 32_000  # bytes; thirty pictures of a face, to the half of a float
LONGEST_SEALED_ENROLMENT = 33_000  # bytes
LONGEST_KIND = 40  # bytes, of an enrolment
LONGEST_TRACE = 1_000_000  # bytes; a minute of all signals has some ten thousand
LONGEST_SEALED_TRACE = 1_000_100  # bytes
LONGEST_TRACE_ID = 200  # bytes
LONGEST_STILL = 400_000  # bytes of JPEG
LONGEST_SEALED_STILL = 400_100  # bytes
LONGEST_STILL_ID = 200  # bytes
LARGEST_STILL = 4096  # px, of a side
STILL_SOURCES = ("screen", "room")
LONGEST_OFFICE = 20_000  # bytes; an invitation, a policy
LONGEST_SEALED_OFFICE = 30_000  # bytes
LONGEST_OFFICE_ID = 200  # bytes; of an actor and of a hash as well
HIGHEST_REVISION = 2**31 - 1  # of an integer of Postgres; a candidate's page names it


def check_paper(paper: Paper, key: AnswerKey) -> None:
    """Raises Rejected."""
    if (paper.meeting_id, paper.revision) != (key.meeting_id, key.revision):
        raise Rejected("The answer key is not of this paper and revision.")
    _check_revision(paper.revision)
    for name, content in (("paper", paper.content), ("answer key", key.content)):
        _check_length(f"The {name}", content, LONGEST_PAPER)
        if not isinstance(_read(content), dict):
            raise Rejected(f"The {name} is no JSON object.")


def check_answer(answer: Answer) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    _check_revision(answer.revision)
    if not answer.question_id:
        raise Rejected("The answer names no question.")
    _check_length("The id of the question", answer.question_id, LONGEST_QUESTION_ID)
    _check_length("The answer", answer.content, LONGEST_SEALED_ANSWER)


def check_plain_answer(answer: Answer) -> None:
    """As the candidate gives it. Raises Rejected."""
    check_answer(answer)
    _check_length("The answer", answer.content, LONGEST_ANSWER)
    if _read(answer.content) is _NOTHING:
        raise Rejected("The answer is no JSON.")


def check_act(act: Act) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    for what, text, longest in (
        ("The id of the act", act.id, LONGEST_ACT_ID),
        ("The actor of the act", act.actor, LONGEST_ACT_ID),
        ("The kind of the act", act.kind, LONGEST_ACT_KIND),
    ):
        if not text:
            raise Rejected(f"{what} is empty.")
        _check_length(what, text, longest)
    if act.role not in (*Role, "server"):
        raise Rejected("The act is of nobody who can act.")
    _check_length("The act", act.content, LONGEST_SEALED_ACT)


def check_plain_act(act: Act) -> None:
    """As it is made. Raises Rejected."""
    check_act(act)
    _check_length("The act", act.content, LONGEST_ACT)
    if not isinstance(_read(act.content), dict):
        raise Rejected("The act is no JSON object.")


def check_enrolled(enrolled: Enrolled, longest: int = LONGEST_SEALED_ENROLMENT) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    if not enrolled.kind:
        raise Rejected("The enrolment names no kind.")
    _check_length("The kind of the enrolment", enrolled.kind, LONGEST_KIND)
    if not 1 <= len(enrolled.content) <= longest:
        raise Rejected(f"An enrolment has 1 to {longest} bytes.")


def check_trace(trace: Trace, longest: int = LONGEST_SEALED_TRACE) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    if not trace.id:
        raise Rejected("The id of the trace is empty.")
    _check_length("The id of the trace", trace.id, LONGEST_TRACE_ID)
    if trace.ended_at < trace.started_at:
        raise Rejected("The trace ends before it begins.")
    if not 1 <= len(trace.content) <= longest:
        raise Rejected(f"A trace has 1 to {longest} bytes.")


def check_still(still: Still, longest: int = LONGEST_SEALED_STILL) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    if not still.id:
        raise Rejected("The id of the still is empty.")
    _check_length("The id of the still", still.id, LONGEST_STILL_ID)
    if still.source not in STILL_SOURCES:
        raise Rejected("The still is of nothing that is shared.")
    if not (1 <= still.width <= LARGEST_STILL and 1 <= still.height <= LARGEST_STILL):
        raise Rejected(f"A still has sides of 1 to {LARGEST_STILL} pixels.")
    if not 1 <= len(still.data) <= longest:
        raise Rejected(f"A still has 1 to {longest} bytes.")
    if hashlib.sha256(still.data).hexdigest() != still.sha256:
        raise Rejected(f"The hash of still {still.id} is not the hash of its data.")


def check_office(record: OfficeRecord, longest: int = LONGEST_SEALED_OFFICE) -> None:
    """As a store keeps it, sealed or not. Raises Rejected."""
    _check_revision(record.revision)
    for what, text, most in (
        ("The id of the record", record.id, LONGEST_OFFICE_ID),
        ("The kind of the record", record.kind, LONGEST_KIND),
        ("The actor of the record", record.actor, LONGEST_OFFICE_ID),
        ("The record", record.content, longest),
    ):
        if not text:
            raise Rejected(f"{what} is empty.")
        _check_length(what, text, most)
    _check_length("The hash of the record", record.token_hash, LONGEST_OFFICE_ID)


def check_plain_office(record: OfficeRecord) -> None:
    """As it is made. Raises Rejected."""
    check_office(record, LONGEST_OFFICE)
    if not isinstance(_read(record.content), dict):
        raise Rejected("The record is no JSON object.")


_NOTHING = object()


def _read(content: str) -> object:
    """`_NOTHING` for what is no JSON."""
    try:
        return json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _NOTHING


def _refuse(name: str) -> object:
    """Python's reader takes NaN and Infinity, which no database does."""
    raise ValueError(name)


def _check_revision(revision: int) -> None:
    if not 1 <= revision <= HIGHEST_REVISION:
        raise Rejected(f"A revision is from 1 to {HIGHEST_REVISION}: {revision}.")


def _check_length(what: str, text: str, longest: int) -> None:
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        raise Rejected("The record holds text that is not Unicode.") from None
    if length > longest:
        raise Rejected(f"{what} is longer than {longest} bytes.")
