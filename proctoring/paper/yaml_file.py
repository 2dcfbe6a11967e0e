"""YAML into a tree. Safe by what it leaves out: no tags, no anchors, no types but text."""

from __future__ import annotations

import yaml  # type: ignore[import-untyped]

from proctoring.paper.problems import PaperError, Problem, shortened
from proctoring.paper.tree import Fields, Items, Node, Text

_DEEPEST = 12
_MOST_NODES = 50_000  # twice what the longest paper has


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Composes nodes and constructs nothing. Aliases would let a small file be a huge tree."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        event = self.peek_event()
        self.nodes += 1
        if self.depth > _DEEPEST:
            raise _wrong(event, "this is nested too deeply for a paper.")
        if self.nodes > _MOST_NODES:
            raise _wrong(event, "there is too much in it for a paper.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _wrong(event, "anchors (&) and aliases (*) are not read; write it out.")
        if getattr(event, "tag", None) not in (None, "!"):
            raise _wrong(event, "tags (!) are not read; put quotes around the text.")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_yaml(text: str) -> Node:
    """Raises PaperError."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else ""
        hint = "check the indentation, and put quotes around text with : # or ? in it."
        raise _problem(where, f"this is no YAML ({error.problem}); {hint}") from None
    except yaml.YAMLError:  # a character that YAML does not know
        raise _problem("", "there are control characters in it; save it as plain text.") from None
    if root is None:
        raise _problem("", "the file is empty; a paper has at least one question.")
    problems: list[Problem] = []
    tree = _node(root, problems)
    if problems:
        raise PaperError(problems)
    return tree


def _node(node: yaml.Node, problems: list[Problem]) -> Node:
    where = f"line {node.start_mark.line + 1}"
    if isinstance(node, yaml.ScalarNode):
        return Text(where, node.value)
    if isinstance(node, yaml.SequenceNode):
        return Items(where, tuple(_node(value, problems) for value in node.value))
    fields: dict[str, Node] = {}
    for name, value in node.value:
        place = f"line {name.start_mark.line + 1}"
        if not isinstance(name, yaml.ScalarNode):
            problems.append(Problem(place, "a name is a word, and not a list."))
        elif name.value in fields:
            told = shortened(name.value)
            problems.append(Problem(place, f"{told} is there twice; take one of them out."))
        else:
            fields[name.value] = _node(value, problems)
    return Fields(where, fields)


def _wrong(event: yaml.Event, text: str) -> PaperError:
    return _problem(f"line {event.start_mark.line + 1}", text)


def _problem(where: str, text: str) -> PaperError:
    return PaperError([Problem(where, text)])
