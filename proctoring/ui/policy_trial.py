"""What another policy would have made of this exam, from what was observed in it."""

from __future__ import annotations

import streamlit as st

from proctoring.office.trial import CannotDecide, trial
from proctoring.policy.file import WrittenPolicy
from proctoring.store import StoreError
from proctoring.types import Meeting
from proctoring.ui import plain, services


def show_trial(meeting: Meeting, was: WrittenPolicy, draft: WrittenPolicy) -> None:
    """Nothing, as long as nobody has finished."""
    traced = set(services().store.traced(meeting.id))
    people = services().store.participants(meeting.id)
    if not any(person.finished_at and person.id in traced for person in people):
        return
    st.header("What it would have made of this exam", anchor=False)
    st.markdown(
        "Decided anew from what was observed of those who have finished. Nothing is changed by it."
    )
    if not st.button("Decide anew with these limits", key="trial"):
        return
    try:
        found = trial(services().store, meeting, was, draft)
    except CannotDecide as reasons:
        lines = "\n".join(f"- {plain(line)}" for line in str(reasons).splitlines())
        st.warning(f"What was observed does not tell:\n\n{lines}")
        return
    except StoreError as error:
        st.error(plain(str(error)))
        return
    st.markdown(
        f"{found.candidates} of {found.of} finished candidates, {60 * found.hours:.0f} minutes."
        + ("" if found.rows else " No entries, neither way.")
    )
    if found.rows:
        rows = "\n".join(
            f"| {plain(title)} | {was} | {would} |" for title, was, would in found.rows
        )
        st.markdown(f"| Entry | as it was | as it would be |\n|---|---:|---:|\n{rows}")
