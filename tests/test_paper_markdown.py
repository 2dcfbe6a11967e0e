"""Markdown of questions becomes a small tree, and nothing that a browser would load or run."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from proctoring.paper.markdown import TAGS, read_markdown


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", []),
        ("Plain.", [["p", "Plain."]]),
        ("two\nlines", [["p", "two lines"]]),
        ("two  \nlines", [["p", "two", ["br"], "lines"]]),
        ("a\n\nb", [["p", "a"], ["p", "b"]]),
        ("**b** *i* `c`", [["p", ["strong", "b"], " ", ["em", "i"], " ", ["code", "c"]]]),
        ("**a *b* c**", [["p", ["strong", "a ", ["em", "b"], " c"]]]),
        ("*a **b** c*", [["p", ["em", "a ", ["strong", "b"], " c"]]]),
        ("2 * 3 * 4 and a_1_b", [["p", "2 * 3 * 4 and a_1_b"]]),
        (r"\*not\*", [["p", "*not*"]]),
        ("`` a`b ``", [["p", ["code", "a`b"]]]),
        ("# Title", [["h4", "Title"]]),
        ("- a\n- b", [["ul", ["li", "a"], ["li", "b"]]]),
        ("1. a\n2. b", [["ol", ["li", "a"], ["li", "b"]]]),
        ("- a\n  - b", [["ul", ["li", "a", ["ul", ["li", "b"]]]]]),
        ("> a\n> b", [["blockquote", ["p", "a b"]]]),
        ("---", [["hr"]]),
        ("```python\nif a < b:\n    x\n```", [["pre", ["code", "if a < b:\n    x"]]]),
        (
            "| a | b |\n|---|:-:|\n| 1 | 2 |",
            [
                [
                    "table",
                    ["thead", ["tr", ["th", "a"], ["th", "b"]]],
                    ["tbody", ["tr", ["td", "1"], ["td", "2"]]],
                ]
            ],
        ),
    ],
)
def test_what_papers_need_of_markdown_is_read(text, tree):
    assert read_markdown(text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("![a graph](https://evil.example/x.png)", "[a graph]"),
        ("![](https://evil.example/x.png)", ""),
        ("[words](javascript:alert(1))", "words)"),
        ("[words](https://evil.example)", "words"),
        ("https://evil.example", "https://evil.example"),
    ],
)
def test_html_links_and_pictures_by_address_stay_words(text, words):
    assert "".join(texts(read_markdown(text))) == words


def texts(tree):
    for node in tree:
        if isinstance(node, str):
            yield node
        else:
            yield from texts(node[1:])


def tags(tree):
    for node in tree:
        if isinstance(node, list):
            yield node[0]
            yield from tags(node[1:])


@given(some.text(some.sampled_from("ab *_`#>-|[]()!\\<\n1.~ "), max_size=200))
def test_whatever_is_written_only_known_tags_come_of_it(text):
    tree = read_markdown(text)
    assert set(tags(tree)) <= TAGS
    assert all(isinstance(one, str) for one in texts(tree))


@pytest.mark.parametrize(
    "sign", ["*", "`a", "**a", "[", "_a", "> ", "- ", "![", "|", "\\", "~~~\n"]
)
def test_a_long_text_of_signs_is_read_at_once(sign):
    before = time.process_time()
    read_markdown((sign * 10_000)[:10_000])
    assert time.process_time() - before < 5, "it is milliseconds"
