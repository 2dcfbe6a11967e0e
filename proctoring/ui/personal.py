"""A candidate's personal link: whose it is, before they have come and when they come back."""

from __future__ import annotations

import streamlit as st

from proctoring.access.tokens import SITS
from proctoring.office.invitations import Invitation
from proctoring.services import NotInvited
from proctoring.types import Meeting
from proctoring.ui import plain, services
from proctoring.ui.candidate import Visit
from proctoring.ui.language import t
from proctoring.ui.places import place
from proctoring.ui.visitor import let_in

PERSONAL = "personal"  # in the address


def take_personal(visit: Visit, meeting: Meeting) -> Invitation | None:
    """Who is invited by the link in the address and has not come yet. Whoever has is seated by it.

    Raises NotInvited for a link that opens nothing, TooMany.
    """
    secret = st.query_params.get(PERSONAL, "")
    if not secret:
        return None
    if secret in visit.left or secret == visit.token:
        del st.query_params[PERSONAL]
        return None
    found = services().door.invitation(meeting.id, secret)
    if found is None:
        let_in(SITS, meeting.id, secret)  # which counts the try
        raise NotInvited
    if services().door.resume(found) is None:
        return found
    visit.leave()  # whoever sat here before; their seat stays theirs
    visit.left.discard("")
    visit.token = secret
    del st.query_params[PERSONAL]
    return None


def not_invited(*, has_link: bool) -> None:
    if has_link:
        return place(
            t("This personal link does not open the exam"),
            t("It was replaced, or it is not whole. Ask your exam office for a new one."),
        )
    place(
        t("This exam opens by a personal link"),
        t("Open the link that your exam office sent to you. If you have none, ask them for it."),
    )


def say_name(invitation: Invitation) -> None:
    """In place of the field for it."""
    st.markdown(t("You are invited as **{name}**.", name=plain(invitation.guest.name)))
    st.caption(t("If this is not you, use the link that was sent to you."))
