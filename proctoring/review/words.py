"""The words of a report."""

from __future__ import annotations

TABS = {"decide": "Needs decision", "notable": "Notable", "technical": "Technical"}
STATES = {
    "open": "To decide",
    "second": "Waits for a second look",
    "disagreed": "Reviewers disagree",
    "confirmed": "Confirmed",
    "dismissed": "Dismissed",
}
DECISIONS = {
    "confirmed": "Confirmed",
    "dismissed": "Dismissed",
    "second_look": "Second look asked for",
}
BECAUSE = {
    "false_alarm": "false alarm",
    "allowed": "allowed",
    "technical": "technical",
    "not_relevant": "not relevant",
}
MILESTONES = {
    "joined": "Joined",
    "started": "Started",
    "paused": "Paused",
    "resumed": "Resumed",
    "warned": "Warned",
    "finished": "Finished",
}
MARKS = {
    "appealed": "appealed",
    "open": "to decide",
    "second": "second look",
    "disagreed": "disagreed",
    "decided": "decided",
    "calm": "nothing to decide",
    "not_begun": "not begun",
}
FOOT = (
    "Observations are made by software, which errs: with each stands how often it did in tests."
    " Verdicts are people's. There is no film: of each observation a few pictures and a short"
    " sound are kept, and of the time between them only what was shared, where the exam asks for"
    " it. In the pictures everything but the candidate and what an observation is about is blurred."
)
LACKS = "This file does not bring the letters of all names in it: report.html beside it shows them."
NOTHING = "Nothing was observed."
NO_VERDICT = "No verdict."


def decided(verdict: dict[str, str]) -> str:
    """ "Dismissed: allowed" """
    said = DECISIONS[verdict["decision"]]
    return f"{said}: {BECAUSE[verdict['because']]}" if verdict["because"] else said


def state(item: dict[str, str]) -> str:
    """ "" where nothing need be decided, and nothing was."""
    is_open = item["state"] == "open"
    return "" if is_open and item["tab"] != "decide" else STATES[item["state"]]
