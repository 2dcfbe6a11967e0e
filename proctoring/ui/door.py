"""The door of an exam: before it opens, after it closed, and for who comes to agree and to join."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.check_in.plan import minutes as minutes_of
from proctoring.check_in.plan import names_of, plan_of
from proctoring.consent import Consent, consent
from proctoring.language.again import again
from proctoring.plaintext import LONGEST_NAME
from proctoring.services import Full, NotInvited, NotNow, Unheard
from proctoring.types import Meeting
from proctoring.ui import plain, say_time, services, time_zone
from proctoring.ui.candidate import Visit
from proctoring.ui.language import language, nt, t
from proctoring.ui.personal import PERSONAL, not_invited, say_name
from proctoring.ui.places import cannot_listen, closed, countdown, minutes, steps
from proctoring.ui.visitor import address


def show_door(visit: Visit, meeting: Meeting) -> None:
    now = datetime.now(UTC)
    if now < meeting.opens_at:
        return countdown(meeting)
    if now >= meeting.closes_at:
        return closed(meeting)
    if meeting.journey.invited_only and visit.invitation is None:
        return not_invited(has_link=False)
    plan = plan_of(meeting)
    steps(meeting.title, [t(name) for name in names_of(plan)], 1)
    closing = plain(say_time(meeting.closes_at, time_zone()))
    st.markdown(
        t(
            "{minutes} of working time, until {closing} at the latest. Before it begins, the"
            " check-in takes {about} and is not part of it.",
            minutes=minutes(meeting),
            closing=closing,
            about=nt("about a minute", "about {n} minutes", minutes_of(plan)),
        )
    )
    show_form(visit, meeting)


def show_form(visit: Visit, meeting: Meeting) -> None:
    agreement = consent_to(meeting)
    with st.form("join", border=False):
        name = ask_name(visit)
        with st.container(border=True, key="consent"):
            st.markdown(agreement.text)
        agrees = st.checkbox(t("I have read this and agree to it."))
        version = agreement.version
        st.caption(t("Text {version}. Your agreement is recorded with its time.", version=version))
        is_sent = st.form_submit_button(
            t("Continue"), type="primary", icon=":material/arrow_forward:"
        )
        if not is_sent:
            return
    name = " ".join(name.split())
    if not name:
        st.error(t("Type your name, so that your proctor knows whose exam this is."))
    elif not agrees:
        st.error(t("Tick the box to agree. Without your agreement nothing starts."))
    else:
        try:
            secret = st.query_params.get(PERSONAL, "") if visit.invitation else ""
            _, visit.token = services().join(meeting.id, name, agreement.version, address(), secret)
        except (Full, TooMany) as full:
            st.error(again(str(full), language()))
            return
        except Unheard:
            return cannot_listen()
        except NotInvited:
            return not_invited(has_link=bool(secret))
        except NotNow:
            return closed(meeting)
        st.rerun()


def ask_name(visit: Visit) -> str:
    if visit.invitation:
        say_name(visit.invitation)
        return visit.invitation.guest.name
    return st.text_input(
        t("Your name, as your exam office knows it"),
        max_chars=LONGEST_NAME,
        autocomplete="name",
    )


def consent_to(meeting: Meeting) -> Consent:
    return consent(
        meeting.signals,
        meeting.policy,
        services().keeping,
        check_in=plan_of(meeting),
        legal_basis=plain(meeting.journey.legal_basis),
        language=language(),
    )
