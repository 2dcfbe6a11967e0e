"""What is wrong in a paper's file: every thing at once, each in one sentence with its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from proctoring.paper.limits import MOST_PROBLEMS


@dataclass(frozen=True, slots=True)
class Problem:
    where: str  # "line 12, question 3", "row 4, question 3", or "" of the whole file
    text: str  # what is wrong, and what to do

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class PaperError(ValueError):
    """The file cannot be used. Its text has a line for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        left = len(problems) - len(self.problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__("\n".join(lines + [f"… and {left} more."] * (left > 0)))


def listed(names: Collection[str]) -> str:
    return ", ".join(names)


def unknown(noun: str, name: str, known: Collection[str]) -> str:
    """A sentence about a name that means nothing here."""
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {listed(known)}."
    return f"there is no {noun} {shortened(name)}; {hint}"


def shortened(text: str) -> str:
    """Quoted, and no longer than a sentence bears."""
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
