"""The policy of one exam, for its examiner: what becomes an entry, and what was measured of it."""

from __future__ import annotations

from datetime import datetime
from html import escape

import streamlit as st

from proctoring.office import lists, policies
from proctoring.office.policies import BadPolicy, Version
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.writing import to_toml
from proctoring.store import Rejected
from proctoring.types import Capability, Meeting
from proctoring.ui import masthead, plain, read_text, services, time_zone
from proctoring.ui.by_link import manage_by_link
from proctoring.ui.copy_exam import ask_copy, show_copy
from proctoring.ui.policy_editor import edited, take_named, upload
from proctoring.ui.policy_table import differences, policy_table
from proctoring.ui.policy_trial import show_trial
from proctoring.ui.staff import account_owner


def main() -> None:
    manage_by_link(
        show,
        wrong="This link opens no policy",
        advice="Open it from the exam’s manage page, by the whole manage link.",
    )


def show(bearer: Capability, meeting: Meeting) -> None:
    masthead("Policy of an exam")
    own = {"meeting": meeting.id, "key": st.query_params.get("key", "")}
    st.page_link("manage.py", label="Manage", icon=":material/arrow_back:", query_params=own)
    st.title(plain(meeting.title), anchor=False)
    if show_copy():
        return
    store = services().store
    history = policies.versions(store, meeting.id)
    newest = history[-1]
    is_frozen = policies.is_frozen(store.participants(meeting.id))
    show_state(newest, is_frozen=is_frozen)
    draft = draft_of(newest)
    st.header("What it means", anchor=False)
    place_of_table = st.container()
    st.header("Change it for a copy" if is_frozen else "Change it", anchor=False)
    turn: int = st.session_state.get("policy turn", 0)
    draft = st.session_state["policy draft"] = edited(draft, turn)
    place_of_table.html(policy_table(draft))
    changes = differences(policies.written(newest.meeting), draft)
    keep(bearer, meeting, draft, changes, is_frozen=is_frozen)
    show_trial(meeting, policies.written(newest.meeting), draft)
    show_files(meeting, newest, draft)
    show_history(history)


def draft_of(newest: Version) -> WrittenPolicy:
    """What this tab is changing; begun anew when somebody has saved another version."""
    if st.session_state.get("policy of") != newest.hash:
        st.session_state["policy of"] = newest.hash
        begin(policies.written(newest.meeting))
    draft: WrittenPolicy = st.session_state["policy draft"]
    return draft


def begin(draft: WrittenPolicy) -> None:
    st.session_state["policy draft"] = draft
    st.session_state["policy turn"] = st.session_state.get("policy turn", 0) + 1


def show_state(newest: Version, *, is_frozen: bool) -> None:
    said = f"{newest.label}, {say(newest.saved_at)}"
    if is_frozen:
        st.info(
            f"Frozen at {said}: somebody has agreed to what it measures, so it is the same for"
            " everybody in this exam. You can change it for a copy of the exam, below.",
            icon=":material/lock:",
        )
    else:
        st.markdown(
            f"In force: {said}. You can change it until the first candidate has agreed to it."
            " From then on it stays as it is, for all."
        )


def keep(
    bearer: Capability,
    meeting: Meeting,
    draft: WrittenPolicy,
    changes: list[str],
    *,
    is_frozen: bool,
) -> None:
    if changes:
        st.markdown("**Changed:** " + plain("; ".join(changes)) + ".")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if is_frozen:
            ask_copy(meeting, draft)
        else:
            name = st.text_input(
                "Name, to find it again for another exam (optional)",
                max_chars=policies.LONGEST_NAME,
                key="policy-name",
            )
            if st.button("Save as a new version", type="primary", key="save-policy"):
                save(bearer, draft, name)
        if changes and st.button("Discard changes", key="discard-policy"):
            begin(policies.written(policies.in_force(services().store, meeting.id).meeting))
            st.rerun()
    if st.session_state.pop("policy saved", False):
        st.success("Saved.")


def save(bearer: Capability, draft: WrittenPolicy, name: str) -> None:
    try:
        policies.change(services().office, bearer, draft, name)
    except BadPolicy as bad:
        st.error(str(bad))
    except Rejected as rejected:
        st.error(
            f"{plain(str(rejected))} To go on with these changes, copy the exam with this policy:"
            " reload this page, and the button for it stands here."
        )
    else:
        st.session_state["policy saved"] = True
        st.rerun()


def show_files(meeting: Meeting, newest: Version, draft: WrittenPolicy) -> None:
    st.header("From another exam, and for the next", anchor=False)
    st.markdown("A file says everything, for the next exam or for somebody else to look at.")
    text = to_toml(draft, f"{meeting.title}\nfrom {newest.label}")
    st.download_button("Download", text, "policy.toml", "application/toml")
    owner = account_owner() or lists.owner_of_secret(st.session_state.get("office", ""))
    known = policies.named(services().store, lists.ids_of(services().store, owner))
    if found := upload(draft) or take_named(known):
        begin(found)
        st.rerun()


def show_history(history: list[Version]) -> None:
    st.header("Versions", anchor=False)
    items = "".join(
        f"<li><strong>{escape(one.label)}</strong>"
        f"{' – ' + escape(one.name) if one.name else ''}"
        f"<span>{say(one.saved_at)}{said_of(one, before)}<br>SHA-256 {one.hash}</span></li>"
        for one, before in reversed(list(zip(history, [None, *history], strict=False)))
    )
    st.html(f'<ul class="op-versions">{items}</ul>')


def said_of(one: Version, before: Version | None) -> str:
    """HTML: what it changed."""
    if before is None:
        return ", as the exam was made"
    changes = differences(policies.written(before.meeting), policies.written(one.meeting))
    return f": {escape('; '.join(changes) or 'the same, under another name')}"


def say(at: datetime) -> str:
    return f"{at.astimezone(time_zone()):%-d %b %Y, %H:%M}"


st.html(f"<style>{read_text('policy.css')}</style>")
with st.container(key="policy"):
    main()
