"""The links of a meeting, and the card that hands one over: copy, open, scan."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from proctoring.services import Opened
from proctoring.ui import register, services

_share = register("share")


def candidate_link(base: str, meeting_id: str) -> str:
    return f"{base}/exam?{urlencode({'meeting': meeting_id})}"


def proctor_link(base: str, meeting_id: str, secret: str) -> str:
    return f"{base}/desk?{urlencode({'meeting': meeting_id, 'key': secret})}"


def manage_link(base: str, meeting_id: str, secret: str) -> str:
    return f"{base}/manage?{urlencode({'meeting': meeting_id, 'key': secret})}"


def office_link(base: str, secret: str) -> str:
    return f"{base}/office?{urlencode({'key': secret})}"


def base_of(address: str) -> str:
    """The server's own address from that of one of its pages; "" if there is none."""
    parts = urlsplit(address)
    path = re.sub(r"/(exam|desk|manage|review|policy|office)?/*$", "", parts.path)
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.netloc else ""


def is_local(base: str) -> bool:
    """Only this machine can follow it."""
    return urlsplit(base).hostname in ("localhost", "127.0.0.1", "::1")


def allows_camera(base: str) -> bool:
    """Browsers give a camera to https pages and to this machine's own (W3C Secure Contexts)."""
    return urlsplit(base).scheme == "https" or is_local(base)


@lru_cache(maxsize=32)  # drawing one takes longer than all the rest of a run
def qr_svg(link: str) -> str:
    """Inline SVG, dark on white as scanners want it, with a quiet zone of four modules."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        dark="#101615",
        light="#fff",
        xmldecl=False,
        svgns=True,
        omitsize=True,
    )
    return out.getvalue().decode()


def share_card(
    key: str,
    *,
    title: str,
    note: str,
    link: str,
    open_label: str,
    is_first: bool = False,
    is_quiet: bool = False,
) -> None:
    """`is_first`: the page begins with it, so that is where the reader is taken.

    `is_quiet`: it steps back behind the others, and is not for a phone.
    """
    _share(
        key=key,
        data={
            "title": title,
            "note": note,
            "link": link,
            "open": open_label,
            "qr": "" if is_quiet else qr_svg(link),
            "first": is_first,
            "quiet": is_quiet,
        },
    )


def own_base() -> str:
    """The server's address, as links of its pages have to begin."""
    return services().settings.public_url or base_of(st.context.url or "http://localhost:8501")


def show_three_links(created: Opened, office_secret: str = "") -> None:
    """Of an exam that was just made, once; `office_secret`, and the fourth."""
    base, meeting = own_base(), created.meeting
    share_card(
        "candidate-link",
        title="For candidates",
        note="Send it to everybody who takes this exam. Each of them types a name and gets a seat.",
        link=candidate_link(base, meeting.id),
        open_label="Open as candidate",
        is_first=True,
    )
    share_card(
        "proctor-link",
        title="For proctors – keep it secret",
        note="Whoever has it sees this exam’s candidates. It is shown only now and cannot be"
        " recovered: copy it before you leave this page.",
        link=proctor_link(base, meeting.id, created.proctor_secret),
        open_label="Open the desk",
    )
    share_card(
        "manage-link",
        title="For yourself – keep it",
        note="It changes links, ends access, holds and erases. It, too, is shown only now.",
        link=manage_link(base, meeting.id, created.examiner_secret),
        open_label="Open the manage page",
        is_quiet=True,
    )
    if office_secret:
        share_card(
            "office-link",
            title="All your exams – keep it",
            note="It opens the list of the exams that you made in this tab, and each of them. With"
            " it you need no other link again: keep it where you keep passwords.",
            link=office_link(base, office_secret),
            open_label="Open your list",
            is_quiet=True,
        )
