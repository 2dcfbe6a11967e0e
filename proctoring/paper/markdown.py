"""Markdown of a question into a small tree, of which a page builds elements, one by one.

No HTML is read and none is made, so nothing has to be cleaned. Links become their words, and
pictures by address their alternative text: an exam page loads nothing from elsewhere. A node is
a text, or a list of a tag of `TAGS` and the nodes in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Node = str | list["Node"]  # "text", or ["strong", "text", ["em", "more"]]

TAGS = frozenset(
    {"p", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "br", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_DEEPEST = 6  # lists and quotes in each other; what is deeper is text
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*")
_RULE = re.compile(r" {0,3}([-*_])( *\1){2,}\s*")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])( +)(?=\S)")
_ROW = re.compile(r"\s*\|?.*\|.*")
_UNDER_HEADER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"(?: {2,}|\\)\n")
# Each bounded, so that an unpaired sign costs little in a long text.
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?P<code>.{1,2000}?)(?<!`)(?P=ticks)(?!`)"
    r"|!\[(?P<alt>[^\]]{0,500})\]\([^)]{0,2000}\)"
    r"|\[(?P<link>[^\]]{1,500})\]\([^)]{0,2000}\)"
    r"|\*\*(?=\S)(?P<strong>.{1,2000}?)(?<=\S)\*\*(?!\*)"
    r"|(?<!\w)__(?=\S)(?P<strong2>.{1,2000}?)(?<=\S)__(?!\w)"
    r"|\*(?=[^\s*])(?P<em>.{1,2000}?)(?<![\s*])\*(?!\*)"
    r"|(?<![\w_])_(?=[^\s_])(?P<em2>.{1,2000}?)(?<![\s_])_(?![\w_])",
    re.DOTALL,
)


def read_markdown(text: str) -> list[Node]:
    """The blocks of a text."""
    return list(_blocks(text.replace("\r\n", "\n").replace("\t", "    ").split("\n"), _DEEPEST))


def _blocks(lines: list[str], deep: int) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif fence := _FENCE.fullmatch(line):
            at, code = _fenced(lines, at + 1, fence[1])
            yield ["pre", ["code", code]]
        elif heading := _HEADING.fullmatch(line):
            at += 1
            yield ["h4", *_inline(heading[1])]
        elif _RULE.fullmatch(line):
            at += 1
            yield ["hr"]
        elif deep and _QUOTE.match(line):
            until = _end(lines, at, lambda one: bool(_QUOTE.match(one)))
            inner = [_QUOTE.sub("", one, count=1) for one in lines[at:until]]
            yield ["blockquote", *_blocks(inner, deep - 1)]
            at = until
        elif deep and _ITEM.match(line):
            at, found = _list(lines, at, deep)
            yield found
        elif _begins_table(lines, at):
            until = _end(lines, at, lambda one: bool(one.strip() and _ROW.fullmatch(one)))
            yield _table(lines[at], lines[at + 2 : until])
            at = until
        else:
            at, paragraph = _paragraph(lines, at, deep)
            yield ["p", *paragraph]


def _fenced(lines: list[str], at: int, fence: str) -> tuple[int, str]:
    for until in range(at, len(lines)):
        if lines[until].strip().startswith(fence) and not lines[until].strip().strip(fence[0]):
            return until + 1, "\n".join(lines[at:until])
    return len(lines), "\n".join(lines[at:])


def _end(lines: list[str], at: int, belongs: Callable[[str], bool]) -> int:
    """The number of the first line that does not belong."""
    while at < len(lines) and belongs(lines[at]):
        at += 1
    return at


def _list(lines: list[str], at: int, deep: int) -> tuple[int, Node]:
    first = _ITEM.match(lines[at])
    assert first
    is_ordered = first[2][0].isdigit()
    items: list[Node] = []
    while at < len(lines) and (item := _ITEM.match(lines[at])):
        if item[2][0].isdigit() != is_ordered or _RULE.fullmatch(lines[at]):
            break
        indent = len(item[0])
        inner = [lines[at][indent:]]
        at += 1
        while at < len(lines) and _goes_on(lines, at, indent):
            inner.append(lines[at][min(indent, _indent(lines[at])) :])
            at += 1
        blocks = list(_blocks(inner, deep - 1))
        for number, block in enumerate(blocks[:1]):  # a tight item is no paragraph
            if isinstance(block, list) and block[0] == "p":
                blocks[number : number + 1] = block[1:]
        items.append(["li", *blocks])
    return at, ["ol" if is_ordered else "ul", *items]


def _goes_on(lines: list[str], at: int, indent: int) -> bool:
    """Does this line belong to the item before it?"""
    line = lines[at]
    if line.strip():
        is_lazy = bool(lines[at - 1].strip()) and not _begins_block(line)
        return _indent(line) >= min(indent, 2) or is_lazy
    following = next((one for one in lines[at:] if one.strip()), "")
    return _indent(following) >= min(indent, 2)


def _begins_block(line: str) -> bool:
    return bool(
        _ITEM.match(line)
        or _QUOTE.match(line)
        or _FENCE.fullmatch(line)
        or _HEADING.fullmatch(line)
        or _RULE.fullmatch(line)
    )


def _begins_table(lines: list[str], at: int) -> bool:
    return (
        at + 1 < len(lines)
        and "|" in lines[at]
        and "|" in lines[at + 1]
        and bool(_UNDER_HEADER.fullmatch(lines[at + 1]))
    )


def _table(header: str, rows: list[str]) -> Node:
    names = _cells(header)
    head: Node = ["tr", *(["th", *_inline(name)] for name in names)]
    body: list[Node] = []
    for row in rows:
        cells = _cells(row)[: len(names)]
        cells += [""] * (len(names) - len(cells))
        body.append(["tr", *(["td", *_inline(cell)] for cell in cells)])
    return ["table", ["thead", head], ["tbody", *body]]


def _cells(row: str) -> list[str]:
    parts = [part.strip().replace("\\|", "|") for part in _CELL.split(row.strip())]
    return parts[row.strip().startswith("|") : len(parts) - row.strip().endswith("|")]


def _paragraph(lines: list[str], at: int, deep: int) -> tuple[int, list[Node]]:
    first = at
    at += 1
    while at < len(lines) and lines[at].strip() and not _begins_table(lines, at):
        if _begins_block(lines[at]) and (deep or not _ITEM.match(lines[at])):
            break
        at += 1
    text = "\n".join(line.lstrip() for line in lines[first:at]).rstrip()
    nodes: list[Node] = []
    for part in _BREAK.split(text):
        nodes += [["br"]] if nodes else []
        nodes += _inline(part.replace("\n", " "))
    return at, nodes


def _inline(text: str, deep: int = _DEEPEST) -> list[Node]:
    nodes: list[Node] = []
    plain, at = "", 0
    for found in _INLINE.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        name, inner = found.lastgroup, found[found.lastgroup or 0]
        if name == "escaped":
            plain += inner
        elif name == "alt":
            plain += f"[{inner}]" if inner else ""
        elif name == "code":
            nodes += [plain] * bool(plain) + [["code", _code(inner)]]
            plain = ""
        elif name == "link" or not deep:
            nodes += [plain] * bool(plain) + (_inline(inner, deep - 1) if deep else [inner])
            plain = ""
        else:
            tag = str(name).removesuffix("2")
            nodes += [plain] * bool(plain) + [[tag, *_inline(inner, deep - 1)]]
            plain = ""
    plain += text[at:]
    return nodes + [plain] * bool(plain)


def _code(text: str) -> str:
    """One space at each end goes, which keeps a tick in it apart."""
    is_padded = text.startswith(" ") and text.endswith(" ") and bool(text.strip())
    return text[1:-1] if is_padded else text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
