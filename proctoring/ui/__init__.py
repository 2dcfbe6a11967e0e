"""What pages share: the services, the style, and components made of the files beside this one.

Streamlit lives in this package, in the pages and in app.py, and nowhere else.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from proctoring.language import ENGLISH, languages, times
from proctoring.language.browser import markup, script
from proctoring.server import services
from proctoring.ui.language import language

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component.state import ComponentResult
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


def register(name: str, *scripts: str, in_languages: bool = True) -> ComponentRenderer:
    """A component from NAME.js, and NAME.html and NAME.css where they exist.

    `scripts` are files that go before NAME.js in the same module; one that ends in `.css` goes
    after NAME.css. Register once, at import; mount in a page. Streamlit calls the module's default
    function again with the same `parentElement` when `data` changes, without cleaning up in
    between; only unmounting does.

    There is one for each language, of the same files; the visit's is mounted. So a change of the
    language is a new component: the old one is cleaned up, and the new one begins from `data`.
    What has no texts of its own stays one and the same, if it is not registered `in_languages`.
    """
    files = (*scripts, f"{name}.js")
    if not in_languages:
        return _in_language(ENGLISH, name, files)
    known = {code: _in_language(code, name, files) for code in languages()}

    def mount(*, key: str, **given: Any) -> ComponentResult:
        code = language()
        # Under one key Streamlit takes both for the same, and puts the new one into the old.
        return known[code](key=key if code == ENGLISH else f"{key}-{code}", **given)

    return cast("ComponentRenderer", mount)


def _in_language(code: str, name: str, files: tuple[str, ...]) -> ComponentRenderer:
    html = _read_if_there(f"{name}.html")
    scripts = [file for file in files if file.endswith(".js")]
    styles = [read_text(file) for file in files if file.endswith(".css")]
    texts = script(code, [f"proctoring/ui/{file}" for file in scripts])
    return st.components.v2.component(
        f"openproctor_{name}" + (f"_{code.replace('-', '_')}" if code != ENGLISH else ""),
        html=markup(html, code) if html else None,
        css="\n".join(filter(None, (_read_if_there(f"{name}.css"), *styles))) or None,
        js="\n".join((texts, read_text("texts.js"), *map(read_text, scripts))),
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
    return times.say_time(at, zone, language())


def say_window(opens_at: datetime, closes_at: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 21 November 2026, 14:30 to 17:30 (Europe/Berlin)" """
    opens, closes = opens_at.astimezone(zone), closes_at.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%A %-d %B %Y, %H:%M}"
    return f"{opens:%A %-d %B %Y, %H:%M} to {until} ({zone.key})"


def say_duration(length: timedelta) -> str:
    """ "2 days 3 h", "1 h 12 min", "40 s" """
    return times.say_duration(length, language())


def _read_if_there(name: str) -> str | None:
    return read_text(name) if (HERE / name).exists() else None
