"""A replay as one page of HTML that needs nothing else: the timeline and its incidents.

The video and the evidence that lie beside it are linked; without them the page is still whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from proctoring import cards
from proctoring.replay import Replay, media_s
from proctoring.report.shapes import Drawing
from proctoring.report.svg import svg
from proctoring.time_axis import clock
from proctoring.types import Evidence, Incident

STYLE = """
body{margin:0 auto;max-width:1280px;padding:16px;color:#1f2933;background:#fff;
font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
h1{position:absolute;clip-path:inset(50%)}svg{width:100%;height:auto}video{width:100%;max-width:640px;background:#000}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 12px 6px 0;
border-bottom:1px solid #d5dae0;vertical-align:top}[data-t]{cursor:pointer}
button{font:inherit;color:#0057a3;background:none;border:0;padding:0;text-decoration:underline}
"""
SEEK = """
const video = document.querySelector("video");
if (video) document.addEventListener("click", (event) => {
  const found = event.target.closest("[data-t]");
  if (!found) return;
  video.currentTime = Math.max(0, Number(found.dataset.t) - 1);
  video.scrollIntoView({ block: "nearest" });
});
"""
HEAD = "<tr><th>From</th><th>To</th><th>What</th><th>Measured error rate</th><th>Kept</th></tr>"


def page(
    name: str, drawing: Drawing, replay: Replay, files: Mapping[str, str], video: str | None
) -> str:
    """`files`: evidence id -> name of the file beside the page."""
    film = f'<video src="{escape(video)}" controls preload="metadata"></video>' if video else ""
    rows = "\n".join(_row(i, replay.evidence[i.id], files) for i in replay.incidents)
    table = f"<table><thead>{HEAD}</thead><tbody>\n{rows}\n</tbody></table>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Timeline of {escape(name)}</title><style>{STYLE}</style>\n"
        f"<h1>Timeline of {escape(name)}</h1>\n{svg(drawing)}\n{film}\n<h2>Incidents</h2>\n"
        f"{table if replay.incidents else '<p>None.</p>'}\n"
        "<p>Software observes, people judge: an incident is a reason to look.</p>"
        f"<script>{SEEK}</script></html>\n"
    )


def _row(incident: Incident, evidence: Sequence[Evidence], files: Mapping[str, str]) -> str:
    start_t = media_s(incident.opened_at)
    end = "the end" if incident.closed_at is None else clock(media_s(incident.closed_at))
    links = ", ".join(
        f'<a href="{escape(files[item.id])}">{item.media_type.partition("/")[0]}</a>'
        for item in evidence
        if item.id in files
    )
    times = f", {incident.count} times" if incident.count > 1 else ""
    cells = (
        f'<button data-t="{start_t:.2f}">{clock(start_t)}</button>',
        end,
        f"<b>{escape(incident.first.title)}</b><br>{escape(incident.worst.summary)}{times}"
        f" ({incident.category})",
        escape(cards.figure(incident.kind)),
        links,
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
