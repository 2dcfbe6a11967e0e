"""The simulation of many servers: against what queueing theory says, and what must not happen."""

import random
from dataclasses import replace

import pytest
import simpy
from material import ROOT

from benchmarks import simulation
from benchmarks.simulated_exam import NOTHING_SEEN, RESTARTS_S, Exam, Plan, Told, servers_for
from benchmarks.simulated_server import Seat, Server, pause_s
from benchmarks.simulated_work import DOCUMENTED, Load, Shape
from proctoring.capacity.admission import Limit, room_of
from proctoring.capacity.figures import LOAD, Capacity, Costs, Mode
from proctoring.rungs import Rung
from proctoring.types import VideoFrame

COSTS = Costs(
    camera={"full": 70.0, "light": 60.0, "snapshots": 45.0},
    sound=20.0,
    webrtc=50.0,
    jpeg=2.0,
    attending=10.0,
)
CAPACITY = Capacity("", "", 2, "", "", efficiency=0.8, costs=COSTS)  # carries 7
HASTY = {"arrive_s": 10.0, "settle_s": 5.0, "calm_s": 30.0, "after_s": 40.0}


def play(candidates: int, servers: int, *, seed: int = 1, **changes) -> Told:
    plan = Plan(candidates, servers, **{"by_lot": False, **HASTY, **changes})
    return Exam(plan, Load(CAPACITY, Shape()), seed).run()


# queues ------------------------------------------------------------------------------------


def mean_wait(cores: int, multiples: list[float], service_s: float, used: float) -> float:
    """For a core, of pictures that come from as many candidates at random (a Poisson process)."""
    costs = Costs({mode.value: 4e3 * service_s for mode in Mode}, 0.0, 0.0, 0.0, 0.0)
    load = Load(
        replace(CAPACITY, cores=cores, efficiency=1.0, costs=costs), Shape(tuple(multiples))
    )
    env, draw = simpy.Environment(), random.Random(3)
    server = Server(env, load)

    def come():
        for number in range(len(multiples)):
            yield env.timeout(draw.expovariate(used * cores / service_s))
            seat = Seat(load, draw)
            server.seat(seat)
            seat.pictures = number
            server.offer(seat, VideoFrame(env.now, NOTHING_SEEN))

    env.process(come())
    env.run()
    assert server.taken == len(multiples)
    return server.waited_s / server.taken


def test_equal_pictures_wait_as_long_as_a_queue_m_d_1_says():
    used, service_s = 0.7, 0.02
    expected = used * service_s / (2 * (1 - used))
    assert mean_wait(1, [1.0] * 20_000, service_s, used) == pytest.approx(expected, rel=0.07)


def test_pictures_of_any_cost_wait_as_long_as_a_queue_m_m_2_says():
    used, service_s, draw = 0.6, 0.02, random.Random(4)
    multiples = [draw.expovariate(1) for _ in range(20_000)]
    expected = 2 * used**2 / (1 + used) * service_s / (2 * (1 - used))  # Erlang's C for two
    assert mean_wait(2, multiples, service_s, used) == pytest.approx(expected, rel=0.1)


def test_as_much_of_the_cores_is_used_as_the_candidates_cost():
    told = play(5, 1)
    expected = 5 * COSTS.of(Mode.FULL) / 1000 / (2 * CAPACITY.efficiency)
    assert told.used == pytest.approx(expected, rel=0.02)


# the start ---------------------------------------------------------------------------------


def test_whoever_finds_no_room_waits_and_nobody_else_is_the_slower_for_it():
    room = room_of(Limit("auto"), CAPACITY)
    assert room.full == 7
    told = play(9, 1)
    assert (told.waited, told.still_wait) == (2, 2)
    assert told.fullest <= LOAD
    assert play(7, 1).waited == 0


def test_a_lot_needs_more_servers_than_placing_evenly():
    room = room_of(Limit("auto"), CAPACITY)
    assert servers_for(70, room, by_lot=False) == 10
    assert servers_for(71, room, by_lot=False) == 11
    assert servers_for(70, room, by_lot=True) > 10
    assert servers_for(1, room, by_lot=True) == 1


# a death -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by_lot", [True, False])
def test_nobody_is_lost_with_their_server(by_lot):
    told = play(30, 6, by_lot=by_lot)
    assert told.moved >= 5
    assert told.lost == 0
    shortest = 0.75 * 0.5 + 2.0  # the page's first pause, and the stream's beginning
    assert shortest < told.away_s[0] <= told.away_s[-1] < 10


def test_it_is_noticed_if_pages_do_not_come_back(monkeypatch):
    monkeypatch.setattr(Exam, "_next", lambda self: None)
    told = play(12, 3)
    assert told.lost == told.moved == 4


def test_a_server_alone_takes_its_candidates_again_when_it_has_started():
    told = play(3, 1)
    assert (told.moved, told.lost) == (3, 0)
    assert told.away_s[0] > RESTARTS_S


def test_a_machine_that_vanishes_is_noticed_later_than_a_process_that_ends():
    assert play(12, 4, vanishes=True).away_s[0] > play(12, 4).away_s[0] + 5


def test_two_servers_in_one_are_too_much_for_it_so_it_looks_less_and_keeps_all():
    told = play(14, 2)
    assert told.moved == 7
    assert told.fullest_after > 1
    assert told.given_way > 0.01
    assert told.rung > Rung.ALL
    assert told.lost == 0
    assert told.delays_after_s[2] > told.delays_s[2]
    calmer = play(8, 2)
    assert (calmer.given_way, calmer.rung) == (0, Rung.ALL)


# the program -------------------------------------------------------------------------------


def test_a_seed_tells_all():
    assert play(12, 3, seed=5) == play(12, 3, seed=5)
    assert play(12, 3, seed=5) != play(12, 3, seed=6)


def test_pages_wait_ever_longer_and_not_all_alike():
    draw = random.Random(0)
    first, later = ([pause_s(tries, draw) for _ in range(200)] for tries in (0, 9))
    assert 0.375 <= min(first) < max(first) <= 0.625
    assert 6 <= min(later) < max(later) <= 10


def test_a_picture_after_a_gap_costs_what_was_measured_with_so_many():
    load = Load(CAPACITY, Shape(camera=(1.0, 0.8, 0.4)))
    assert load.picture_s(0.25, Mode.FULL, Rung.ALL) == pytest.approx(0.070 / 4)
    assert load.picture_s(0.5, Mode.FULL, Rung.ALL) == pytest.approx(0.060 / 2)
    assert load.picture_s(9.0, Mode.FULL, Rung.ALL) == pytest.approx(0.045)
    assert load.picture_s(0.25, Mode.FULL, Rung.RARER_LOOKS) == pytest.approx(0.8 * 0.070 / 4)
    assert load.picture_s(1.0, Mode.FULL, Rung.FEWER_PICTURES) == pytest.approx(0.4 * 0.070)
    assert load.picture_s(1.0, Mode.SNAPSHOTS, Rung.ALL) == pytest.approx(0.047)


def test_the_table_tells_what_is_measured_and_what_is_simulated(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["simulation", "--even", "--candidates", "1,8"])
    simulation.main()
    said = capsys.readouterr().out
    assert "Measured (docs/measurements.md)" in said
    assert "Simulated: all that follows, seed 1." in said
    assert said.count("| evenly |") == said.count("| by lot |") == 4


def test_what_is_taken_as_measured_is_what_the_document_says():
    text = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")
    section = text.partition("## What a live candidate costs")[2].partition("\n## ")[0]
    costs = DOCUMENTED.costs
    for ms in (*costs.camera.values(), costs.sound, costs.webrtc, costs.jpeg):
        assert f"| {ms:.1f} |" in section
    assert f"{DOCUMENTED.efficiency:.3f} could be used" in section
