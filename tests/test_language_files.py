"""The languages' files: all texts are there and mean the same, and nothing is said past them."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.jslexer import tokenize
from babel.messages.pofile import read_po

from proctoring.language import (
    ENGLISH,
    LOCALES,
    TEMPLATE,
    first_known,
    languages,
    locale_of,
    t,
    texts,
)
from proctoring.language.browser import script
from proctoring.language.times import say_duration
from proctoring.locales import gather

ROOT = Path(__file__).parent.parent
OTHERS = [code for code in languages() if code != ENGLISH]
PLACE = re.compile(r"\{\w+(?::[^{}]*)?\}")
PAGES = (
    "pages/candidate.py",
    *(f"proctoring/ui/{name}.py" for name in ("candidate", "check_in", "language_switch", "own")),
    *(f"proctoring/ui/{name}.py" for name in ("door", "paper", "personal", "places")),
    *(f"proctoring/ui/{name}.py" for name in ("questions", "waiting")),
)
COMPONENTS = ("candidate", "own", "paper", "language_switch")  # modules that register them
# What looks like a text in a script of candidates, and is none of ours to translate.
NO_TEXTS = {
    "Connection error",  # by which Streamlit's own sheet is known
    "A break",  # it is kept, and so in English
}


def ids(catalog):
    return [message.id for message in catalog if message.id]


def template():
    return read_po(BytesIO(TEMPLATE.read_bytes()))


def flat(text):
    return [text] if isinstance(text, str) else list(text)


# --- the files --------------------------------------------------------------------------------


def test_the_template_has_every_text_and_no_other():
    """`make texts` brings it up to date."""
    assert {str(text) for _, _, text in gather.found()} == {str(text) for text in ids(template())}


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*.po")), ids=lambda path: path.stem)
def test_a_language_is_complete_and_keeps_the_places(path):
    locale_of(path.stem)  # it is a language
    catalog = read_po(BytesIO(path.read_bytes()), locale=path.stem.replace("-", "_"))
    assert [str(text) for text in ids(catalog)] == [str(text) for text in ids(template())]
    assert not list(catalog.obsolete)
    for message in catalog:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        assert gather.is_complete(message.string), f"not translated: {message.id}"
        for said, english in zip(flat(message.string), _of_forms(message), strict=True):
            assert said == said.strip(), said
            places = set(PLACE.findall(said))
            wanted = set(PLACE.findall(english))
            assert places == wanted or places == wanted | {"{n}"}, (english, said)
            assert said.count("**") == english.count("**"), said
    assert len(catalog.plural_forms) > 0


def _of_forms(message):
    """What each form is to be compared with: the singular may leave out its number."""
    forms = flat(message.id)
    return [forms[min(index, len(forms) - 1)] for index in range(len(flat(message.string)))]


def test_a_language_is_one_file(tmp_path, monkeypatch):
    known = (LOCALES / "de.po").read_text().replace("Language: de", "Language: pt_BR")
    (tmp_path / "pt-BR.po").write_text(known)
    (tmp_path / "notes.po").write_text("")
    monkeypatch.setattr("proctoring.language.LOCALES", tmp_path)
    for cached in (languages, texts):
        cached.cache_clear()
    try:
        assert languages() == {"en": "English", "pt-BR": "Português (Brasil)"}
        assert first_known("pt-br") == first_known("pt_BR") == "pt-BR"
        assert t("Continue", "pt-BR") == "Weiter"
        assert say_duration(timedelta(days=2), "pt-BR") == "2 Tage"
        assert "pt-BR" in script("pt-BR", ["proctoring/ui/exam.js"])
    finally:
        for cached in (languages, texts):
            cached.cache_clear()


@pytest.mark.parametrize("language", OTHERS)
def test_german_texts_address_formally_and_keep_typography(language):
    if language != "de":
        pytest.skip("of German")
    for text in [*texts("de").said.values(), *sum(texts("de").counted.values(), ())]:
        assert not re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b", text), text
        assert not re.search(r"(?<![A-Za-z])\w+(:innen|\*innen|_innen|Innen)\b", text), text
        assert '"' not in text, text
        assert text.count("„") == text.count("“"), text
        assert not re.search(r"(?i)betrug|verdächtig|verstoß|täusch", text), text


# --- nothing is said past them ------------------------------------------------------------------

_LIKE_A_TEXT = re.compile(r"[A-Z“✓][^<>{}=;]*[a-z,] [^<>{}=;]*", re.DOTALL)


def known_texts():
    return [text for one in ids(template()) for text in flat(one)]


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_candidates_say_nothing_in_english_alone(name):
    known = set(known_texts())
    tree = ast.parse((ROOT / name).read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if _LIKE_A_TEXT.fullmatch(text) and text not in docs:
                assert text in known or node.lineno in _kept_lines(name), text


def _kept_lines(name):
    """Where a page says something that is kept for others, and so in English."""
    lines = (ROOT / name).read_text().split("\n")
    is_kept = ("WHY_READY =", "Not done in the check-in", "START =")
    return {number for number, line in enumerate(lines, 1) if any(k in line for k in is_kept)}


def scripts():
    found = set()
    for name in COMPONENTS:
        source = (ROOT / f"proctoring/ui/{name}.py").read_text()
        found |= set(re.findall(r'"(\w+\.js)"', source))
        found |= {f"{one}.js" for one in re.findall(r'register\(\s*"(\w+)"', source)}
    return sorted(found)


@pytest.mark.parametrize("name", scripts())
def test_scripts_of_candidates_say_nothing_in_english_alone(name):
    known = known_texts()
    source = (ROOT / "proctoring/ui" / name).read_text()
    for token in tokenize(source, jsx=False, dotted=False, template_string=True):
        if token.type not in ("string", "template_string"):
            continue
        text = token.value[1:-1]
        if _LIKE_A_TEXT.fullmatch(text) and text not in NO_TEXTS:
            assert any(text in one for one in known), f"{name}:{token.lineno}: {text}"
