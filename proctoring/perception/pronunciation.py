"""How the words of a phrase sound in English: CMU's dictionary, which comes with PocketSphinx."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

LONGEST = 60  # characters of a phrase
MOST = 12  # phrases; each costs some 1 ms of CPU per second of speech
SHORTEST_SOUNDS = 6  # of a phrase in all its pronunciations: "hey siri" has six
LONGEST_SOUNDS = 30  # PocketSphinx's own advice is to split what is longer than ten syllables
WAYS = 6  # of saying a phrase that are listened for, in the order of the dictionary

NO_PACKAGE = (
    "This server cannot listen for phrases: the package pocketsphinx is not installed. Leave the"
    " phrases out, or ask the operator to install it."
)

Way = tuple[tuple[str, str], ...]  # its words as the dictionary numbers them, and their sounds


class PhraseError(ValueError):
    """A phrase cannot be listened for; the message says which, why, and what to do."""


def is_installed() -> bool:
    return find_spec("pocketsphinx") is not None


def model_folder() -> Path:
    """Of PocketSphinx's American English model. Raises PhraseError."""
    spec = find_spec("pocketsphinx")
    if spec is None or spec.origin is None:
        raise PhraseError(NO_PACKAGE)
    return Path(spec.origin).parent / "model" / "en-us"


def words_of(phrase: str) -> tuple[str, ...]:
    """As the dictionary writes them: "What’s the answer?" is what's, the, answer."""
    plain = phrase.lower().replace("’", "'").replace("-", " ")
    return tuple(word for word in re.sub(r"[.,;:!?\"“”…]", " ", plain).split() if word.strip("'"))


def check_phrases(phrases: Sequence[str]) -> None:
    """Raises PhraseError, with a sentence for each phrase that cannot be listened for."""
    if not phrases:
        return
    if len(phrases) > MOST:
        raise PhraseError(f"At most {MOST} phrases can be listened for; these are {len(phrases)}.")
    if not is_installed():
        raise PhraseError(NO_PACKAGE)
    found = [trouble for phrase in phrases if (trouble := _trouble(phrase))]
    if found:
        raise PhraseError(" ".join(found))


def ways_to_say(phrase: str) -> tuple[Way, ...]:
    """For a phrase that `check_phrases` lets pass."""
    words = words_of(phrase)
    known = _pronunciations(words)
    return tuple(islice(product(*(known[word] for word in words)), WAYS))


def sounds_in(way: Way) -> int:
    return sum(len(sounds.split()) for _, sounds in way)


def _trouble(phrase: str) -> str:
    if len(phrase) > LONGEST:
        return f"“{phrase[:LONGEST]}…” is too long: a phrase has at most {LONGEST} characters."
    if "\n" in phrase or "\r" in phrase:
        return f"“{' '.join(phrase.split())}” is not in one line: write each phrase in its own."
    words = words_of(phrase)
    if not words:
        return f"“{phrase}” has no word in it that could be heard."
    known = _pronunciations(words)
    for word in words:
        if word not in known:
            return (
                f"The word “{word}” of “{phrase}” is not in the English dictionary, so it cannot be"
                " listened for. Spell it out, or write it as words that sound like it."
            )
    fewest, most = (end(map(sounds_in, ways_to_say(phrase))) for end in (min, max))
    if fewest < SHORTEST_SOUNDS:
        return (
            f"“{phrase}” is too short to be told from other speech: it has {fewest} sounds, and"
            f" {SHORTEST_SOUNDS} are needed. Add a word to it."
        )
    if most > LONGEST_SOUNDS:
        return f"“{phrase}” is too long to be said in one go: leave words out, or make two of it."
    return ""


@cache
def _pronunciations(words: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """word: (its name in the dictionary, "the" or "the(2)", and its sounds, "DH IY")."""
    dictionary = "\n" + (model_folder() / "cmudict-en-us.dict").read_text(encoding="utf-8")
    found = {word: [*_entries(dictionary, word)] for word in words}
    return {word: entries for word, entries in found.items() if entries}


def _entries(dictionary: str, word: str) -> Iterator[tuple[str, str]]:
    """A line each, the first of `word` and those of "word(2)", "word(3)" …"""
    for name in (word, *(f"{word}({number})" for number in range(2, 2 + WAYS))):
        start = dictionary.find(f"\n{name} ")
        if start < 0:
            return
        line = dictionary[start + 1 : dictionary.find("\n", start + 1)]
        yield name, line.partition(" ")[2].strip()
