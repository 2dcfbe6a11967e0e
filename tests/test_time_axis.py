import pytest

from proctoring.time_axis import MOST_TICKS, STEPS_S, clock, tick_s


@pytest.mark.parametrize(("seconds", "written"), [(5, "0:05"), (125, "2:05"), (3725, "1:02:05")])
def test_a_time_is_written_as_a_clock_has_it(seconds, written):
    assert clock(seconds) == written


@pytest.mark.parametrize("duration_s", [0.5, 12, 13, 3600, 6 * 3600])
def test_times_stand_as_near_as_there_is_room_for(duration_s):
    step = tick_s(duration_s)
    assert duration_s / step <= MOST_TICKS
    nearer = [other for other in STEPS_S if other < step]
    assert not nearer or duration_s / nearer[-1] > MOST_TICKS
