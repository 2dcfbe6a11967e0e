"""What people read, in their language: English sentences in the code are the keys of the others.

`proctoring/locales/<language>.po` is all that a language needs; docs/translating.md tells how to
add one. Pure: whoever asks says in which language, and nothing is remembered but the files.
Inside, the program speaks English. What it says is translated where it leaves for a reader: by
`t` on pages and in scripts, by `proctoring.language.again` where a finished sentence is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError
from babel.messages import Catalog
from babel.messages.pofile import read_po

ENGLISH = "en"
LOCALES = Path(__file__).parent.parent / "locales"
TEMPLATE = LOCALES / "messages.pot"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's, by the English text, or by the English singular where a number decides."""

    language: str
    said: Mapping[str, str]
    counted: Mapping[str, tuple[str, ...]]
    plurals: Mapping[str, str]  # the English text of many things, by that of one
    plural: str  # which of its forms a number takes, as its file says it: "(n != 1)"


def t(text: str, language: str, **values: object) -> str:
    """`text` in that language, in English where it has no translation. `{name}` takes a value."""
    said = texts(language).said.get(text, text)
    return said.format(**values) if values else said


def nt(one: str, many: str, n: int, language: str, **values: object) -> str:
    """The same for a number: `one` where English says it of one thing. `{n}` is the number."""
    known = texts(language)
    forms = known.counted.get(one, (one, many))
    index = _plural_form(known.plural)(n) if one in known.counted else int(n != 1)
    return forms[min(index, len(forms) - 1)].format(n=n, **values)


@cache
def texts(language: str) -> Texts:
    """Empty for English, and for a language that has no file. Fuzzy entries don't count."""
    if language not in languages() or language == ENGLISH:
        return Texts(ENGLISH, {}, {}, {}, "(n != 1)")
    catalog = _read(language)
    said: dict[str, str] = {}
    counted: dict[str, tuple[str, ...]] = {}
    plurals: dict[str, str] = {}
    for message in catalog:
        if message.fuzzy or not message.id or not message.string:
            continue
        if isinstance(message.id, str):
            said[message.id] = str(message.string)
        elif all(message.string):
            counted[message.id[0]] = tuple(message.string)
            plurals[message.id[0]] = message.id[1]
    return Texts(language, said, counted, plurals, str(catalog.plural_expr))


@cache
def languages() -> Mapping[str, str]:
    """Codes and own names, English first: {"en": "English", "de": "Deutsch"}."""
    return dict(_languages())


def first_known(*wishes: str | None) -> str:
    """The first of these that there is: "de-AT" is served by "de". English if there is none."""
    for wish in wishes:
        parts = (wish or "").replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            code = "-".join(parts[:length]).lower()
            known = next((one for one in languages() if one.lower() == code), None)
            if known:
                return known
    return ENGLISH


def locale_of(language: str) -> Locale:
    """By which dates and numbers are said; English is that of Britain."""
    return Locale.parse("en-GB" if language == ENGLISH else language, sep="-")


@cache
def _plural_form(expression: str) -> Callable[[int], int]:
    form: Callable[[int], int] = c2py(expression)
    return form


def _languages() -> Iterator[tuple[str, str]]:
    yield ENGLISH, "English"
    for path in sorted(LOCALES.glob("*.po")):
        try:
            name = locale_of(path.stem).get_display_name(path.stem.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue  # its name is no language: the tests say so
        if path.stem != ENGLISH:
            name = name or path.stem
            yield path.stem, name[:1].upper() + name[1:]


def _read(language: str) -> Catalog:
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))
