"""What pages share: the services, the style, and components made of the files beside this one.

Streamlit lives in this package, in the pages and in app.py, and nowhere else.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from proctoring.server import services

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

__all__ = [
    "MARK",
    "apply_style",
    "be_told",
    "masthead",
    "plain",
    "read_text",
    "register",
    "say_duration",
    "say_time",
    "say_window",
    "services",
    "time_zone",
]

HERE = Path(__file__).parent
MARK = HERE.parents[1] / "pages" / "static" / "mark.svg"  # the product's sign, and favicon
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:^&])")
# Where Streamlit looks at the text once more after Markdown, and no backslash counts any longer:
# it makes links of addresses, icons of ":material/home:", arrows and dashes of "->" and "--".
_LOOKED_AT_LATER = re.compile(
    r"(?<=:)(?=[^\s\d])|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE
)
_NOTHING = "\u200b"  # a space without width: an address may also break there


@cache
def read_text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def register(name: str, *scripts: str) -> ComponentRenderer:
    """A component from NAME.js, and NAME.html and NAME.css where they exist.

    `scripts` are files that go before NAME.js in the same module. Register once, at import;
    mount in a page. Streamlit calls the module's default function again with the same
    `parentElement` when `data` changes, without cleaning up in between; only unmounting does.
    """
    return st.components.v2.component(
        f"openproctor_{name}",
        html=_read_if_there(f"{name}.html"),
        css=_read_if_there(f"{name}.css"),
        js="\n".join(read_text(script) for script in (*scripts, f"{name}.js")),
    )


def be_told() -> None:
    """For `on_NAME_change`: a callback is what makes a component's value known to the page."""


def apply_style() -> None:
    """What the theme's settings cannot say. On every page, before its own content."""
    st.html(f"<style>{read_text('style.css')}</style>")


def masthead(aside: str = "") -> None:
    """The product's name over a page; `aside` may be anybody's text."""
    st.html(
        '<div class="op-masthead"><img src="app/static/mark.svg" alt="">'
        f"<strong>OpenProctor</strong><span>{html.escape(aside)}</span></div>"
    )


def plain(text: str) -> str:
    """Somebody's text for a place that reads Markdown: every sign stands for itself."""
    return _MARKDOWN_SIGNS.sub(r"\\\1", _LOOKED_AT_LATER.sub(_NOTHING, text))


def time_zone() -> ZoneInfo:
    """The reader's own, as the browser says it; UTC if it says none that we know."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def say_time(at: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 21 November 2026, 14:30 (Europe/Berlin)" """
    return f"{at.astimezone(zone):%A %-d %B %Y, %H:%M} ({zone.key})"


def say_window(opens_at: datetime, closes_at: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 21 November 2026, 14:30 to 17:30 (Europe/Berlin)" """
    opens, closes = opens_at.astimezone(zone), closes_at.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%A %-d %B %Y, %H:%M}"
    return f"{opens:%A %-d %B %Y, %H:%M} to {until} ({zone.key})"


def say_duration(length: timedelta) -> str:
    """ "2 days 3 h", "1 h 12 min", "40 s" """
    seconds = max(1, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])


def _read_if_there(name: str) -> str | None:
    return read_text(name) if (HERE / name).exists() else None
