"""What both file formats are read into: texts, lists and named fields, each with its place.

Every scalar is text, as it is written. So the choices `Yes` and `No`, a `1:30` and a
`2026-01-01` mean what they say, and not what YAML would make of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    where: str  # "line 12", "row 4"
    value: str


@dataclass(frozen=True, slots=True)
class Items:
    where: str
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    where: str
    values: Mapping[str, Node]


Node = Text | Items | Fields
