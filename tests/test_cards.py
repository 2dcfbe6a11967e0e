"""Error-rate cards: what they say is what runs, and what people read is what they say."""

from __future__ import annotations

import pkgutil

import pytest
from making import occurrence
from material import ROOT

from benchmarks.card_page import page, ratio, with_figures
from benchmarks.cards import PAGE
from proctoring import cards, views
from proctoring.analysers import rules_by_kind
from proctoring.cards import all_cards, as_card, card_of, figure, percent, poisson, wilson
from proctoring.perception.models import MODELS
from proctoring.types import Incident

REDO = "measure it anew: python -m benchmarks.cards"
KINDS = sorted(rules_by_kind())


def made(*rows: dict[str, object]) -> cards.Card:
    return as_card(
        {
            "kind": "multiple_faces",
            "signal": "face_count",
            "threshold": {},
            "model_sha256": {},
            "chosen_on": "other pictures",
            "rows": rows,
        }
    )


def row(condition="all", found=(0, 0), false=(0, 0), hours=0.0):
    return {
        "condition": condition,
        "set": "made up",
        "n_positive": found[1],
        "found": found[0],
        "n_negative": false[1],
        "false": false[0],
        "unit": "hour" if hours else "image",
        "hours": hours,
    }


@pytest.fixture
def card(monkeypatch):
    def put(*rows):
        monkeypatch.setattr(cards, "card_of", lambda kind: made(*rows))

    return put


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_incident_has_a_card_with_its_running_threshold(kind):
    rule, found = rules_by_kind()[kind], card_of(kind)
    assert found, REDO
    assert found.signal == rule.signal
    for name, value in found.threshold.items():
        assert getattr(rule, name) == value, f"{kind}.{name} has changed: {REDO}"
    assert {"enter_at", "exit_at", "enter_after_s"} <= found.threshold.keys()


@pytest.mark.parametrize("kind", sorted(all_cards()))
def test_a_card_is_of_the_models_and_constants_that_run(kind):
    assert kind in KINDS, f"no analyser has {kind} any more: delete its card"
    for name, sha256 in all_cards()[kind].model_sha256.items():
        assert MODELS[name].sha256 == sha256, f"{name} is another model now: {REDO}"
    for name, value in all_cards()[kind].constants.items():
        assert pkgutil.resolve_name(name) == pytest.approx(value), f"{name} has changed: {REDO}"


def test_the_page_is_made_of_the_cards():
    made_of = page(list(all_cards().values()))
    assert PAGE.read_text(encoding="utf-8") == made_of, "python -m benchmarks.cards --page"


def test_the_readme_says_what_the_cards_say():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_figures(readme), "python -m benchmarks.cards --page"
    lines = readme.splitlines()
    for kind in all_cards():
        if rules_by_kind()[kind].category == "conduct" and figure(kind):
            assert sum(line.startswith(f"| `{kind}` |") for line in lines) == 1, kind


def test_the_desk_is_told_the_figure_of_an_incidents_kind():
    shown = views.incident(Incident((occurrence(kind="multiple_faces"),)), {}, {})
    assert shown["figure"] == figure("multiple_faces")
    assert shown["figure"].startswith("at this setting ")


def test_a_figure_tells_both_sides_with_their_numbers(card):
    card(row(found=(26, 27), false=(2, 39)), row("whole recordings", (3, 3), hours=2.0))
    assert figure("multiple_faces") == "at this setting 96 % found (n 27), 0.0 false per hour"


def test_less_than_an_hour_of_recordings_is_not_called_a_rate(card):
    card(row(found=(27, 27), false=(2, 39)), row("whole recordings", (1, 1), hours=0.2))
    assert figure("multiple_faces") == (
        "at this setting 100 % found (n 27), 5 % false (n 39), none false in 12 min of recordings"
    )


def test_a_figure_can_be_of_one_condition(card):
    card(row(found=(27, 27)), row("dark", (20, 27), (0, 39)))
    assert figure("multiple_faces", "dark") == "at this setting 74 % found (n 27), 0 % false (n 39)"


def test_nothing_is_said_where_nothing_was_measured(card):
    assert figure("never_measured") == ""
    card()
    assert figure("multiple_faces") == ""


def test_a_share_is_never_rounded_to_all_or_none():
    assert percent(999, 1000) == "99.9 %"
    assert percent(1, 1000) == "0.1 %"
    assert percent(9999, 10000) == "99.9 %"
    assert percent(2, 39) == "5 %"
    assert percent(0, 9) == "0 %"
    assert percent(9, 9) == "100 %"


def test_intervals_are_the_textbooks():
    assert wilson(2, 39) == pytest.approx((0.0142, 0.1689), abs=1e-3)
    assert wilson(27, 27) == pytest.approx((0.8754, 1.0), abs=1e-3)
    assert poisson(0, 2.0) == pytest.approx((0.0, 3.689 / 2), abs=1e-3)
    assert poisson(3, 1.0) == pytest.approx((0.6187, 8.7673), abs=1e-3)


def test_groups_are_compared_by_the_ratio_of_their_shares():
    assert ratio([(4, 10), (1, 10)]) == "4.0"
    assert ratio([(4, 10), (0, 10)]) == "∞"
    assert ratio([(0, 10), (0, 10)]) == "–"
    assert ratio([(4, 10), (0, 0)]) == "–"
