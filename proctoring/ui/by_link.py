"""What staff open by their secret link: the live desk, the review, and what manages an exam."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.staff import MAKES_EXAMS
from proctoring.access.tokens import MANAGES, READS, Refused
from proctoring.store import Rejected, StoreError
from proctoring.types import Capability, Meeting
from proctoring.ui import plain, services
from proctoring.ui.places import place
from proctoring.ui.staff import OPEN_AGAIN, links_of_staff, staff_only
from proctoring.ui.visitor import let_in


def open_by_link(name: str, link: str) -> tuple[Capability, Meeting] | None:
    """Who looks, and at what. None if it does not open: why stands on the page then.

    `name` of what is opened: "desk"; `link`, by which: "proctor link".
    """
    if not staff_only(OPEN_AGAIN):
        return None
    opens = links_of_staff()
    closed = f"The {name} cannot open now"
    try:
        bearer = let_in(opens, st.query_params.get("meeting", ""), st.query_params.get("key", ""))
        meeting = services().store.meeting(bearer.meeting_id) if bearer else None
    except TooMany as too_many:
        place(closed, str(too_many))
        return None
    except StoreError:
        place(closed, "The records cannot be read. Try again soon.")
        return None
    if bearer and meeting:
        return bearer, meeting
    place(
        f"This link does not open a {name}",
        f"Check that you opened the whole {link}, from the first sign to the last. If you did,"
        " it was replaced or revoked: ask whoever sent it to you."
        if opens == READS
        else "Check that you opened the whole link, and that it is for your role:"
        f" your account opens links of a {' or a '.join(sorted(opens))}.",
    )
    return None


def manage_by_link(show: Callable[[Capability, Meeting], None], *, wrong: str, advice: str) -> None:
    """Shows it to whoever holds the manage link, or why it does not open.

    `wrong` and `advice` are said of a link that manages nothing.
    """
    if not staff_only(OPEN_AGAIN, may=MAKES_EXAMS):
        return
    closed = "This page cannot open now"
    key = st.query_params.get("key", "")
    try:
        bearer = let_in(MANAGES, st.query_params.get("meeting", ""), key)
        if bearer is None:
            return place(wrong, advice)
        show(bearer, services().store.meeting(bearer.meeting_id))
    except TooMany as too_many:
        place(closed, str(too_many))
    except Rejected as rejected:  # a hold that came meanwhile
        st.error(plain(str(rejected)))
    except Refused:
        place("This link does not manage an exam any more", "It was replaced or revoked.")
    except StoreError:
        place(closed, "The records cannot be read. Try again soon.")
