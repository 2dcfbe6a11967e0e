"""The report of an exam: for each candidate and for all of them, as a page, as JSON, as a PDF and
as a table.

    report.html  report.json  report.pdf  items.csv      all candidates
    candidates/ID/report.html  report.json  report.pdf   one of them, with pictures
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from proctoring.pictures.rendition import Unshowable, blurred, drawn
from proctoring.plaintext import cell
from proctoring.review import page, pdf, shown, verdicts, words
from proctoring.review.dossier import Dossier, read
from proctoring.review.items import items
from proctoring.review.reasons import score
from proctoring.review.ribbons import Ribbon, mean, ribbons, shares
from proctoring.review.sheet import Clock, Sheet
from proctoring.review.shown import View
from proctoring.review.sight import look
from proctoring.review.typefaces import Fonts
from proctoring.store import Store, Unknown
from proctoring.store.settled import policy_hash
from proctoring.types import Act, Meeting

File = tuple[str, bytes]  # its name in the report, and what is in it
COLUMNS = (
    "candidate_id",
    "candidate",
    "item_id",
    "tab",
    "state",
    "from",
    "to",
    "observed",
    "why",
    "candidate_told",
    "explanation",
    "verdicts",
    "notes",
)


def files(store: Store, meeting_id: str, clock: Clock, font: Path | None = None) -> Iterator[File]:
    """One by one. `font`: one more for PDFs, a TrueType file. Raises Unknown, StoreError."""
    meeting = store.meeting(meeting_id)
    names = shown.names(store.capabilities(meeting_id))
    fonts = Fonts(font)
    rows: list[View] = []
    table: list[list[str]] = []
    acts: list[Act] = []
    item_ids: set[str] = set()
    for participant in store.participants(meeting_id):
        dossier = read(store, meeting, participant)
        acts += dossier.acts
        item_ids |= {item.id for item in items(dossier.incidents)}
        found = ribbons(dossier)
        seen = look(dossier.incidents, dossier.acts, viewer=None)
        one = shown.candidate(dossier, seen, found, names)
        sheet = Sheet(meeting, clock, one, _pictures(store, dossier))
        folder = f"candidates/{participant.id}/"
        yield folder + "report.html", page.of_candidate(sheet).encode()
        yield folder + "report.json", _json(meeting, clock, {"candidate": one})
        yield folder + "report.pdf", pdf.of_candidate(sheet, fonts)
        rows.append(_row(dossier, found))
        table += _table(one)
    kappa, pairs = verdicts.agreement(acts, item_ids)
    sheet = Sheet(meeting, clock, all=rows, agreement=_agreement(kappa, pairs))
    told = {"candidates": rows, "agreement": {"kappa": kappa, "pairs": pairs}}
    yield "report.html", page.of_meeting(sheet).encode()
    yield "report.json", _json(meeting, clock, told)
    yield "report.pdf", pdf.of_meeting(sheet, fonts)
    yield "items.csv", _csv(table)


def _row(dossier: Dossier, found: list[Ribbon]) -> View:
    seen = look(dossier.incidents, dossier.acts, viewer=None)
    points = score(dossier.incidents, seen.dismissed, shares(found))
    return shown.candidate_row(dossier.participant, dossier.acts, seen, points, mean(found))


def _pictures(store: Store, dossier: Dossier) -> dict[str, bytes]:
    """Of those that are still there: blurred as staff see them, and with their marks drawn in."""
    found = {}
    for refs in dossier.evidence.values():
        for ref in refs:
            if ref.media_type == "image/jpeg":
                try:
                    found[ref.id] = drawn(blurred(store.evidence(ref.id).data))
                except (Unknown, Unshowable):  # erased since it was listed, or damaged
                    continue
    return found


def _agreement(kappa: float | None, pairs: int) -> str:
    if kappa is None:
        return f"too little to tell (n {pairs})"
    return f"Cohen's kappa {kappa:.2f} (n {pairs})"


def _json(meeting: Meeting, clock: Clock, told: View) -> bytes:
    about = {
        "id": meeting.id,
        "title": meeting.title,
        "opens_at": shown.iso(meeting.opens_at),
        "closes_at": shown.iso(meeting.closes_at),
        "preset": meeting.preset,
        "policy_sha256": policy_hash(meeting),
        "signals": list(meeting.signals),
    }
    made = {"format": 1, "made_at": clock.made_at.isoformat(), "meeting": about}
    return json.dumps(made | told, ensure_ascii=False, indent=1).encode() + b"\n"


def _table(one: View) -> Iterator[list[str]]:
    for item in one["items"]:
        told = [o["shown_at"] for i in item["incidents"] for o in i["occurrences"]]
        yield [
            one["id"],
            one["name"],
            item["id"],
            item["tab"],
            words.state(item),
            item["from"],
            item["to"],
            "; ".join(incident["title"] for incident in item["incidents"]),
            " ".join(incident["why"] for incident in item["incidents"]),
            "; ".join(at for at in told if at),
            "; ".join(said["text"] for said in item["explanations"]),
            "; ".join(
                f"{words.decided(v)} ({v['by']}, {v['at']}) {v['note']}".strip()
                for v in item["verdicts"]
            ),
            "; ".join(f"{note['text']} ({note['by']}, {note['at']})" for note in item["notes"]),
        ]


def _csv(table: Sequence[Sequence[str]]) -> bytes:
    """With a mark that it is UTF-8, which spreadsheets look for."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in table)
    return text.getvalue().encode("utf-8-sig")
