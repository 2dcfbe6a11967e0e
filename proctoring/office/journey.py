"""What an examiner may ask of a candidate's way into the exam, checked."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from proctoring.plaintext import line, lines
from proctoring.types import Journey

STEPS = ("identity", "card", "room", "voice")  # optional ones, in the order they come in
LONGEST_URL = 2000  # characters
LONGEST_LEGAL_BASIS = 4000  # characters


class BadJourney(ValueError):
    """The sentence is for the examiner."""


def checked(journey: Journey) -> Journey:
    """As it is kept. Raises BadJourney."""
    if unknown := sorted(journey.check_in - set(STEPS)):
        raise BadJourney(f"There is no step {unknown[0]!r} in a check-in.")
    return replace(
        journey,
        exam_url=_address(journey.exam_url),
        legal_basis=lines(journey.legal_basis, LONGEST_LEGAL_BASIS),
    )


def _address(url: str) -> str:
    url = line(url, LONGEST_URL + 1)
    if not url:
        return ""
    if len(url) > LONGEST_URL:
        raise BadJourney(f"The address of the exam is longer than {LONGEST_URL} characters.")
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        is_good = False
    if not is_good or parts.username or " " in url:
        raise BadJourney("The address of the exam has to be whole: https://exam.example/path.")
    return url
