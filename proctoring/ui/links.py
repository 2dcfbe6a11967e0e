"""The two links of a meeting, and the card that hands one over: copy, open, scan."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

import segno

from proctoring.ui import register

_share = register("share")


def candidate_link(base: str, meeting_id: str) -> str:
    return f"{base}/exam?{urlencode({'meeting': meeting_id})}"


def proctor_link(base: str, meeting_id: str, secret: str) -> str:
    return f"{base}/desk?{urlencode({'meeting': meeting_id, 'key': secret})}"


def manage_link(base: str, meeting_id: str, secret: str) -> str:
    return f"{base}/manage?{urlencode({'meeting': meeting_id, 'key': secret})}"


def base_of(address: str) -> str:
    """The server's own address from that of one of its pages; "" if there is none."""
    parts = urlsplit(address)
    path = re.sub(r"/(exam|desk|manage)?/*$", "", parts.path)
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
