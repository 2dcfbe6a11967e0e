"""The fonts of a PDF: those that come along, this machine's, and those that readers bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from proctoring.review.letters import MISSING, Font, runs
from proctoring.review.system_fonts import FOLDERS, candidates

FOLDER = Path(__file__).parent / "fonts"
# Not in the file: readers of PDFs bring these, or have one of their own in their place.
CJK = (
    ("HeiseiKakuGo-W5", ((0x3000, 0x30FF), (0xFF00, 0xFFEF))),
    ("STSong-Light", ((0x2E80, 0x2FDF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))),
    ("HYGothic-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),
)
CJK_SAMPLE = frozenset(map(ord, "王陈漢かカ김민"))


class Fonts:
    """Those that there are, in the order in which they are tried."""

    def __init__(self, more: Path | None = None, folders: Sequence[Path] = FOLDERS) -> None:
        """`more`: one of the operator's own; `folders`: of this machine's. Raises OSError,
        ValueError."""
        self.plain = [_embedded("Inter-Regular"), _embedded("DejaVuSans")]
        self.bold = [_embedded("Inter-SemiBold"), _embedded("DejaVuSans")]
        own = [_embedded("own", more)] if more else []
        others = [*own, *_of_machine(folders), *(_brought(name, blocks) for name, blocks in CJK)]
        self.plain += others
        self.bold += others

    def lack(self, text: str) -> bool:
        """May a reader see a gap in place of some of it?"""
        return any(
            name in dict(CJK) or MISSING in part
            for line in text.split("\n")
            for name, part in runs(line, self.plain)
        )

    def markup(self, text: str, *, is_bold: bool = False) -> str:
        """For a Paragraph; line ends stay."""
        lines = []
        for line in text.split("\n"):
            parts = runs(line, self.bold if is_bold else self.plain)
            lines.append("".join(f'<font name="{n}">{escape(t)}</font>' for n, t in parts))
        return "<br/>".join(lines)


def _of_machine(folders: Sequence[Path]) -> Iterator[Font]:
    """As many as bring something that those before them lack."""
    missing = set(CJK_SAMPLE)
    for number, path in enumerate(candidates(folders)):
        try:
            font = _embedded(f"machine-{number}", path)
        except ValueError:  # its outlines are of another kind, or it is damaged
            continue
        if missing & font.has:
            missing -= font.has
            yield font
        if not missing:
            return


def _embedded(name: str, path: Path | None = None) -> Font:
    try:
        font = TTFont(name, str(path or FOLDER / f"{name}.ttf"))
    except Exception as error:  # of whatever kind its parser has for a file that is no font
        raise ValueError(f"{path} cannot be used: it is no TrueType font.") from error
    pdfmetrics.registerFont(font)
    return Font(name, frozenset(font.face.charToGlyph))


def _brought(name: str, blocks: tuple[tuple[int, int], ...]) -> Font:
    pdfmetrics.registerFont(UnicodeCIDFont(name))
    return Font(name, frozenset(), blocks)
