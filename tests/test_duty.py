"""Who of several proctors is with a candidate, what they decided, and when somebody last looked."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import at

from proctoring.acts.duty import CLAIMED_FOR, NOBODY, duty
from proctoring.acts.kinds import SERVER, make
from proctoring.live import desks as desks_module
from proctoring.live.desks import DeskName
from proctoring.types import Act, Role

BO, CY = {"desk": "desk-of-bo", "name": "Bo"}, {"desk": "desk-of-cy", "name": "Cy"}


def act(kind: str, second: float, content: dict[str, Any], role: str = Role.PROCTOR) -> Act:
    return make(kind, content, participant_id="p", actor="c", role=role, at=at(second))


def with_whom(*acts: Act, now: float = 100.0) -> str:
    claim = duty(acts).claim
    return claim.name if claim and claim.holds(at(now)) else ""


def test_nobody_is_with_a_candidate_whom_nobody_claimed() -> None:
    assert duty([]) == NOBODY


def test_whoever_comes_first_has_a_candidate_and_the_other_does_not() -> None:
    assert with_whom(act("claim", 1, BO), act("claim", 2, CY)) == "Bo"


def test_only_who_has_a_candidate_lets_go_and_the_server_for_a_desk_that_closed() -> None:
    claimed = act("claim", 1, BO)
    assert with_whom(claimed, act("release", 2, CY)) == "Bo"
    assert with_whom(claimed, act("release", 2, BO)) == ""
    assert with_whom(claimed, act("release", 2, {"desk": BO["desk"]}, SERVER)) == ""
    assert with_whom(claimed, act("release", 2, BO), act("claim", 3, CY)) == "Cy"


def test_a_candidate_is_handed_over_by_who_has_them() -> None:
    to_cy = {**BO, "to": CY["desk"], "to_name": CY["name"]}
    assert with_whom(act("hand_over", 2, to_cy)) == ""
    assert with_whom(act("claim", 1, BO), act("hand_over", 2, to_cy)) == "Cy"
    assert with_whom(act("claim", 1, CY), act("hand_over", 2, to_cy)) == "Cy"


def test_a_claim_without_a_sign_is_over_and_a_look_is_a_sign() -> None:
    over = CLAIMED_FOR.total_seconds()
    assert with_whom(act("claim", 0, BO), now=over - 1) == "Bo"
    assert with_whom(act("claim", 0, BO), now=over) == ""
    assert with_whom(act("claim", 0, BO), act("looked", 60, BO), now=over) == "Bo"
    assert with_whom(act("claim", 0, BO), act("looked", 60, CY), now=over) == ""
    assert with_whom(act("claim", 0, BO), act("claim", over, CY), now=over) == "Cy"


def test_of_each_incident_the_newest_decision_counts() -> None:
    found = duty(
        [
            act("looked", 1, {**BO, "incident": "i", "outcome": "nothing"}),
            act("looked", 2, {**CY, "incident": "i", "outcome": "review"}),
            act("looked", 3, BO),
        ]
    )
    assert (found.decided["i"].outcome, found.decided["i"].name) == ("review", "Cy")
    assert found.looked_at == at(3)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["claim", "release", "looked", "hand_over"]),
            st.integers(0, 3000),
            st.booleans(),
        ),
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_order_and_repeats_change_nothing(said: list[tuple[str, int, bool]], chance: Any) -> None:
    acts = []
    for kind, second, is_bo in said:
        one, other = (BO, CY) if is_bo else (CY, BO)
        to = {"to": other["desk"], "to_name": other["name"]} if kind == "hand_over" else {}
        acts.append(act(kind, second, one | to))
    mixed = [*acts, *acts]
    chance.shuffle(mixed)
    assert duty(mixed) == duty(acts)


# --- desks that are open -----------------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "GONE_AFTER_S", 0.0)


def test_a_desk_is_known_while_it_is_open_and_by_its_newest_name(services, meeting, soon) -> None:  # type: ignore[no-untyped-def]
    desks = services.desks
    with desks.watching(meeting.id, DeskName("desk-of-bo", "")):
        desks.call(meeting.id, "desk-of-bo", "Bo")
        with desks.watching(meeting.id):
            assert desks.here(meeting.id) == [DeskName("desk-of-bo", "Bo")]
        assert desks.gone() == []
    time.sleep(0.01)
    assert desks.gone() == [(meeting.id, "desk-of-bo")]
    assert (desks.gone(), desks.here(meeting.id)) == ([], [])


def test_a_desk_that_closed_lets_go_of_its_candidates(services, meeting, ada, soon) -> None:  # type: ignore[no-untyped-def]
    with services.desks.watching(meeting.id, DeskName(BO["desk"], "Bo")):
        claim = make("claim", BO, participant_id=ada.id, at=datetime.now(UTC))
        services.acting.by_server(ada, claim)
        services._do_what_is_due(datetime.now(UTC))
        assert services.ledger.duties(meeting.id)[ada.id].claim
    time.sleep(0.01)
    services._do_what_is_due(datetime.now(UTC))
    assert services.ledger.duties(meeting.id)[ada.id].claim is None
    assert [one.kind for one in services.store.acts(ada.id)] == ["claim", "release"]
