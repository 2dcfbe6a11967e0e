"""What staff open by their secret link: the live desk, and the review."""

from __future__ import annotations

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.tokens import READS
from proctoring.store import StoreError
from proctoring.types import Capability, Meeting
from proctoring.ui import services
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
        f"Check that you opened the whole {link}, from the first sign to the last."
        if opens == READS
        else "Check that you opened the whole link, and that it is for your role:"
        f" your account opens links of a {' or a '.join(sorted(opens))}.",
    )
    return None
