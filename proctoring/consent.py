"""What a candidate agrees to, made from what is switched on, and its version.

The version is the beginning of the text's SHA-256: the participant's record names exactly
the text that was shown, and an analyser that explains itself otherwise makes a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256

from proctoring.allowances import on_desk, quoted
from proctoring.analysers import analyser_types, is_on, media_of
from proctoring.types import Policy

VERSION_LENGTH = 12  # hexadecimal digits: 48 bits

KEPT = """\
- Your **name**, as you type it, and when you joined, started and finished.
- For each entry: what was observed and when, a **picture** of that moment, and, for an entry \
about sound, a **short recording** of it.
- For which seconds each measurement worked, so that a gap counts as a gap and not against you.
{traces}- What you **answer** on this page, and what you and the proctors **write to each other**.
{learned}
{with_pictures} are erased {evidence_days} days after the exam closes, and your name, your answers \
and what was written after {records_days} days; later only while an appeal or a court needs them. \
Until then all of them are sealed with a key of their own."""

TRACES = """\
- What was measured, minute by minute, as **numbers** without pictures or sounds, so that an entry \
can be understood.
"""
WITH_PICTURES = ("Pictures and recordings", "Pictures, recordings and these numbers")

LEARNED = """\
- What these measurements have learned of you as numbers, your face, your voice or how you look \
at the screen, so that a server that has to start anew still knows you. It is sealed, too, and \
erased when you finish.
"""

ON_DESK = "You may have on your desk: **{things}**. None of it leads to an entry."
SILENCE = "This exam is written **in silence**: please don't speak."

LOOKED_AT = """\
While you check in, pictures from your camera are looked at so that you can be told about light \
and your place, and your connection is measured. **No picture and no sound of the check-in is \
kept.**"""
TAUGHT = {
    "identity": "Some pictures of your **face** are turned into numbers, so that you are known"
    " again during the exam.",
    "card": "You are asked to hold up an **identity card**. The photo on it is compared with your"
    " face, and the proctors read what came of it: a person judges. Nothing else on it is read.",
    "voice": "Some seconds of your **voice** are turned into numbers, so that it is known again.",
}

PHRASES = "The phrases that are listened for: {phrases}."

SEEN = """\
- The proctors of this exam see these entries and can watch{listen} live; reviewers look at the \
entries afterwards. There is no other recording of picture{sound}: what leads to no entry is not \
kept.
- The analysis runs on your exam office’s own server. {place}
- **Software observes, people judge.** No entry decides anything by itself. You see every \
warning yourself, at the moment it appears, and how to mend it. Afterwards this page shows you \
what is kept of you and who looked at it, and you can appeal."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long and where: the operator's settings, as a candidate reads them."""

    evidence_days: int
    records_days: int
    database: str = ""  # host of a database outside this server
    traces: bool = False  # what is observed is kept, minute by minute

    @property
    def place(self) -> str:
        if self.database:
            return (
                f"What is kept also lies in its database at **{self.database}**, sealed with a key"
                " that this database does not have. Nothing is sent to anybody else."
            )
        return "What is kept lies there and nowhere else. Nothing is sent to anybody else."


@dataclass(frozen=True, slots=True)
class Consent:
    text: str  # Markdown
    version: str


def consent(
    signals: Collection[str],
    policy: Policy,
    keeping: Keeping,
    *,
    check_in: Collection[str] = (),
    legal_basis: str = "",
) -> Consent:
    """For a meeting in which the analysers of these names are on, with these steps before it.

    `legal_basis` is the examiner's own, as Markdown.
    """
    hears = "microphone" in media_of(signals)
    text = "\n\n".join(
        (
            "## What is measured",
            _measured(signals),
            *_listened_for(signals, policy),
            *_allowed(policy),
            "## Before the exam",
            *_before(check_in),
            "## What is kept, and why",
            "So that a proctor can see what happened, and you can ask about it:",
            KEPT.format(
                evidence_days=keeping.evidence_days,
                records_days=keeping.records_days,
                learned=LEARNED if _learns(signals) else "",
                traces=TRACES if keeping.traces else "",
                with_pictures=WITH_PICTURES[keeping.traces],
            ),
            "## Who sees it",
            SEEN.format(
                listen=" and listen" if hears else "",
                sound=" or sound" if hears else "",
                place=keeping.place,
            ),
            *(("## On what basis", legal_basis) if legal_basis else ()),
        )
    )
    return Consent(text, sha256(text.encode()).hexdigest()[:VERSION_LENGTH])


def _listened_for(signals: Collection[str], policy: Policy) -> Iterator[str]:
    if "phrases" in signals and policy.phrases:
        yield PHRASES.format(phrases=quoted(policy))


def _before(check_in: Collection[str]) -> Iterator[str]:
    yield LOOKED_AT
    if taught := [text for step, text in TAUGHT.items() if step in check_in]:
        yield "\n".join(f"- {text}" for text in taught)


def _allowed(policy: Policy) -> Iterator[str]:
    """Nothing, where the policy says nothing of its own."""
    things = on_desk(policy)
    if things or not policy.may_speak:
        yield "## What is allowed"
    if things:
        yield ON_DESK.format(things=things)
    if not policy.may_speak:
        yield SILENCE


def _learns(signals: Collection[str]) -> bool:
    return any(hasattr(kind, "learned") for kind in analyser_types() if kind.name in signals)


def _measured(signals: Collection[str]) -> str:
    """The named ones, and the health of what they need, in the registry's order."""
    return "\n".join(
        f"- **{kind.title}.** {kind.explains}" for kind in analyser_types() if is_on(kind, signals)
    )
