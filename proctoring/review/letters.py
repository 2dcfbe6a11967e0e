"""Text of any script for a PDF: which font has its letters, and how they stand.

A PDF is drawn from left to right and letter by letter. So what reads from right to left is turned
here, and Arabic letters get the form that they have beside their neighbours, which Unicode's own
tables tell (the presentation forms).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

MISSING = "▯"  # stands for a sign that no font has
_RIGHT_TO_LEFT = ("R", "AL")
_FORMS = ("isolated", "final", "initial", "medial")


@dataclass(frozen=True, slots=True)
class Font:
    name: str
    has: frozenset[int]  # code points; empty for one of whole blocks
    blocks: tuple[tuple[int, int], ...] = ()

    def sets(self, text: str) -> bool:
        return all(c.isspace() or self._has(ord(c)) for c in text)

    def _has(self, code: int) -> bool:
        return code in self.has or any(first <= code <= last for first, last in self.blocks)


def runs(text: str, fonts: Sequence[Font]) -> Iterator[tuple[str, str]]:
    """(name of a font, what it sets), in the order in which they are drawn.

    The first font that has all of a word sets it; where none has, each sign gets its own.
    """
    known = "".join(c if any(font.sets(c) for font in fonts) else MISSING for c in visual(text))
    pieces = (piece for word in _words(known) for piece in _pieces(word, fonts))
    for name, found in groupby(pieces, key=lambda piece: piece[0]):
        yield name, "".join(piece for _, piece in found)


def visual(text: str) -> str:
    """As it is drawn from left to right."""
    shaped = shape(text)
    if not any(_is_right_to_left(c) for c in shaped):
        return shaped
    strong = (c for c in shaped if unicodedata.bidirectional(c) in ("L", *_RIGHT_TO_LEFT))
    base = "R" if _is_right_to_left(next(strong)) else "L"
    parts = [_turned(part) if kind == "R" else part for kind, part in _parts(shaped, base)]
    return "".join(reversed(parts) if base == "R" else parts)


def shape(text: str) -> str:
    """Arabic letters in the forms that they have beside their neighbours."""
    text = _with_ligatures(text)
    letters = [i for i, c in enumerate(text) if unicodedata.category(c) != "Mn"]
    shaped = list(text)
    for place, i in enumerate(letters):
        forms = _forms().get(text[i])
        if not forms:
            continue
        before = text[letters[place - 1]] if place else ""
        after = text[letters[place + 1]] if place + 1 < len(letters) else ""
        joins_before = "final" in forms and "initial" in _forms().get(before, {})
        joins_after = "initial" in forms and "final" in _forms().get(after, {})
        form = _FORMS[joins_before + 2 * joins_after]
        shaped[i] = forms.get(form, text[i])
    return "".join(shaped)


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter -> name of a form -> the sign that has it."""
    found: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)):
        form, _, rest = unicodedata.decomposition(chr(code)).partition(" ")
        parts = "".join(chr(int(part, 16)) for part in rest.split())
        if form.strip("<>") in _FORMS and len(parts) == 1:
            found.setdefault(parts, {})[form.strip("<>")] = chr(code)
    # Signs for lam with alef, which are one sign always: they end a word's joined part.
    for code in range(0xFEF5, 0xFEFD):
        form = unicodedata.decomposition(chr(code)).split()[0].strip("<>")
        isolated = chr(code - 1) if form == "final" else chr(code)
        found.setdefault(isolated, {})[form] = chr(code)
    return found


def _with_ligatures(text: str) -> str:
    for code in range(0xFEF5, 0xFEFD, 2):
        pair = unicodedata.decomposition(chr(code)).split()[1:]
        text = text.replace("".join(chr(int(part, 16)) for part in pair), chr(code))
    return text


def _is_right_to_left(c: str) -> bool:
    return unicodedata.bidirectional(c) in _RIGHT_TO_LEFT


def _parts(text: str, base: str) -> Iterator[tuple[str, str]]:
    """ "L" or "R", and what reads so. What has no direction goes with what is on both sides of it,
    or else with the whole."""
    kinds = [_direction(c) for c in text]
    for i, kind in enumerate(kinds):
        if not kind:
            after = next((k for k in kinds[i:] if k), base)
            before = kinds[i - 1] if i else base
            kinds[i] = before if before == after else base
    for kind, places in groupby(range(len(text)), key=lambda i: kinds[i]):
        yield kind, "".join(text[i] for i in places)


def _direction(c: str) -> str:
    """ "R" or "L"; numbers read from left to right."""
    kind = unicodedata.bidirectional(c)
    if kind in _RIGHT_TO_LEFT:
        return "R"
    return "L" if kind in ("L", "EN", "AN") else ""


def _turned(part: str) -> str:
    """Marks stay behind the letter that they belong to."""
    clusters: list[str] = []
    for c in part:
        if unicodedata.category(c) == "Mn" and clusters:
            clusters[-1] += c
        else:
            clusters.append(_MIRRORED.get(c, c))
    return "".join(reversed(clusters))


_MIRRORED = {"(": ")", ")": "(", "[": "]", "]": "[", "«": "»", "»": "«"}


def _words(text: str) -> Iterator[str]:
    for _, signs in groupby(text, key=str.isspace):
        yield "".join(signs)


def _pieces(word: str, fonts: Sequence[Font]) -> Iterator[tuple[str, str]]:
    whole = next((font.name for font in fonts if font.sets(word)), None)
    if whole:
        yield whole, word
        return
    for sign in word:
        yield next(font.name for font in fonts if font.sets(sign)), sign
