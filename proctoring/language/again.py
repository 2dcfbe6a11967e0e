"""Sentences that are finished, said again in another language.

What is stored, and what the parts that measure say, is English. Where such a sentence leaves for
somebody who reads another language, it is recognised by the text that it was made from, values and
all: "2 faces" by "{value:.0f} faces". What nobody translated goes out as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from babel.numbers import format_decimal

from proctoring.language import ENGLISH, locale_of, nt, texts

_PLACE = re.compile(r"\{(\w+)(?:![rs])?(?::[^{}]*)?\}")
_NUMBER = re.compile(r"(\d+)\.(\d+)( ?[^\W\d]{0,3}|%| %)")
_COUNTED = re.compile(r"(\d+) (\w+)")
_LEAST = 4  # letters besides the values: "{a}: {b}" would recognise everything


@lru_cache(maxsize=4096)
def again(sentence: str, language: str) -> str:
    """The sentence in that language; unchanged if nobody translated it."""
    if language == ENGLISH or not sentence:
        return sentence
    known = texts(language)
    if (said := known.said.get(sentence)) is not None:
        return said
    for pattern, translated in _patterns(language):
        if found := pattern.fullmatch(sentence):
            return _filled(translated, found, language)
    return sentence


def parts_again(text: str, language: str, between: str = "; ") -> str:
    """The same for sentences that are set side by side, each on its own if need be."""
    if text in texts(language).said or between not in text:
        return again(text, language)
    return between.join(again(part, language) for part in text.split(between))


@lru_cache(maxsize=1024)
def in_english(sentence: str, language: str) -> str:
    """The way back, for what a page says that is kept for others. Unchanged if it is not ours."""
    known = texts(language).said
    if (text := next((one for one, said in known.items() if said == sentence), None)) is not None:
        return text
    for text, translated in _with_values(language):
        if found := _pattern(translated).fullmatch(sentence):
            return _filled(text, found, ENGLISH)
    return sentence


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Texts with values, those with the most words of their own first."""
    found = sorted(_with_values(language), key=lambda pair: -len(_PLACE.sub("", pair[0])))
    return tuple((_pattern(text), translated) for text, translated in found)


def _with_values(language: str) -> Iterator[tuple[str, str]]:
    known = texts(language)
    for text, translated in known.said.items():
        if _PLACE.search(text) and sum(map(str.isalpha, _PLACE.sub("", text))) >= _LEAST:
            yield text, translated


def _pattern(text: str) -> re.Pattern[str]:
    made, end, seen = "", 0, set()
    for place in _PLACE.finditer(text):
        name = place[1]
        made += re.escape(text[end : place.start()])
        made += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        seen.add(name)
        end = place.end()
    return re.compile(made + re.escape(text[end:]), re.DOTALL)


def _filled(text: str, found: re.Match[str], language: str) -> str:
    """`text` with the values that were found."""
    values = {name: value_again(value, language) for name, value in found.groupdict().items()}
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def value_again(text: str, language: str) -> str:
    """A number as that language writes it, with its unit if it has one; a word that it knows."""
    if language != ENGLISH and (found := _NUMBER.fullmatch(text)):
        whole, decimals, unit = found.groups()
        form = f"0.{'0' * len(decimals)}"
        number = format_decimal(f"{whole}.{decimals}", form, locale=locale_of(language))
        return f"{number}{unit}"
    known = texts(language)
    if found := _COUNTED.fullmatch(text):
        for one, many in known.plurals.items():
            if found[2] in (one.removeprefix("{n} "), many.removeprefix("{n} ")):
                return nt(one, many, int(found[1]), language)
    return known.said.get(text, text)
