"""The editor of a policy: a draft that a tab holds, and the few widgets that change it.

One kind is open at a time, so that a run of the page draws few widgets; the table shows them all.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from proctoring.analysers import choices, rules_by_kind, signals_of
from proctoring.office.policies import Version, written
from proctoring.policy.allowances import ALLOWANCES, PAPER, SPEAKING, policy_of
from proctoring.policy.consequence import consequence
from proctoring.policy.file import LARGEST, PolicyError, WrittenPolicy, understood
from proctoring.policy.presets import PRESETS, Thresholds
from proctoring.policy.thresholds import LONGEST_S, bounds_of
from proctoring.types import Meeting, Policy, Rule, Severity
from proctoring.ui import plain
from proctoring.ui.new_exam import MEDIA
from proctoring.ui.policy_table import SEVERITIES, rules_in, unit_of

NONE = ""


def edited(draft: WrittenPolicy, version: int) -> WrittenPolicy:
    """What the widgets make of it. Another `version` makes them anew, for another policy."""
    draft = _preset(draft, version)
    with st.container(gap="xsmall", key="signals"):
        draft = _signals(draft, version)
    with st.container(gap="xsmall", key="allowances"):
        draft = _allowances(draft, version)
    return _limits(draft, version)


def upload(draft: WrittenPolicy) -> WrittenPolicy | None:
    """Another draft, if a file was given that says one. What is wrong with it stands there."""
    given = st.file_uploader("A policy in a file (TOML or JSON)", type=["toml", "json"])
    if given is None or st.session_state.get("policy file") == given.file_id:
        return None
    try:
        found = understood(given.getvalue()[: LARGEST + 1], given.name, draft)
    except PolicyError as error:
        st.error(plain(str(error)))
        return None
    st.session_state["policy file"] = given.file_id
    return found


def take_named(found: list[tuple[Meeting, Version]]) -> WrittenPolicy | None:
    """Another draft, if one of those that have a name is taken over."""
    if not found:
        return None
    chosen = st.selectbox(
        "A policy of yours, by its name",
        range(len(found)),
        index=None,
        format_func=lambda at: f"{found[at][1].name} – {found[at][0].title}",
        placeholder="Choose one …",
        key="named-policy",
    )
    if chosen is None or not st.button("Take it over", key="take-named"):
        return None
    del st.session_state["named-policy"]
    return written(found[chosen][1].meeting)


def _preset(draft: WrittenPolicy, version: int) -> WrittenPolicy:
    names = list(PRESETS)
    name = st.radio(
        "When an observation becomes an entry",
        names,
        index=names.index(draft.preset.name),
        format_func=lambda one: PRESETS[one].title,
        captions=[preset.about for preset in PRESETS.values()],
        key=f"preset-{version}",
    )
    if not name or name == draft.preset.name:
        return draft
    return replace(draft, preset=replace(PRESETS[name], thresholds=draft.preset.thresholds))


def _signals(draft: WrittenPolicy, version: int) -> WrittenPolicy:
    on = set()
    st.subheader("What is measured", anchor=False)
    for medium, heading in MEDIA.items():
        st.caption(heading)
        with st.container(gap=None, key=f"signals-{medium}"):
            for kind in choices():
                if kind.medium == medium and st.checkbox(
                    kind.title, value=kind.name in draft.signals, key=f"on-{kind.name}-{version}"
                ):
                    on.add(kind.name)
    kept = {name for name in draft.signals if name not in {kind.name for kind in choices()}}
    signals = tuple(name for name in signals_of(on, draft.policy)) if on else ()
    return replace(draft, signals=(*signals, *sorted(kept - set(signals))))


def _allowances(draft: WrittenPolicy, version: int) -> WrittenPolicy:
    st.subheader("What is allowed", anchor=False)
    with st.container(gap=None, key="allowances-all"):
        names = {
            name
            for name, words in ALLOWANCES.items()
            if st.checkbox(
                words.capitalize(),
                value=_is_allowed(draft.policy, name),
                key=f"allowed-{name}-{version}",
            )
        }
    allowed = policy_of(names)
    others = draft.policy.allowed_objects - policy_of(ALLOWANCES).allowed_objects
    policy = replace(
        draft.policy,
        allowed_objects=allowed.allowed_objects | others,
        may_look_down=allowed.may_look_down,
        may_speak=allowed.may_speak,
    )
    return replace(draft, policy=policy)


def _is_allowed(policy: Policy, name: str) -> bool:
    if name == PAPER:
        return policy.may_look_down
    if name == SPEAKING:
        return policy.may_speak
    return policy_of([name]).allowed_objects <= policy.allowed_objects


def _limits(draft: WrittenPolicy, version: int) -> WrittenPolicy:
    st.subheader("Limits of one kind of entry", anchor=False)
    rules = {rule.kind: rule for rule in rules_in(draft)}
    kind = st.selectbox(
        "Which",
        [NONE, *rules],
        format_func=lambda one: rules[one].title if one in rules else "Choose a kind of entry …",
        key=f"kind-{version}",
    )
    if kind not in rules:
        return draft
    given = _of_kind(rules[kind], draft, f"{kind}-{version}-{draft.preset.name}")
    thresholds = {one: t for one, t in draft.preset.thresholds.items() if one != kind}
    if given != Thresholds():
        thresholds[kind] = given
    draft = replace(draft, preset=replace(draft.preset, thresholds=thresholds))
    said = consequence(next(rule for rule in rules_in(draft) if rule.kind == kind))
    st.info(
        said.said + ".", icon=":material/monitoring:" if said.is_measured else ":material/help:"
    )
    return draft


def _of_kind(rule: Rule, draft: WrittenPolicy, key: str) -> Thresholds:
    """Only what differs from the preset is kept, so that a later preset still counts."""
    (usual,) = replace(draft.preset, thresholds={}).rules([rules_by_kind()[rule.kind]])
    before = draft.preset.thresholds.get(rule.kind, Thresholds())
    bounds = bounds_of(rules_by_kind()[rule.kind])
    columns = st.columns(2 if bounds is None else 4, vertical_alignment="bottom")
    after_s = at = None
    if bounds:
        at = columns[0].number_input(
            f"Begins at{', in seconds' if unit_of(rule) else ''}",
            min(bounds.low, rule.enter_at),
            max(bounds.high, rule.enter_at),
            value=float(rule.enter_at),
            step=0.05 if bounds.high <= 1 else 1.0,
            help=f"From {bounds.low:g} to {bounds.high:g}; as it comes {usual.enter_at:g}.",
            key=f"at-{key}",
        )
        after_s = columns[1].number_input(
            "For so many seconds",
            0.0,
            LONGEST_S,
            value=float(min(rule.enter_after_s, LONGEST_S)),
            step=0.5,
            help=f"As it comes {usual.enter_after_s:g} s.",
            key=f"after-{key}",
        )
    severity = columns[-2].selectbox(
        "Shown as",
        list(SEVERITIES),
        index=list(SEVERITIES).index(rule.severity),
        format_func=lambda one: SEVERITIES[one].capitalize(),
        key=f"severity-{key}",
    )
    weight = columns[-1].number_input(
        "Weight in the score, %",
        0,
        100,
        value=round(100 * rule.weight),
        step=5,
        help=f"The share of what is left of the score; as it comes {100 * usual.weight:.0f} %.",
        key=f"weight-{key}",
    )
    return Thresholds(
        enter_at=_differs(at, usual.enter_at),
        exit_at=before.exit_at,
        enter_after_s=_differs(after_s, usual.enter_after_s),
        exit_after_s=before.exit_after_s,
        weight=_differs(weight / 100, round(usual.weight, 2)),
        severity=None if severity is usual.severity else Severity(severity),
    )


def _differs(value: float | None, usual: float) -> float | None:
    return None if value is None or abs(value - usual) < 1e-9 else float(value)
