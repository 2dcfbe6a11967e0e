"""A paper that was read can be written out again, and is the same paper when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from papers import of_yaml
from papers import papers as some_papers
from whole_paper import whole

from proctoring.paper.content import to_contents
from proctoring.paper.reading import Written, read_paper
from proctoring.paper.showing import shown_paper
from proctoring.paper.template import FORMATS, template
from proctoring.paper.writing import to_document, to_yaml


def again(written: Written) -> Written:
    document, pictures = to_document(written)
    return of_yaml(to_yaml(document), open_picture=pictures.__getitem__)


def test_a_paper_with_every_kind_comes_back_the_same():
    written = whole()
    assert to_contents(*parts(again(written))) == to_contents(*parts(written))


def parts(written):
    return written.questions, written.key


@pytest.mark.parametrize(
    "text", ["Yes", "1:30", "null", "- a", "a: b", "# c", "'", '"', "é\n\nb", "…"]
)
def test_text_that_yaml_would_read_otherwise_comes_back_as_it_was(text):
    document = {"sections": [{"questions": [{"kind": "long", "id": "a", "question": text}]}]}
    written = of_yaml(to_yaml(document))
    assert next(iter(written.questions)).text == text
    assert next(iter(again(written).questions)).text == text


@pytest.mark.parametrize("ending", FORMATS)
def test_both_templates_are_the_same_paper_without_a_mistake(ending):
    written = read_paper(template(ending), f"paper.{ending}")
    assert to_contents(*parts(written)) == to_contents(*parts(of_yaml(template("yaml").decode())))
    assert {one.form.kind for one in written.questions} == {
        "single",
        "multiple",
        "number",
        "short",
        "long",
        "code",
    }


@settings(max_examples=50)
@given(some_papers())
def test_what_a_page_is_shown_hangs_on_no_solution(made):
    questions, key, _ = made
    shown = shown_paper(questions, {one.id for one in questions})
    assert str(shown).count("'points'") == 1 + len(list(questions))
    for word in ("answer", "solution", "guide", "tolerance", "alternatives"):
        assert f"'{word}'" not in str(shown)
    assert key.solved.keys() == {one.id for one in questions}
