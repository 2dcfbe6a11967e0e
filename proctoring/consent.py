"""What a candidate agrees to, made from what is switched on, and its version.

The version is the beginning of the text's SHA-256: the participant's record names exactly
the text that was shown, and an analyser that explains itself otherwise makes a new one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from proctoring.analysers import analyser_types, choices, media_of

VERSION_LENGTH = 12  # hexadecimal digits: 48 bits

KEPT = """\
- Your **name**, as you type it, and when you joined, started and finished.
- For each entry: what was observed and when, a **picture** of that moment, and, for an entry \
about sound, a **short recording** of it.
- For which seconds each measurement worked, so that a gap counts as a gap and not against you.

Pictures and recordings are erased {evidence_days} days after the exam closes, and your name after \
{records_days} days; later only while an appeal or a court needs them. Until then all three are \
sealed with a key of their own."""

SEEN = """\
- The proctors of this exam see these entries and can watch{listen} live. There is no other \
recording: what leads to no entry is not kept.
- The analysis runs on your exam office’s own server. {place}
- **Software observes, people judge.** No entry decides anything by itself. You see every \
warning yourself, at the moment it appears, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long and where: the operator's settings, as a candidate reads them."""

    evidence_days: int
    records_days: int
    database: str = ""  # host of a database outside this server

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


def consent(signals: Collection[str], keeping: Keeping) -> Consent:
    """For a meeting in which the analysers of these names are on."""
    text = "\n\n".join(
        (
            "## What is measured",
            _measured(signals),
            "## What is kept, and why",
            "So that a proctor can see what happened, and you can ask about it:",
            KEPT.format(evidence_days=keeping.evidence_days, records_days=keeping.records_days),
            "## Who sees it",
            SEEN.format(
                listen=" and listen" if "microphone" in media_of(signals) else "",
                place=keeping.place,
            ),
        )
    )
    return Consent(text, sha256(text.encode()).hexdigest()[:VERSION_LENGTH])


def _measured(signals: Collection[str]) -> str:
    """The named ones, and the health of what they need, in the registry's order."""
    media, chosen = media_of(signals), choices()
    return "\n".join(
        f"- **{kind.title}.** {kind.explains}"
        for kind in analyser_types()
        if (kind.name in signals if kind in chosen else kind.medium in media)
    )
