"""Finds every text that a candidate reads, and brings the languages' files up to date.

`make texts` runs it: it writes messages.pot, and takes new texts into each .po and those that are
gone out of it; what is translated stays. Texts are found where they are said: the calls of `t` and
`nt` in Python and JavaScript, the markup of components, what the analysers say of themselves, and
the sentences of the modules in SAID_BY, which speak English and are translated where it leaves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from proctoring.analysers import analyser_types
from proctoring.check_in import plan
from proctoring.language import LOCALES, TEMPLATE
from proctoring.language.browser import texts_of
from proctoring.policy.allowances import ALLOWANCES

ROOT = Path(__file__).parents[2]
PLACES = {"t": 1, "said_in": 1, "nt": 2}  # functions, and how many of their arguments are texts
STAFF = re.compile(r"(desk|review|manage|new_exam|share|links|staff|by_link)")  # in English alone
# Who says what in whole sentences, or in words of more than one part: modules, and their folders.
SAID_BY = (
    "proctoring/access/admission.py",
    "proctoring/acts/acting.py",
    "proctoring/acts/appeals.py",
    "proctoring/check_in/words.py",
    "proctoring/enrolment/voice.py",
    "proctoring/joining.py",
    "proctoring/paper/answering.py",
    "proctoring/services.py",
)
REASONS_OF = (
    "proctoring/analysers",
    "proctoring/perception",
    "proctoring/challenge.py",
    "proctoring/coverage.py",
    "proctoring/coverage_view.py",
    "proctoring/pipeline.py",
    "proctoring/rungs.py",
    "proctoring/live/reports.py",
    "proctoring/live/session.py",
    "proctoring/live/watch.py",
)
WORDS_IN_REASONS = ("left", "right")  # of proctoring/challenge.py, as values of its reasons
BEGUN_LARGE = "proctoring/paper/numerals.py"  # its words are told as sentences
NO_REASONS = {
    "camera_names.py",
    "coco.py",
    "equipment.py",
    "fetched.py",
    "id_card.py",
    "objects.py",
}
# What proctoring/cards and proctoring/policy/consequence say of one kind: the first part with its
# beginning, the others without.
FIGURES = tuple(
    begun + figure
    for begun in ("at this setting ", "not measured at this setting. As it comes: ", "")
    for figure in (
        "{share} found (n {n})",
        "{share} false (n {n})",
        "{rate} false per hour",
        "none false in {minutes} min of recordings",
        "{n} false in {minutes} min of recordings",
    )
)
_SENTENCE = re.compile(r"[A-Z][^\n]* [^\n]*[.…!?]", re.DOTALL)
_REASON = re.compile(r"(?:[a-z'’:,{}_]+ )+[a-z'’:,{}_]+")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
LEFT_OUT = (b"POT-", b"PO-", b"Report-", b"Last-", b"Language-Team", b"Generated-", b"Project-Id")
HEADER = """\
# What candidates read, by its English text. docs/translating.md tells how to add a language.
# Made by `make texts`."""
WIDTH = 96  # of the lines in the files

Found = tuple[str, int, str | tuple[str, str]]  # file, line, text


def main() -> None:
    catalog = Catalog(charset="utf-8", header_comment=HEADER)
    for name, number, text in sorted(found(), key=lambda one: (one[0], one[1], str(one[2]))):
        catalog.add(text, locations=[(name, number)])
    TEMPLATE.write_bytes(written(catalog))
    for path in sorted(LOCALES.glob("*.po")):
        known = read_po(BytesIO(path.read_bytes()), locale=path.stem.replace("-", "_"))
        known.update(catalog, no_fuzzy_matching=True)
        known.obsolete.clear()
        path.write_bytes(written(known))
        missing = sum(not is_complete(message.string) for message in known if message.id)
        print(f"{path.name}: {len(known)} texts, {missing} to translate")


def written(catalog: Catalog) -> bytes:
    """Without line numbers and times, which would change with every edit."""
    for message in catalog:
        message.locations = sorted({(name, 0) for name, _ in message.locations})
    file = BytesIO()
    write_po(file, catalog, width=WIDTH, sort_by_file=False, include_lineno=False)
    return re.sub(rb'"(?:%s).*\n' % b"|".join(LEFT_OUT), b"", file.getvalue())


def is_complete(string: str | Iterable[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else all(string or [""])


def found() -> Iterator[Found]:
    for path in sorted([*ROOT.glob("proctoring/**/*.py"), ROOT / "pages/candidate.py"]):
        yield from _in_python(path)
    for path in sorted(ROOT.glob("proctoring/ui/*.js")):
        if path.name != "texts.js":
            yield from _in_javascript(path)
    for path in sorted(ROOT.glob("proctoring/ui/*.html")):
        if not STAFF.match(path.name):
            for text in texts_of(path.read_text(encoding="utf-8")):
                yield _name(path), 0, text
    yield from _of_analysers()
    for name in SAID_BY:
        yield from _constants(ROOT / name, _SENTENCE)
    for _, line, words in _constants(ROOT / BEGUN_LARGE, re.compile(r".+ .+")):
        yield BEGUN_LARGE, line, str(words)[:1].upper() + str(words)[1:]
    for name in REASONS_OF:
        for path in sorted((ROOT / name).glob("*.py")) or [ROOT / name]:
            if path.name not in NO_REASONS:
                yield from _constants(path, _REASON)
    names = (*plan.TITLES.values(), plan.FIRST, plan.LAST)
    yield from (("proctoring/check_in/plan.py", 0, name) for name in names)
    yield from (("proctoring/policy/allowances.py", 0, name) for name in ALLOWANCES.values())
    yield from (("proctoring/cards/__init__.py", 0, text) for text in FIGURES)
    yield from (("proctoring/challenge.py", 0, word) for word in WORDS_IN_REASONS)


def _in_python(path: Path) -> Iterator[Found]:
    """Those in f-strings, too, which Babel's own reader of Python passes over."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            of = PLACES.get(node.func.id, 0)
            texts = [one.value for one in node.args[:of] if isinstance(one, ast.Constant)]
            if of and len(texts) == of:
                first, *more = map(str, texts)
                yield _name(path), node.lineno, (first, more[0]) if more else first


def _in_javascript(path: Path) -> Iterator[Found]:
    options = {"parse_template_string": True}
    keywords: dict[str, Any] = {"t": None, "nt": (1, 2)}
    with path.open("rb") as file:
        for line, text, *_ in extract("javascript", file, keywords, options=options):
            yield _name(path), line, text if isinstance(text, str) else (text[0], text[1])


def _of_analysers() -> Iterator[Found]:
    """Titles, what is explained in the consent, and what its rules say of an incident."""
    for kind in analyser_types():
        name = f"{kind.__module__.replace('.', '/')}.py"
        for text in (kind.title, kind.explains):
            yield name, 0, text
        for rule in kind.rules:
            for text in (rule.title, rule.advice, rule.phrase):
                yield name, 0, text


def _constants(path: Path, form: re.Pattern[str]) -> Iterator[Found]:
    """Texts of this form that a module says: not what it tells of itself, nor names and keys."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    docs = {ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, DOCUMENTED)}
    joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in joined for part in node.values}
    said: list[tuple[ast.expr, str]] = [(node, _template(node)) for node in joined]
    said += [
        (node, node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    ]
    for node, text in said:
        if text not in docs and form.fullmatch(text):
            yield _name(path), node.lineno, text


def _template(node: ast.JoinedStr) -> str:
    """An f-string as a text with places: its expressions are named by their last word."""
    parts, names = [], set()
    for number, part in enumerate(node.values):
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            words = re.findall(r"[a-z]+", ast.unparse(part.value))
            name = words[-1] if words else "value"
            name = f"{name}_{number}" if name in names else name
            names.add(name)
            parts.append(f"{{{name}}}")
    return "".join(parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    main()
