"""A report as one page of HTML that needs nothing else, and prints well."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from proctoring.review import words
from proctoring.review.sentences import percent
from proctoring.review.sheet import Sheet
from proctoring.review.shown import View
from proctoring.store.settled import policy_hash

STYLE = """
:root{color-scheme:light}
body{margin:0 auto;max-width:52rem;padding:2rem 1.25rem 4rem;color:#1c2524;background:#fff;
font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 1rem;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:1.75rem 0 .5rem}h3{font-size:1rem;margin:0 0 .2rem}
h1,h2,h3,figcaption{break-after:avoid}p{margin:.15rem 0;overflow-wrap:anywhere}
.soft,dt,figcaption,footer{color:#4a5553}dl{margin:0;display:grid;gap:.15rem}
dl div{display:grid;grid-template-columns:9rem 1fr}dd{margin:0;overflow-wrap:anywhere}
.coverage{grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:0 1.5rem}
.coverage div{grid-template-columns:1fr auto;border-bottom:1px solid #dfe4e2;padding:.15rem 0}
.coverage dt{color:inherit}section{border-top:1px solid #cfd5d3;padding:.8rem 0;break-inside:avoid}
.pictures{display:flex;flex-wrap:wrap;gap:.5rem;margin:.4rem 0}figure{margin:0}
img{height:9.5rem;border-radius:4px;display:block}figcaption{font-size:.8rem}
ul{margin:.2rem 0;padding-left:1.2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;
border-bottom:1px solid #dfe4e2}
th{font-weight:640}td{overflow-wrap:anywhere}a{color:#0f766e}
footer{margin-top:2rem;border-top:1px solid #cfd5d3;padding-top:.6rem;font-size:.82rem}
@page{margin:16mm}@media print{body{padding:0;max-width:none;font-size:10.5pt}img{height:36mm}}
"""


def of_candidate(sheet: Sheet) -> str:
    one, clock = sheet.one, sheet.clock
    body = [
        f'<p class="soft">{escape(sheet.meeting.title)}</p><h1>{escape(one["name"]) or "—"}</h1>',
        _list(facts(sheet)),
        "<h2>What was measured</h2>",
        _list(coverage(one), "coverage") if one["ribbons"] else "<p>Nothing: it did not begin.</p>",
        "<h2>What was observed</h2>",
        *(_item(item, sheet) for item in one["items"]),
        "" if one["items"] else f"<p>{words.NOTHING}</p>",
    ]
    if one["appeals"]:
        body += ["<h2>The candidate appeals</h2>", _lines(appeals(sheet))]
    if one["notes"]:
        lines = (f"{note['text']} ({note['by']}, {clock.day(note['at'])})" for note in one["notes"])
        body += ["<h2>Notes about the candidate</h2>", _lines(lines)]
    return _page(f"{one['name']}, {sheet.meeting.title}", body, sheet)


def of_meeting(sheet: Sheet) -> str:
    rows = [
        f'<tr><td><a href="candidates/{escape(row["id"])}/report.html">{escape(row["name"])}</a>'
        f"</td>{''.join(f'<td>{escape(value)}</td>' for value in row_cells(row))}</tr>"
        for row in sheet.all
    ]
    heads = "".join(f"<th>{head}</th>" for head in ("Candidate", *HEADS))
    body = [
        f"<h1>{escape(sheet.meeting.title)}</h1>",
        _list(meeting_facts(sheet)),
        "<h2>Candidates</h2>",
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>",
    ]
    return _page(sheet.meeting.title, body, sheet)


# --- what a PDF says, too --------------------------------------------------------------------

HEADS = ("State", "Items", "To look at", "Measured")


def facts(sheet: Sheet) -> list[tuple[str, str]]:
    one, clock = sheet.one, sheet.clock
    times = [
        (words.MILESTONES[m["kind"]], clock.day(m["at"]) + (f": {m['text']}" if m["text"] else ""))
        for m in one["milestones"]
    ]
    score = one["score"]
    points = score["withheld"] or f"{score['points']:.0f} of 100"
    reasons = "; ".join(
        f"{c['title']} +{c['points']:.1f}" for c in score["contributions"] if c["points"] >= 0.05
    )
    return [
        *times,
        ("To look at", points),
        *([("Reasons", reasons)] if reasons else []),
        ("Policy", one["preset"]),
        ("Time zone", clock.zone.key),
        ("Candidate ID", one["id"]),
    ]


def meeting_facts(sheet: Sheet) -> list[tuple[str, str]]:
    meeting, clock = sheet.meeting, sheet.clock
    return [
        ("Open", clock.day(meeting.opens_at.isoformat())),
        ("Closed", clock.day(meeting.closes_at.isoformat())),
        ("Policy", f"{meeting.preset}, SHA-256 {policy_hash(meeting)[:16]}"),
        ("Agreement", sheet.agreement),
        ("Time zone", clock.zone.key),
    ]


def row_cells(row: View) -> list[str]:
    points = "withheld" if row["points"] is None else f"{row['points']:.0f} of 100"
    coverage = "" if row["coverage"] is None else percent(row["coverage"])
    state = ", ".join(words.MARKS[mark] for mark in row["marks"])
    return [state, str(row["items"]), points if row["started_at"] else "", coverage]


def coverage(one: View) -> list[tuple[str, str]]:
    return [
        (r["title"], "exempt" if r["share"] is None else percent(r["share"]))
        for r in one["ribbons"]
    ]


def appeals(sheet: Sheet) -> list[str]:
    return [f"{one['text']} ({sheet.clock.day(one['at'])})" for one in sheet.one["appeals"]]


def heading(item: View, sheet: Sheet) -> str:
    titles = dict.fromkeys(incident["title"] for incident in item["incidents"])
    parts = (sheet.clock.time(item["from"]), ", ".join(titles), words.TABS[item["tab"]])
    return " · ".join(filter(None, (*parts, words.state(item))))


def said(item: View, sheet: Sheet) -> list[str]:
    """Who decided what and when, and what they wrote."""
    told = [
        f"{words.decided(v)} · {v['by']}, {sheet.clock.day(v['at'])}"
        + (f": “{v['note']}”" if v["note"] else "")
        for v in item["verdicts"]
    ]
    notes = [f"Note · {n['by']}, {sheet.clock.day(n['at'])}: “{n['text']}”" for n in item["notes"]]
    return (told or [words.NO_VERDICT]) + notes


def reasons(item: View, sheet: Sheet) -> list[tuple[str, bool]]:
    """Sentences, and whether each is small print."""
    several = len(item["incidents"]) > 1
    found = []
    for incident in item["incidents"]:
        title = f"{incident['title']}: " if several else ""
        found += [(title + incident["why"], False), (incident["tested"], True)]
    told = [o["shown_at"] for i in item["incidents"] for o in i["occurrences"] if o["shown_at"]]
    if told:
        times = ", ".join(sheet.clock.time(at) for at in sorted(told))
        found.append((f"Candidate told at {times}.", True))
    for one in item["explanations"]:
        found.append((f"The candidate says ({sheet.clock.day(one['at'])}): “{one['text']}”", False))
    return found


def pictures(item: View, sheet: Sheet) -> list[tuple[bytes, str]]:
    """JPEGs and when they were taken."""
    kept = (e for i in item["incidents"] for o in i["occurrences"] for e in o["evidence"])
    return [
        (sheet.pictures[e["id"]], sheet.clock.time(e["captured_at"]))
        for e in kept
        if e["id"] in sheet.pictures
    ]


# --- markup ------------------------------------------------------------------------------------


def _item(item: View, sheet: Sheet) -> str:
    sentences = (
        f"<p{' class=soft' if is_small else ''}>{escape(text)}</p>"
        for text, is_small in reasons(item, sheet)
    )
    images = (
        f'<figure><img alt="Picture kept at {time}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(data).decode()}"><figcaption>{time}</figcaption></figure>'
        for data, time in pictures(item, sheet)
    )
    return (
        f"<section><h3>{escape(heading(item, sheet))}</h3>{''.join(sentences)}"
        f'<div class="pictures">{"".join(images)}</div>{_lines(said(item, sheet))}</section>'
    )


def _lines(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _list(pairs: Iterable[tuple[str, str]], name: str = "") -> str:
    rows = (f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs)
    return f'<dl class="{name}">{"".join(rows)}</dl>'


def _page(title: str, body: Iterable[str], sheet: Sheet) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Report: {escape(title)}</title><style>{STYLE}</style><main>\n"
        + "\n".join(body)
        + f"\n</main><footer>{words.FOOT} Made on {escape(sheet.clock.made)}.</footer></html>\n"
    )
