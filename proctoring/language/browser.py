"""Texts for scripts and markup that go to a browser: `t` and `nt` with what they need to know."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cache
from html import escape, unescape

from babel.messages.pofile import read_po

from proctoring.language import ENGLISH, TEMPLATE, locale_of, t, texts

READ_ALOUD = ("aria-label", "title", "placeholder", "alt")  # attributes that people are told
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_ATTRIBUTE = re.compile(rf'(?<=\s)({"|".join(READ_ALOUD)})="([^"]*)"')
_PLURAL = re.compile(r"[n0-9\s()!=<>%&|?:+*-]+")  # what a Plural-Forms expression is made of


def script(language: str, files: Collection[str]) -> str:
    """What goes before scripts: their texts in that language, as constants of one module.

    `files` are paths as the template names them: "proctoring/ui/exam.js".
    """
    known = texts(language)
    ids = [one for file in files for one in _used_in().get(file, ())]
    told: dict[str, str | tuple[str, ...]] = {
        one: known.said[one] for one in ids if one in known.said
    }
    told |= {one: known.counted[one] for one in ids if one in known.counted}
    if not _PLURAL.fullmatch(known.plural):
        raise ValueError(f"{language}.po: its Plural-Forms are no expression: {known.plural}")
    return "\n".join(
        (
            f"const LANGUAGE = {json.dumps(language)};",
            f"const LOCALE = {json.dumps(str(locale_of(language)).replace('_', '-'))};",
            f"const TEXTS = {json.dumps(told)};",
            f"const pluralForm = (n) => Number({known.plural});",
        )
    )


def markup(html: str, language: str) -> str:
    """HTML with the texts and the spoken attributes of its elements in that language."""
    if language == ENGLISH:
        return html
    html = _TEXT.sub(lambda found: _translated(found[0], language), html)
    return _ATTRIBUTE.sub(
        lambda found: f'{found[1]}="{escape(t(unescape(found[2]), language))}"', html
    )


def texts_of(html: str) -> list[str]:
    """What there is to translate in it, in order."""
    texts = [unescape(text.strip()) for text in _TEXT.findall(html)]
    texts += [unescape(value) for _, value in _ATTRIBUTE.findall(html)]
    return [text for text in texts if any(map(str.isalpha, text))]


def _translated(text: str, language: str) -> str:
    inner = text.strip()
    return text.replace(inner, escape(t(unescape(inner), language), quote=False)) if inner else text


@cache
def _used_in() -> dict[str, list[str]]:
    """Texts by the file that says them."""
    found: dict[str, list[str]] = {}
    with TEMPLATE.open("rb") as file:
        for message in read_po(file):
            text = message.id if isinstance(message.id, str) else message.id[0]
            for name, _ in message.locations:
                found.setdefault(name, []).append(text)
    return found
