"""A paper's file: both formats, and every mistake in it with its place."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from material import ROOT
from papers import PNG, of_csv, of_yaml, one

from proctoring.paper import limits
from proctoring.paper.kinds import choice_id
from proctoring.paper.pictures import pictures_in
from proctoring.paper.problems import PaperError
from proctoring.paper.questions import Code, Number, SingleChoice
from proctoring.paper.reading import read_file, read_paper
from proctoring.paper.solutions import ByHand, RightChoices, RightNumber, RightText
from proctoring.store import contents

DOCS = (ROOT / "docs" / "papers.md").read_text()
YAML, CSV = (re.search(rf"```{name}\n(.*?)```", DOCS, re.S)[1] for name in ("yaml", "csv"))
SINGLE = "kind: single\nquestion: Which?\nchoices: [Yes, No]\nanswer: No"


def wrong(text: str, read=of_yaml) -> list[str]:
    with pytest.raises(PaperError) as refused:
        read(text)
    return str(refused.value).split("\n")


def example(name: str, tmp_path):
    (tmp_path / "graph.png").write_bytes(PNG)
    (tmp_path / f"exam.{name}").write_text(YAML if name == "yaml" else CSV)
    return read_file(tmp_path / f"exam.{name}")


@pytest.mark.parametrize("name", ["yaml", "csv"])
def test_the_complete_examples_of_the_manual_are_papers_of_all_kinds(name, tmp_path):
    written = example(name, tmp_path)
    kinds = {question.form.kind for question in written.questions}
    assert kinds == {"single", "multiple", "short", "long", "number", "code"}
    assert {question.id for question in written.questions} == set(written.key.solved)
    assert len(written.questions.sections) == 2
    assert written.questions.time_s == 3600
    assert any(question.pictures for question in written.questions)


def test_both_examples_of_the_manual_say_the_same(tmp_path):
    assert example("yaml", tmp_path) == example("csv", tmp_path)


def test_words_that_yaml_takes_for_something_else_stay_words():
    written = one("kind: single\nquestion: Which?\nchoices: [Yes, No, 1:30, ~, 012]\nanswer: No")
    (question,) = written.questions
    assert {choice.text for choice in question.form.choices} == {"Yes", "No", "1:30", "~", "012"}
    assert written.key.solved[question.id].solution == RightChoices(frozenset({choice_id("No")}))


def test_each_kind_has_its_own_fields():
    def read(text):
        written = one(text)
        (question,) = written.questions
        return question, written.key.solved[question.id].solution

    question, solution = read("kind: number\nquestion: g?\nanswer: '9,81'\ntolerance: 2 %\nunit: m")
    assert question.form == Number("m")
    assert solution == RightNumber(Decimal("9.81"), Decimal("0.02"), True)
    question, solution = read("kind: short\nquestion: Who?\nanswer: [Ada, A. L.]")
    assert solution == RightText(("Ada", "A. L."))
    assert (question.points, question.is_required, question.time_s) == (1, False, None)
    question, solution = read(
        "kind: code\nquestion: Add.\nlanguage: Python\nstart: |2\n    def add():\nguide: a + b\n"
        "points: 2.5\nrequired: yes\nminutes: 1.5"
    )
    assert question.form == Code(limits.LONG_TEXT, "Python", "  def add():")
    assert solution == ByHand("a + b")
    assert (question.points, question.is_required, question.time_s) == (2.5, True, 90)


def test_shuffling_is_said_for_the_paper_the_section_or_the_question():
    written = of_yaml(
        "shuffle_questions: true\nshuffle_choices: false\nsections:\n"
        "- questions:\n  - {kind: single, question: a, choices: [x, y], answer: x}\n"
        "- shuffle_questions: false\n  shuffle_choices: true\n  questions:\n"
        "  - {kind: single, question: b, choices: [x, y], answer: x}\n"
        "  - {kind: single, question: c, choices: [x, y], answer: x, shuffle_choices: no}\n"
    )
    assert [section.is_shuffled for section in written.questions.sections] == [True, False]
    forms = [question.form for question in written.questions]
    assert all(isinstance(form, SingleChoice) for form in forms)
    assert [form.is_shuffled for form in forms] == [False, True, False]
    assert [choice.text for choice in forms[0].choices] == ["x", "y"]


def test_ids_stay_when_questions_are_put_in_before_and_solutions_change():
    before = one(SINGLE.replace("?", ""))
    after = of_yaml(
        "questions:\n- {kind: long, question: New}\n"
        "- {kind: single, question: Which, choices: [No, Maybe, Yes], answer: Maybe}"
    )
    (old,), (_, new) = before.questions, after.questions
    assert old.id == new.id
    assert {choice.id for choice in old.form.choices} < {choice.id for choice in new.form.choices}


def test_two_questions_of_one_text_are_told_apart():
    written = of_yaml("questions:\n" + "- {kind: long, question: Why}\n" * 3)
    assert len({question.id for question in written.questions}) == 3


def test_all_mistakes_are_told_at_once_with_line_question_and_cure():
    said = wrong(
        "titel: Exam\nminutes: soon\nquestions:\n- kind: singel\n  question: Which?\n"
        "- kind: single\n  question: Which?\n  choices: [a, a]\n  answer: b\n  points: -1\n"
        "- kind: short\n  question: ''\n  required: perhaps\n  unit: m\n"
    )
    assert said == [
        "line 2: minutes: this is no number; write one such as 3.5.",
        "line 4, question 1: there is no kind 'singel'; did you mean single?",
        "line 6, question 2: the choice 'a' is there twice; take one out.",
        "line 6, question 2: the answer 'b' is none of the choices; write it alike.",
        "line 10, question 2: points is a number from 0 to 1,000, with two digits behind the point"
        " at most; not -1.",
        "line 11, question 3: there is no question; write one.",
        "line 11, question 3: there is no answer; write one, or take the kind long, which a person"
        " marks.",
        "line 13, question 3: required is true or false, not 'perhaps'.",
        "line 14, question 3: unit means nothing for the kind short; take it out.",
        "line 1: there is no field 'titel'; did you mean title?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("- a", "line 1: a paper begins with names"),
        ("questions: []", "there is no question"),
        ("questions: [a]", "line 1: an entry of questions has names"),
        ("sections:\n- title: A", "line 2: there is no question in this section"),
        ("questions: &a\n- *a", "line 1: anchors"),
        ("title: !!python/object/apply:os.system [ls]", "line 1: tags"),
        ("title: a\ntitle: b", "line 2: 'title' is there twice"),
        ("title: a: b", "line 1: this is no YAML (mapping values"),
        ("title: 'a", "this is no YAML"),
        ("[" * 400_000, "nested too deeply"),
        ("- " * 200_000, "nested too deeply"),
        (f"[{'a,' * 60_000}]", "too much in it"),
        ("title: \x07", "control characters"),
        ("? [a]\n: b", "line 1: a name is a word"),
        ("a: 1\n---\nb: 2", "this is no YAML"),
        (f"title: {'x' * 121}\nquestions: []", "title has 121 characters; 120 are the most."),
        ("questions:\n" + "- {kind: long, question: a}\n" * 301, "301 questions; 300 are the most"),
    ],
)
def test_a_file_that_is_no_paper_is_refused_in_a_sentence(text, said):
    assert any(said in line for line in wrong(text)), wrong(text)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("singel,Q,x,y,a", "row 2, question 1: there is no kind 'singel'; did you mean single?"),
        ("single,Q,x,y,c", "row 2: the answer 'c' is no column with a choice in this row"),
        ("single,Q,x,y,a,z", "row 2: there are 6 cells, but the first row names 5"),
        ('single,"Q"x,x,y,a', "row 2: no CSV"),
        ("long,Q,x,,", "row 2, question 1: choices means nothing for the kind long"),
    ],
)
def test_a_row_that_is_wrong_is_told_by_its_number(row, said):
    assert wrong(f"kind,question,a,b,answer\n{row}", of_csv)[0].startswith(said)


def test_columns_are_known_and_named_once():
    said = wrong("kind,questoin,kind\n", of_csv)
    assert said[0] == "row 1: the column kind is there twice; take one of them out."
    assert said[1] == "row 1: there is no column 'questoin'; did you mean question?"
    assert said[-1] == "row 1: there is no column question; add it to the first row."


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read_with_mark_and_separator(separator):
    rows = [["kind", "question", "answer"], ["short", "Über?", "ja | jein"], ["", "", ""]]
    text = "\ufeff" + "\r\n".join(separator.join(row) for row in rows)
    (solved,) = of_csv(text).key.solved.values()
    assert solved.solution == RightText(("ja", "jein"))


def test_files_that_are_too_long_not_utf_8_or_of_another_kind_are_refused():
    for data, name, said in (
        (b"x" * (limits.LARGEST_FILE + 1), "a.yaml", "larger than 500 kB"),
        ("title: ü".encode("cp1252"), "a.yaml", "UTF-8"),
        (b"", "a.docx", "ends in neither"),
    ):
        with pytest.raises(PaperError, match=said):
            read_paper(data, name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no.png", "cannot be read"),
        ("../secret.png", "is not beside the paper"),
        ("link.png", "is not beside the paper"),
        ("large.png", "larger than 200 kB"),
        ("drawing.svg", "is no PNG, JPEG or WebP"),
    ],
)
def test_a_picture_is_a_small_file_beside_the_paper_and_truly_one(name, said, tmp_path):
    folder = tmp_path / "exam"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "large.png").write_bytes(PNG + bytes(limits.LARGEST_PICTURE))
    (folder / "drawing.svg").write_text("<svg/>")
    text = f'questions:\n- kind: long\n  question: Q\n  images:\n  - {{file: "{name}", alt: A}}'
    (problem,) = wrong(text, lambda text: of_yaml(text, open_picture=pictures_in(folder)))
    assert problem.startswith("line ")
    assert said in problem


def test_a_paper_without_its_folder_reads_no_file_and_wants_words_for_pictures():
    said = wrong("questions:\n- {kind: long, question: Q, images: [{file: /etc/passwd}]}")
    assert "the picture has no alt" in said[0]
    assert "is not here" in said[1]


def test_a_paper_that_no_store_would_take_is_refused(tmp_path):
    image = PNG + bytes(limits.LARGEST_PICTURE - len(PNG))
    text = "questions:\n" + "- {kind: long, question: Q, images: [{file: a, alt: A}]}\n" * 4
    (said,) = wrong(text, lambda text: of_yaml(text, open_picture=lambda name: image))
    assert "make the pictures smaller" in said
    assert limits.LARGEST_CONTENT == contents.LONGEST_PAPER
    assert 4 * limits.LONGEST_TEXT < contents.LONGEST_ANSWER
