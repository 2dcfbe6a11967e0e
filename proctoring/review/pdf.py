"""A report as a PDF, with its own fonts in it. ReportLab lives here and nowhere else."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.tables import TableStyle

from proctoring.review import page, words
from proctoring.review.sheet import Sheet
from proctoring.review.shown import View
from proctoring.review.typefaces import Fonts

INK, SOFT, RULE = HexColor("#1c2524"), HexColor("#4a5553"), HexColor("#cfd5d3")
MOST_SPELT = 40  # signs of a name
WIDTH = A4[0] - 32 * mm
FRAME = 6  # pt, which ReportLab leaves free within its margins
PICTURE = 36 * mm  # high


def of_candidate(sheet: Sheet, fonts: Fonts) -> bytes:
    one = sheet.one
    write = _Writer(fonts)
    story: list[Any] = [
        write(sheet.meeting.title, SMALL),
        write(one["name"] or "—", TITLE),
        *_spelt(one["name"], write),
        _pairs(page.facts(sheet), write),
        write("What was measured", HEADING),
        _coverage(page.coverage(one), write)
        if one["ribbons"]
        else write("Nothing: it did not begin.", PLAIN),
        write("What was observed", HEADING),
        *(_item(item, sheet, write) for item in one["items"]),
    ]
    if not one["items"]:
        story.append(write(words.NOTHING, PLAIN))
    if one["appeals"]:
        story.append(write("The candidate appeals", HEADING))
        story += [write(f"• {line}", PLAIN) for line in page.appeals(sheet)]
    if one["notes"]:
        story.append(write("Notes about the candidate", HEADING))
        for note in one["notes"]:
            when = f"{note['by']}, {sheet.clock.day(note['at'])}"
            story.append(write(f"• {note['text']} ({when})", PLAIN))
    return _document(f"{one['name']}, {sheet.meeting.title}", story, sheet, write)


def of_meeting(sheet: Sheet, fonts: Fonts) -> bytes:
    write = _Writer(fonts)
    head = [write(text, STRONG) for text in ("Candidate", *page.HEADS)]
    rows = [
        [
            [write(row["name"], PLAIN), *_spelt(row["name"], write)],
            *(write(value, PLAIN) for value in page.row_cells(row)),
        ]
        for row in sheet.all
    ]
    table = Table([head, *rows], [58 * mm, 46 * mm, 16 * mm, 32 * mm, 26 * mm], repeatRows=1)
    table.setStyle(_RULED)
    story = [
        write(sheet.meeting.title, TITLE),
        _pairs(page.meeting_facts(sheet), write),
        write("Candidates", HEADING),
        table,
    ]
    return _document(sheet.meeting.title, story, sheet, write)


# --- parts -------------------------------------------------------------------------------------


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    values = {"fontName": "Inter-Regular", "leading": size * 1.42, "textColor": INK} | more
    return ParagraphStyle(name, fontSize=size, **values)


PLAIN = _style("plain", 9.5)
SMALL = _style("small", 8.5, textColor=SOFT)
STRONG = _style("strong", 9.5, fontName="Inter-SemiBold")
TITLE = _style("title", 19, fontName="Inter-SemiBold", leading=24, spaceAfter=8)
HEADING = _style("heading", 12.5, fontName="Inter-SemiBold", spaceBefore=14, spaceAfter=5)
BOLD = (STRONG, TITLE, HEADING)
_FLUSH = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]
_TIGHT = [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
_PAIRS = TableStyle(_FLUSH + _TIGHT)
_RULED = TableStyle([*_FLUSH, ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE)])


class _Writer:
    """Makes paragraphs, and knows whether a reader may miss some of their letters."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self.may_lack = False

    def __call__(self, text: str, style: ParagraphStyle) -> Paragraph:
        markup = self.fonts.markup(text, is_bold=style in BOLD)
        self.may_lack |= self.fonts.lack(text)
        return Paragraph(markup, style)


def _spelt(name: str, write: _Writer) -> list[Paragraph]:
    """A name that a reader may not see, by the numbers of its signs: then it is told apart."""
    if not write.fonts.lack(name):
        return []
    return [write(" ".join(f"U+{ord(sign):04X}" for sign in name[:MOST_SPELT]), SMALL)]


def _pairs(pairs: Iterable[tuple[str, str]], write: _Writer) -> Table:
    rows = [[write(name, SMALL), write(value, PLAIN)] for name, value in pairs]
    return Table(rows, [32 * mm, WIDTH - 32 * mm], style=_PAIRS, hAlign="LEFT")


def _coverage(pairs: list[tuple[str, str]], write: _Writer) -> Table:
    """Two signals beside each other."""
    cells = [[write(name, PLAIN), write(value, PLAIN)] for name, value in pairs]
    cells += [["", ""]] * (len(cells) % 2)
    half = len(cells) // 2
    rows = [left + right for left, right in zip(cells[:half], cells[half:], strict=True)]
    widths = [WIDTH / 2 - 22 * mm, 22 * mm] * 2
    table = Table(rows, widths, hAlign="LEFT")
    table.setStyle(TableStyle([*_FLUSH, *_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE)]))
    return table


def _item(item: View, sheet: Sheet, write: _Writer) -> KeepTogether:
    found: list[Any] = [_Rule(), write(page.heading(item, sheet), STRONG)]
    found += [
        write(text, SMALL if is_small else PLAIN) for text, is_small in page.reasons(item, sheet)
    ]
    if images := [_picture(data, time, write) for data, time in page.pictures(item, sheet)]:
        found += [Spacer(1, 4), *_side_by_side(images)]
    found += [write(f"• {line}", PLAIN) for line in page.said(item, sheet)]
    return KeepTogether([*found, Spacer(1, 6)])


class _Rule(Spacer):  # type: ignore[misc]
    """A fine line over an item."""

    def __init__(self) -> None:
        super().__init__(1, 8)

    def draw(self) -> None:
        self.canv.setStrokeColor(RULE)
        self.canv.setLineWidth(0.5)
        self.canv.line(0, 4, WIDTH, 4)


def _picture(data: bytes, time: str, write: _Writer) -> list[Any]:
    image = Image(io.BytesIO(data), lazy=0)
    image.drawWidth, image.drawHeight = PICTURE * image.imageWidth / image.imageHeight, PICTURE
    if image.drawWidth > WIDTH:
        image.drawWidth, image.drawHeight = WIDTH, PICTURE * WIDTH / image.drawWidth
    image.hAlign = "LEFT"
    return [image, write(time, SMALL)]


def _side_by_side(images: list[list[Any]]) -> Iterable[Table]:
    """As many in a row as there is room for."""
    row: list[list[Any]] = []
    width = 0.0
    for image in images:
        if row and width + image[0].drawWidth + 6 > WIDTH:
            yield _row(row)
            row, width = [], 0.0
        row.append(image)
        width += image[0].drawWidth + 6
    yield _row(row)


def _row(images: list[list[Any]]) -> Table:
    widths = [image[0].drawWidth + 6 for image in images]
    return Table([images], widths, style=_PAIRS, hAlign="LEFT")


def _document(title: str, story: list[Any], sheet: Sheet, write: _Writer) -> bytes:
    story.append(Spacer(1, 12))
    lacks = f" {words.LACKS}" if write.may_lack else ""
    story.append(write(f"{words.FOOT}{lacks} Made on {sheet.clock.made}.", SMALL))
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=16 * mm - FRAME,
        rightMargin=16 * mm - FRAME,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=title,
        author="OpenProctor",
        lang="en",
    )
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont("Inter-Regular", 8)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(A4[0] - 16 * mm, 10 * mm, f"{document.page}")
