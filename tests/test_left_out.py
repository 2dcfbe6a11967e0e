"""A limit that is chosen without what it is reported on."""

import math

import pytest

from benchmarks.left_out import Case, choose, left_out


def cases(*scores, is_positive):
    return [Case(frozenset({name}), score, is_positive) for name, score in scores]


APART = cases(("a", 0.9), ("b", 0.8), is_positive=True) + cases(
    ("c", 0.1), ("d", 0.2), ("e", -math.inf), is_positive=False
)


def test_the_limit_lies_in_the_middle_of_the_widest_gap():
    assert choose(APART) == pytest.approx(0.5)


def test_what_is_left_out_has_no_part_in_its_limit():
    told = left_out(APART)
    assert (told.found, told.positives, told.false, told.negatives) == (2, 2, 0, 3)
    assert told.lowest == pytest.approx(0.45)
    assert told.highest == pytest.approx(0.55)


def test_one_that_only_its_own_limit_would_find_is_missed():
    told = left_out([*APART, *cases(("f", 0.3), is_positive=True)])
    assert (told.found, told.positives) == (2, 3)


def test_a_row_says_what_was_left_out_and_between_which_limits():
    row = left_out(APART).row("as it is", "five pictures", "image")
    assert row["condition"] == "as it is, its limit chosen without it"
    assert row["set"] == "five pictures; limit 0.45 to 0.55"


def test_of_one_kind_alone_no_limit_can_be_chosen():
    with pytest.raises(ValueError, match="nothing to choose"):
        choose(cases(("a", 0.9), ("b", 0.1), is_positive=True))
