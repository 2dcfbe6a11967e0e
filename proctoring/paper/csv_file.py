"""CSV into the same tree as YAML: a row is a question, columns are its fields.

Comma, semicolon or tab: the one that is in the first row. Cells that are empty are left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from string import ascii_lowercase

from proctoring.paper.limits import MOST_CHOICES
from proctoring.paper.problems import PaperError, Problem, shortened, unknown
from proctoring.paper.tree import Fields, Items, Node, Text

LETTERS = tuple(ascii_lowercase[:MOST_CHOICES])  # the columns of choices
OF_PAPER = ("minutes", "shuffle_questions", "shuffle_choices", "penalty")
COLUMNS = (
    *("section", "kind", "question", *LETTERS, "answer", "points", "penalty", "marking"),
    *("required", "minutes", "shuffle_questions", "shuffle_choices", "case_sensitive"),
    *("tolerance", "unit", "longest", "language", "start", "guide", "image", "image_alt", "id"),
)
PAPER = "paper"  # the kind of a first row that is about the whole


def read_csv(text: str) -> Node:
    """Raises PaperError."""
    rows = list(_rows(text))
    if not rows:
        raise PaperError([Problem("", "the file is empty; the first row names the columns.")])
    (_, first), *rest = rows
    header = [name.strip().lower() for name in first]
    problems = list(_wrong_columns(header))
    for where, row in rest:
        if any(cell.strip() for cell in row[len(header) :]):
            told = f"{len(row)} cells, but the first row names {len(header)}"
            hint = "put double quotes around text that has the separator in it."
            problems.append(Problem(where, f"there are {told}; {hint}"))
    if problems:
        raise PaperError(problems)
    named = [(where, _cells(header, where, row)) for where, row in rest]
    tree = _paper([(where, cells) for where, cells in named if cells], problems)
    if problems:
        raise PaperError(problems)
    return tree


def _rows(text: str) -> Iterator[tuple[str, list[str]]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if number > 1 or any(row):
                yield f"row {number}", row
    except csv.Error as error:
        hint = "double the quotes that are part of a text."
        raise PaperError([Problem(f"row {number + 1}", f"no CSV ({error}); {hint}")]) from None


def _wrong_columns(header: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(header):
        if name and name not in COLUMNS:
            yield Problem("row 1", unknown("column", name, COLUMNS))
        elif name and header.count(name) > 1:
            yield Problem("row 1", f"the column {name} is there twice; take one of them out.")
    for name in ("kind", "question"):
        if name not in header:
            yield Problem("row 1", f"there is no column {name}; add it to the first row.")


def _cells(header: list[str], where: str, row: list[str]) -> dict[str, Text]:
    named = zip(header, row, strict=False)
    return {name: Text(where, cell) for name, cell in named if name and cell.strip()}


def _paper(rows: list[tuple[str, dict[str, Text]]], problems: list[Problem]) -> Fields:
    paper: dict[str, Node] = {}
    if rows and rows[0][1].get("kind", Text("", "")).value.strip().lower() == PAPER:
        where, cells = rows.pop(0)
        for name, cell in cells.items():
            if name in OF_PAPER:
                paper[name] = cell
            elif name == "question":
                paper["title"] = cell
            elif name != "kind":
                told = f"{name} says nothing of a paper; leave it empty in this row."
                problems.append(Problem(where, told))
    sections: list[tuple[Text | None, list[Node]]] = []
    for where, cells in rows:
        title = cells.pop("section", None)
        of = title.value.strip() if title else ""
        before = sections[-1][0] if sections else None
        if not sections or of != (before.value.strip() if before else ""):
            sections.append((title, []))
        sections[-1][1].append(_question(where, cells, problems))
    paper["sections"] = Items("row 2", tuple(_section(*section) for section in sections))
    return Fields("row 2", paper)


def _section(title: Text | None, questions: list[Node]) -> Fields:
    where = questions[0].where
    named: dict[str, Node] = {"title": title} if title else {}
    return Fields(where, named | {"questions": Items(where, tuple(questions))})


def _question(where: str, cells: dict[str, Text], problems: list[Problem]) -> Fields:
    given = {letter: cells.pop(letter) for letter in LETTERS if letter in cells}
    fields: dict[str, Node] = dict(cells)
    if given:
        fields["choices"] = Items(where, tuple(given.values()))
    if answer := cells.get("answer"):
        kind = cells.get("kind", Text("", "")).value.strip().lower()
        if kind in ("single", "multiple"):
            fields["answer"] = _chosen(answer, given, problems)
        elif kind == "short":
            parts = [part.strip() for part in answer.value.split("|")]
            fields["answer"] = Items(where, tuple(Text(where, part) for part in parts))
    if "image" in fields or "image_alt" in fields:
        image = {new: fields.pop(old) for old, new in _IMAGE if old in fields}
        fields["images"] = Items(where, (Fields(where, image),))
    return Fields(where, fields)


_IMAGE = (("image", "file"), ("image_alt", "alt"))


def _chosen(answer: Text, given: dict[str, Text], problems: list[Problem]) -> Items:
    """The texts of the columns that are named: "b", "a c", "a, c"."""
    letters = answer.value.lower().replace(",", " ").split()
    for letter in letters:
        if letter not in given:
            told = f"the answer {shortened(letter)} is no column with a choice in this row"
            problems.append(Problem(answer.where, f"{told}; name letters, such as b or a c."))
    return Items(answer.where, tuple(given[letter] for letter in letters if letter in given))
