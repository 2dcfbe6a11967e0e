"""Takes the fields of one object by name. What is wrong is noted, and a default stands for it, so
that all of a file is looked at."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from decimal import Decimal

from proctoring.paper.limits import MOST_MINUTES
from proctoring.paper.numerals import NoNumber, read_number
from proctoring.paper.problems import Problem, listed, shortened, unknown
from proctoring.paper.tree import Fields, Items, Node, Text
from proctoring.plaintext import lines

_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


class Taker:
    """Of one object: `where` it is and what it is called, for the sentences."""

    def __init__(self, node: Fields, problems: list[Problem], name: str = "") -> None:
        self._node = node
        self._problems = problems
        self._taken: dict[str, None] = {}
        self.where = ", ".join(part for part in (node.where, name) if part)
        self._name = name

    def note(self, text: str, where: str = "") -> None:
        place = ", ".join(part for part in (where, self._name) if part) if where else self.where
        self._problems.append(Problem(place, text))

    def has(self, name: str) -> bool:
        """It is given, and not empty."""
        self._taken[name] = None
        node = self._node.values.get(name)
        return node is not None and not (isinstance(node, Text) and not node.value.strip())

    def text(self, name: str, longest: int, *, wanted: bool = False) -> str:
        """Outer white space goes, and so do signs that turn the direction of what follows."""
        if not self.has(name):
            if wanted:
                self.note(f"there is no {name}; write one.")
            return ""
        node = self._node.values[name]
        return self._checked(node, name, longest)

    def verbatim(self, name: str, longest: int) -> str:
        """White space stays: it is part of a program."""
        if not self.has(name):
            return ""
        self._checked(self._node.values[name], name, longest)
        node = self._node.values[name]
        return lines(f"|{node.value}", longest + 1)[1:] if isinstance(node, Text) else ""

    def texts(self, name: str, longest: int, most: int) -> tuple[str, ...]:
        """One text, or a list of some."""
        if not self.has(name):
            return ()
        node = self._node.values[name]
        values = node.values if isinstance(node, Items) else (node,)
        if len(values) > most:
            self.note(f"{name} has {len(values)} entries; {most} are the most.", node.where)
        texts = [self._checked(value, name, longest) for value in values[:most]]
        return tuple(text for text in texts if text)

    def flag(self, name: str, default: bool) -> bool:
        if not self.has(name):
            return default
        node = self._node.values[name]
        word = node.value.strip().lower() if isinstance(node, Text) else ""
        if word in _YES or word in _NO:
            return word in _YES
        self.note(f"{name} is true or false, not {_told(node)}.", node.where)
        return default

    def one_of(self, name: str, known: Collection[str], default: str) -> str:
        if not self.has(name):
            return default
        node = self._node.values[name]
        word = node.value.strip().lower() if isinstance(node, Text) else ""
        if word in known:
            return word
        if isinstance(node, Text):
            self.note(unknown(name, node.value.strip(), known), node.where)
        else:
            self.note(f"{name} is one of {listed(known)}.", node.where)
        return default

    def number(self, name: str, low: int, high: int, default: float) -> float:
        """With two digits behind the point at most."""
        value = self.decimal(name)
        if value is None:
            return float(default)
        if not low <= value <= high or value != round(value, 2):
            limits = f"{name} is a number from {low} to {high:,}"
            told = f"{limits}, with two digits behind the point at most; not {value}."
            self.note(told, self._node.values[name].where)
            return float(default)
        return float(value)

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        value = self.decimal(name)
        if value is None:
            return default
        if not low <= value <= high or value != int(value):
            told = f"{name} is a whole number from {low} to {high:,}, not {value}."
            self.note(told, self._node.values[name].where)
            return default
        return int(value)

    def decimal(self, name: str) -> Decimal | None:
        if not self.has(name):
            return None
        node = self._node.values[name]
        if not isinstance(node, Text):
            self.note(f"{name} is a number, not {_told(node)}.", node.where)
            return None
        try:
            return read_number(node.value)
        except NoNumber as error:
            self.note(f"{name}: {error}", node.where)
            return None

    def minutes(self, name: str = "minutes") -> int | None:
        """In seconds."""
        value = self.decimal(name)
        if value is None:
            return None
        seconds = round(value * 60)
        if not 1 <= seconds <= MOST_MINUTES * 60:
            told = f"{name} is from one second (0.02) to {MOST_MINUTES}, not {value}."
            self.note(told, self._node.values[name].where)
            return None
        return seconds

    def objects(self, name: str, most: int) -> Iterator[Fields]:
        """Those of a list."""
        if not self.has(name):
            return
        node = self._node.values[name]
        if not isinstance(node, Items):
            self.note(f"{name} is a list; begin each entry with a dash.", node.where)
            return
        if len(node.values) > most:
            self.note(f"there are {len(node.values)} {name}; {most} are the most.", node.where)
        for value in node.values[:most]:
            if isinstance(value, Fields):
                yield value
            else:
                self.note(f"an entry of {name} has names and values, not text.", value.where)

    def done(self, elsewhere: Collection[str] = (), here: str = "here") -> None:
        """Whatever was not asked for means nothing, though some names may `elsewhere`."""
        for name, node in self._node.values.items():
            if name in self._taken:
                continue
            if name in elsewhere:
                self.note(f"{name} means nothing {here}; take it out.", node.where)
            else:
                self.note(unknown("field", name, tuple(self._taken)), node.where)

    def _checked(self, node: Node, name: str, longest: int) -> str:
        if not isinstance(node, Text):
            self.note(f"{name} is text, not {_told(node)}; put quotes around it.", node.where)
            return ""
        text = lines(node.value, len(node.value))
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t\r" for sign in node.value):
            self.note(f"{name} has control characters in it; type it anew.", node.where)
        if not text:
            self.note(f"{name} has an empty entry; write something or take it out.", node.where)
        if len(text) > longest:
            told = f"{name} has {len(text):,} characters; {longest:,} are the most."
            self.note(f"{told} Shorten it.", node.where)
        return text


def _told(node: Node) -> str:
    match node:
        case Text(value=value):
            return shortened(value)
        case Items():
            return "a list"
        case Fields():
            return "names and values"
