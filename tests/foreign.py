"""What of a page in another language is still English: of all that is read or read aloud."""

from __future__ import annotations

import re
from functools import cache

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from proctoring.language import TEMPLATE, texts
from proctoring.language.again import parts_again

_PLACE = re.compile(r"\{\w+(?::[^{}]*)?\}")
READ = """() => {
  const NAMES = ["aria-label", "alt", "title", "placeholder"];
  const found = [];
  const read = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) read(element.shadowRoot);
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.closest("style, script, iframe")) continue;
      for (const node of element.childNodes) if (node.nodeType === 3) found.push(node.textContent);
      for (const name of NAMES) found.push(element.getAttribute(name));
    }
  };
  read(document.body);
  return found.map((text) => (text ?? "").replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


def read_texts(page: Page) -> list[str]:
    """Of all that can be seen, and the names that are read aloud."""
    found: list[str] = page.evaluate(READ)
    return found


def english_in(page: Page, language: str = "de") -> list[str]:
    """Texts of ours on the page that are English, whole or as a part of what stands there."""
    sentences, patterns = _english(language)
    return [
        text
        for text in read_texts(page)
        if text in sentences
        or any(sentence in text for sentence in sentences if len(sentence) > 20)
        or any(pattern.search(text) for pattern in patterns)
    ]


@cache
def _english(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    known = texts(language)
    said = set(known.said.values())
    with TEMPLATE.open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    flat = [one for text in ids for one in ([text] if isinstance(text, str) else text)]
    english = {text for text in flat if text not in said and parts_again(text, language) != text}
    plain = {re.sub(r"\*\*", "", text) for text in english if not _PLACE.search(text)}
    filled = [text for text in english if _PLACE.search(text)]
    long = [text for text in filled if len(_PLACE.sub("", text)) > 12]
    return frozenset(plain), tuple(
        re.compile(".+?".join(map(re.escape, _PLACE.split(text)))) for text in long
    )
