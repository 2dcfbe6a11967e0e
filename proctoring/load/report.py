"""A run as a folder: report.json for programs, report.html with its plots for people."""

from __future__ import annotations

import json
import platform
from html import escape
from pathlib import Path
from typing import Any

from proctoring.load import results
from proctoring.load.plots import delays, load
from proctoring.load.run import Run
from proctoring.report.svg import svg

STYLE = """
body{margin:0 auto;max-width:960px;padding:16px;color:#1f2933;background:#fff;
font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 12px 4px 0;
border-bottom:1px solid #d5dae0;vertical-align:top}
"""


def values(run: Run, holds: dict[str, float]) -> dict[str, Any]:
    """`holds`: see `results.incidents`."""
    plan, rows = run.plan, run.rows
    sending = sum(row.sending_since is not None for row in rows)
    judged, others = results.judge(rows, run.came, run.end_s)
    cpu = run.own_cpu / run.own_s if run.own_s else 0.0
    return {
        "mode": plan.mode,
        "scenario": plan.scenario.name,
        "candidates": {
            "asked_for": plan.candidates,
            "sending": sending,
            "failed": [{"name": r.name, "problem": r.problem} for r in rows if r.problem],
            "disconnects": sum(row.disconnects for row in rows),
        },
        "seconds": round(run.own_s, 1),
        "incidents": results.incidents(judged, others, holds) if plan.desk else {},
        "server": results.server(run.before, run.readings, sending),
        "generator": {
            "cpu_ms_per_candidate_s": round(cpu * 1000 / sending, 1) if sending else 0.0,
            "late_pictures": sum(row.late for row in rows),
        },
        "machine_of_the_generator": f"{platform.system()} {platform.machine()}",
    }


def lines(told: dict[str, Any]) -> list[str]:
    """The report in a few lines, for a terminal."""
    people, found, server = told["candidates"], told["incidents"], told["server"]
    text = [
        f"{people['sending']} of {people['asked_for']} candidates by {told['mode']} for"
        f" {told['seconds']:g} s, {people['disconnects']} disconnects"
    ]
    if found:
        text.append(f"incidents: {found['found']} of {found['expected']} expected were found")
        if found["delay_s"]:
            text.append(f"first bad picture sent -> desk: {_say(found['delay_s'], 's')}")
            text.append(f"  beyond the rule's own time: {_say(found['beyond_rule_s'], 's')}")
    if server:
        text.append(
            f"server: {server['cpu_ms_per_candidate_s']:g} ms of CPU per candidate and second"
            f" ({server['cpu_cores']:g} cores), {server['dropped']} samples gave way"
        )
        if server["lowest_rung"]:
            text.append(
                f"  it looked at less: rung {server['lowest_rung']} of the degradation ladder"
            )
        if "memory_mb_per_candidate" in server:
            text.append(f"  memory: {server['memory_mb_per_candidate']:g} MB per candidate")
        if "memory_mb_per_hour" in server:
            grown = f"{server['memory_mb_per_hour']:g} MB an hour"
            text.append(f"  it grew by {grown} in the second half")
        if server["loop_lag_ms"]:
            text.append(f"  loop lag: {_say(server['loop_lag_ms'], 'ms')}")
    own = told["generator"]
    text.append(
        f"generator: {own['cpu_ms_per_candidate_s']:g} ms of CPU per candidate and second,"
        f" {own['late_pictures']} pictures late"
    )
    return text


def write(run: Run, told: dict[str, Any], folder: Path) -> None:
    """Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(_page(run, told), encoding="utf-8")


def _page(run: Run, told: dict[str, Any]) -> str:
    judged, _ = results.judge(run.rows, run.came, run.end_s)
    drawings = [delays(judged)] if judged else []
    drawings += [load(run.readings)] if len(run.readings) > 1 else []
    rows = "".join(
        f"<tr><td>{escape(r.name)}</td><td>{escape(r.problem or r.state)}</td>"
        f"<td>{len(r.sent)}</td><td>{r.disconnects}</td><td>{r.late}</td></tr>"
        for r in run.rows
    )
    heads = ("Candidate", "State", "Stretches sent", "Disconnects", "Late pictures")
    head = "".join(f"<th>{one}</th>" for one in heads)
    plots = "\n".join(map(svg, drawings))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Load</title>'
        f"<style>{STYLE}</style><h1>Load</h1>\n<p>{'<br>'.join(map(escape, lines(told)))}</p>\n"
        f"{plots}\n<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></html>\n"
    )


def _say(values: dict[str, float], unit: str) -> str:
    return ", ".join(f"{name} {value:g} {unit}" for name, value in values.items())
