"""How often a stranger may try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proctoring.access.limits import MOST_KEYS, Lockout, Rate


def test_a_burst_is_allowed_and_then_one_at_a_time() -> None:
    rate = Rate(per_s=0.5, burst=3)
    assert [rate.wait_s("ip", 0.0) for _ in range(4)] == [0, 0, 0, 2.0]
    assert rate.wait_s("ip", 1.0) == 1.0
    assert rate.wait_s("ip", 2.0) == 0


def test_each_key_has_its_own_rate() -> None:
    rate = Rate(per_s=1, burst=1)
    assert rate.wait_s("a", 0.0) == rate.wait_s("b", 0.0) == 0
    assert rate.wait_s("a", 0.0) > 0


@given(st.lists(st.floats(0, 10), max_size=60), st.integers(1, 5), st.floats(0.1, 5))
def test_no_pattern_of_asking_gets_more_than_the_rate(
    gaps_s: list[float], burst: int, per_s: float
) -> None:
    rate, now_s, done = Rate(per_s, burst), 0.0, 0
    for gap_s in gaps_s:
        now_s += gap_s
        done += rate.wait_s("ip", now_s) == 0
    assert done <= burst + per_s * now_s + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away_and_locks_nobody_out() -> None:
    rate = Rate(per_s=1, burst=1)
    rate.wait_s("ip", 100.0)
    assert 0 < rate.wait_s("ip", 50.0) <= 1
    assert rate.wait_s("ip", 51.0) == 0


def test_a_few_wrong_tries_are_free_and_then_each_waits_twice_as_long() -> None:
    lockout = Lockout(free=3, longest_s=60)
    waits = []
    for _ in range(10):
        lockout.failed("ip", 0.0)
        waits.append(lockout.wait_s("ip", 0.0))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert lockout.wait_s("ip", 59.0) == 1
    assert lockout.wait_s("ip", 61.0) == 0
    assert lockout.wait_s("another", 0.0) == 0


def test_after_a_quiet_while_the_slate_is_clean() -> None:
    lockout = Lockout(free=2, forgotten_s=900)
    for _ in range(5):
        lockout.failed("ip", 0.0)
    lockout.failed("ip", 1000.0)
    assert lockout.wait_s("ip", 1000.0) == 0


def test_a_flood_of_addresses_costs_no_memory() -> None:
    rate, lockout = Rate(1, 1), Lockout(free=1)
    for number in range(MOST_KEYS + 500):
        rate.wait_s(str(number), 0.0)
        lockout.failed(str(number), 0.0)
    assert len(rate._buckets) == len(lockout._records) == MOST_KEYS
