"""What a candidate agrees to, made from what is switched on, and its version.

The version is the beginning of the text's SHA-256, and for a text that is not English its
language: the participant's record names exactly the text that was shown, and an analyser that
explains itself otherwise makes a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Protocol

from proctoring.analysers import analyser_types, is_on, media_of
from proctoring.language import ENGLISH
from proctoring.language import t as said_in
from proctoring.language.again import again
from proctoring.policy.allowances import named_on_desk, quoted
from proctoring.types import Policy

VERSION_LENGTH = 12  # hexadecimal digits: 48 bits


class Say(Protocol):
    """`t` in the reader's language."""

    def __call__(self, text: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long and where: the operator's settings, as a candidate reads them."""

    evidence_days: int
    records_days: int
    database: str = ""  # host of a database outside this server
    traces: bool = False  # what is observed is kept, minute by minute

    def place(self, t: Say) -> str:
        if self.database:
            return t(
                "What is kept also lies in its database at **{database}**, sealed with a key"
                " that this database does not have. Nothing is sent to anybody else.",
                database=self.database,
            )
        return t("What is kept lies there and nowhere else. Nothing is sent to anybody else.")


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
    language: str = ENGLISH,
) -> Consent:
    """For a meeting in which the analysers of these names are on, with these steps before it.

    `legal_basis` is the examiner's own, as Markdown.
    """
    t: Say = partial(said_in, language=language)
    hears = "microphone" in media_of(signals)
    shares = {"screen", "room"} & {*signals, *check_in}
    text = "\n\n".join(
        (
            f"## {t('What is measured')}",
            _measured(signals, language),
            *_listened_for(signals, policy, t),
            *_allowed(policy, language, t),
            f"## {t('Before the exam')}",
            *_before(check_in, t),
            f"## {t('What is kept, and why')}",
            t("So that a proctor can see what happened, and you can ask about it:"),
            _kept(signals, shares, keeping, t),
            f"## {t('Who sees it')}",
            _seen(keeping, t, hears=hears, shares=bool(shares)),
            *((f"## {t('On what basis')}", legal_basis) if legal_basis else ()),
        )
    )
    version = sha256(text.encode()).hexdigest()[:VERSION_LENGTH]
    return Consent(text, version if language == ENGLISH else f"{version}-{language}")


def _measured(signals: Collection[str], language: str) -> str:
    """The named ones, and the health of what they need, in the registry's order."""
    return "\n".join(
        f"- **{again(kind.title, language)}.** {again(kind.explains, language)}"
        for kind in analyser_types()
        if is_on(kind, signals)
    )


def _listened_for(signals: Collection[str], policy: Policy, t: Say) -> Iterator[str]:
    if "phrases" in signals and policy.phrases:
        yield t("The phrases that are listened for: {phrases}.", phrases=quoted(policy))


def _allowed(policy: Policy, language: str, t: Say) -> Iterator[str]:
    """Nothing, where the policy says nothing of its own."""
    things = ", ".join(again(name, language) for name in named_on_desk(policy))
    if things or not policy.may_speak:
        yield f"## {t('What is allowed')}"
    if things:
        yield t(
            "You may have on your desk: **{things}**. None of it leads to an entry.", things=things
        )
    if not policy.may_speak:
        yield t("This exam is written **in silence**: please don't speak.")


def _before(check_in: Collection[str], t: Say) -> Iterator[str]:
    looked_at = t(
        "While you check in, pictures from your camera are looked at so that you can be told about"
        " light and your place, and your connection is measured."
    )
    if "room" in check_in:
        kept = t(
            "Of the check-in the pictures of your room are kept, and no other picture and no sound."
        )
    else:
        kept = t("No picture and no sound of the check-in is kept.")
    yield f"{looked_at} **{kept}**"
    taught = {
        "identity": t(
            "Some pictures of your **face** are turned into numbers, so that you are known again"
            " during the exam."
        ),
        "card": t(
            "You are asked to hold up an **identity card**. The photo on it is compared with your"
            " face, and the proctors read what came of it: a person judges. Nothing else on it is"
            " read."
        ),
        "room": t(
            "You are asked to show your **room** with the camera, once all around. A person looks"
            " at these pictures, and no program. If somebody else is in the room, tell them before,"
            " and put away what is nobody’s business."
        ),
        "voice": t(
            "Some seconds of your **voice** are turned into numbers, so that it is known again."
        ),
    }
    if told := [text for step, text in taught.items() if step in check_in]:
        yield _points(told)


def _kept(signals: Collection[str], shares: Collection[str], keeping: Keeping, t: Say) -> str:
    kept = [
        t("Your **name**, as you type it, and when you joined, started and finished."),
        t(
            "For each entry: what was observed and when, a **picture** of that moment, and, for an"
            " entry about sound, a **short recording** of it."
        ),
        t(
            "For which seconds each measurement worked, so that a gap counts as a gap and not"
            " against you."
        ),
    ]
    if "screen" in shares:
        kept.append(
            t("Pictures of your **shared screen**, whether or not they are part of an entry.")
        )
    if "room" in shares:
        kept.append(
            t("The pictures of your **room** that you make before the exam, twelve at most.")
        )
    if keeping.traces:
        kept.append(
            t(
                "What was measured, minute by minute, as **numbers** without pictures or sounds, so"
                " that an entry can be understood."
            )
        )
    kept.append(
        t(
            "What you **answer** on this page, and what you and the proctors **write to each"
            " other**."
        )
    )
    if _learns(signals):
        kept.append(
            t(
                "What these measurements have learned of you as numbers, your face, your voice or"
                " how you look at the screen, so that a server that has to start anew still knows"
                " you. It is sealed, too, and erased when you finish."
            )
        )
    return f"{_points(kept)}\n\n{_erased(keeping, t)}"


def _erased(keeping: Keeping, t: Say) -> str:
    days = {"evidence_days": keeping.evidence_days, "records_days": keeping.records_days}
    if keeping.traces:
        first = t(
            "Pictures, recordings and these numbers are erased {evidence_days} days after the exam"
            " closes, and your name, your answers and what was written after {records_days} days;"
            " later only while an appeal or a court needs them.",
            **days,
        )
    else:
        first = t(
            "Pictures and recordings are erased {evidence_days} days after the exam closes, and"
            " your name, your answers and what was written after {records_days} days; later only"
            " while an appeal or a court needs them.",
            **days,
        )
    return f"{first} {t('Until then all of them are sealed with a key of their own.')}"


def _seen(keeping: Keeping, t: Say, *, hears: bool, shares: bool) -> str:
    if hears:
        people = t(
            "The proctors of this exam see these entries and can watch and listen live; reviewers"
            " look at the entries afterwards."
        )
        no_other = t("There is no other recording of picture or sound:")
    else:
        people = t(
            "The proctors of this exam see these entries and can watch live; reviewers look at the"
            " entries afterwards."
        )
        no_other = t("There is no other recording of picture:")
    if shares:
        not_kept = t("what leads to no entry is not kept, but for what you share.")
    else:
        not_kept = t("what leads to no entry is not kept.")
    return _points(
        (
            f"{people} {no_other} {not_kept}",
            f"{t('The analysis runs on your exam office’s own server.')} {keeping.place(t)}",
            t(
                "**Software observes, people judge.** No entry decides anything by itself. You see"
                " every warning yourself, at the moment it appears, and how to mend it. Afterwards"
                " this page shows you what is kept of you and who looked at it, and you can appeal."
            ),
        )
    )


def _learns(signals: Collection[str]) -> bool:
    return any(hasattr(kind, "learned") for kind in analyser_types() if kind.name in signals)


def _points(texts: Collection[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)
