"""An identity card that is held to the camera, compared with the face that was learned.

What comes of it is for a person to judge; a candidate goes on in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

from proctoring.check_in import words
from proctoring.exam import FaceProfile
from proctoring.perception.id_card import IdCardMatch, match_known
from proctoring.types import Image

NOTE = "Identity card: "  # how a note on it begins
MOST_PICTURES = 12  # with a card in them; then what was found is told as it is


@dataclass(frozen=True, slots=True)
class Compared:
    text: str  # for the candidate
    is_over: bool
    match: IdCardMatch | None = None  # the best so far; None while no card was seen


class CardCheck:
    """Picture after picture, until one shows the same person or there were enough."""

    def __init__(self, profile: FaceProfile) -> None:
        self._profile = profile
        self._best: IdCardMatch | None = None
        self._seen = 0

    def take(self, image: Image) -> Compared:
        match = match_known(image, self._profile.embeddings)
        if match.distance is None:
            return Compared(words.CARD_NOT_FOUND, False, self._best)
        self._seen += 1
        if self._best is None or match.distance < (self._best.distance or match.distance):
            self._best = match
        if self._best.same_person:
            return Compared(words.CARD_SEEN, True, self._best)
        is_over = self._seen >= MOST_PICTURES
        return Compared(words.CARD_UNSURE if is_over else words.HELD, is_over, self._best)


def for_the_desk(match: IdCardMatch) -> str:
    """In words for a proctor."""
    if match.same_person:
        return f"{NOTE}its photo and the face look alike."
    why = match.reason or "they do not look alike"
    return (
        f"{NOTE}its photo could not be matched to the face ({why}). Please look yourself: ask the"
        " candidate to hold the card to the camera."
    )
