"""The load generator: its clips, its arithmetic, and one whole run against a real server."""

import asyncio
import json

import av
import pytest

from proctoring.cli import main
from proctoring.live.capture import SENT_PER_S
from proctoring.live.codecs import PACKET_MS
from proctoring.load import report
from proctoring.load.clip import PCM_RATE, PCM_S, Clip, Piece, encode
from proctoring.load.metrics import Reading, lag_at, reading_of
from proctoring.load.page import Page, PageError, address_of
from proctoring.load.playing import Playing
from proctoring.load.plots import delays, load
from proctoring.load.results import Judged, Row, incidents, judge, percentiles, server
from proctoring.load.run import Plan, Run
from proctoring.load.scenarios import DEMO, KNOWN, BadScenario, Scenario, Stretch, scenario_of

SHORT = Scenario("short", from_s=14.0, to_s=18.0, stretches=(Stretch("multiple_faces", 2, 4),))


# scenarios and clips -----------------------------------------------------------------------


def test_the_known_scenarios_lie_within_the_bundled_recording():
    with av.open(str(DEMO)) as file:
        length_s = file.duration / av.time_base
    for one in KNOWN.values():
        played_s = (one.to_s or length_s) - one.from_s
        assert 0 < played_s <= length_s
        assert all(0 <= s.from_s < s.to_s <= played_s + 0.1 for s in one.stretches)


@pytest.mark.parametrize("text", ["multiple_faces", "multiple_faces:3", "x:9-3", ":1-2", "a:b-c"])
def test_a_stretch_that_cannot_be_read_is_named(text):
    with pytest.raises(BadScenario):
        scenario_of("exam", stretches=(text,))


def test_a_scenario_or_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadScenario, match="two-faces"):
        scenario_of("nothing")
    with pytest.raises(BadScenario, match=r"none\.mp4"):
        scenario_of("", tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("this is no recording")
    with pytest.raises(BadScenario, match=r"text\.mp4"):
        encode(scenario_of("", tmp_path / "text.mp4"), "webrtc")


def test_a_clip_for_webrtc_is_what_a_browser_would_send():
    clip = encode(SHORT, "webrtc")
    assert clip.duration_s == pytest.approx(4.0, abs=0.2)
    assert clip.video[0].is_key
    assert 2 <= sum(piece.is_key for piece in clip.video) < len(clip.video) / 5
    assert len(clip.video) == pytest.approx(SENT_PER_S * clip.duration_s, abs=2)
    assert len(clip.audio) == pytest.approx(clip.duration_s * 1000 / PACKET_MS, abs=2)
    decoder = av.CodecContext.create("libvpx", "r")
    pictures = [f for piece in clip.video for f in decoder.decode(av.Packet(piece.data))]
    assert {(one.width, one.height) for one in pictures} == {(640, 480)}


def test_a_clip_for_snapshots_is_pictures_and_half_seconds():
    clip = encode(SHORT, "snapshots")
    assert all(piece.data[:2] == b"\xff\xd8" for piece in clip.video)
    assert {len(piece.data) for piece in clip.audio} == {round(2 * PCM_RATE * PCM_S)}


# playing -----------------------------------------------------------------------------------


def made_clip(seconds=4, per_s=2):
    pieces = tuple(Piece(i / per_s, b"x", i % per_s == 0) for i in range(seconds * per_s))
    return Clip(float(seconds), pieces, pieces)


def test_a_clip_is_played_from_a_picture_that_needs_no_other_and_goes_on_from_its_beginning():
    playing = Playing(made_clip(), 1.5, (), lambda sent: None)
    pieces = playing.clip.video
    first = playing.first(pieces)
    assert pieces[first].t == 2.0
    due = [playing.due_s(pieces, first + step) for step in range(9)]
    assert due == [step / 2 for step in range(9)]


def test_the_beginning_of_a_stretch_is_told_in_every_round_and_once():
    told = []

    async def play():
        playing = Playing(made_clip(), 0.0, (Stretch("no_face", 1.0, 2.0),), told.append)
        pieces = playing.clip.video
        for number in range(3 * len(pieces)):
            playing.note(pieces, number - 1, number)

    asyncio.run(play())
    assert [one.stretch.kind for one in told] == ["no_face"] * 3


def test_a_candidate_who_begins_in_the_middle_of_a_stretch_has_not_begun_it():
    told = []

    async def play():
        playing = Playing(made_clip(), 1.4, (Stretch("no_face", 1.0, 3.0),), told.append)
        pieces = playing.clip.video
        first = playing.first(pieces)
        playing.note(pieces, first - 1, first)

    asyncio.run(play())
    assert told == []


# results -----------------------------------------------------------------------------------


def row(name="Ann", since=0.0, sent=(), **changes):
    values = {"state": "sending", "problem": "", "disconnects": 0, "late": 0}
    return Row(name=name, sending_since=since, sent=tuple(sent), **values | changes)


def test_each_stretch_takes_the_first_incident_of_its_kind_and_no_other():
    rows = [row("Ann", sent=[("no_face", 10.0), ("no_face", 40.0)]), row("Bea")]
    came = [("Ann", "no_face", 13.0), ("Ann", "whisper", 14.0), ("Bea", "no_face", 12.0)]
    judged, others = judge(rows, came, end_s=100.0)
    assert [one.delay_s for one in judged] == [3.0, None]
    assert others == {"whisper": 1, "no_face": 1}


def test_a_stretch_is_not_expected_of_who_just_came_or_of_what_is_over():
    rows = [row("Ann", since=5.0, sent=[("no_face", 10.0), ("no_face", 95.0)])]
    judged, _ = judge(rows, [], end_s=100.0)
    assert judged == []
    assert judge([row(since=None, sent=[("no_face", 1.0)])], [], 100.0)[0] == []


def test_the_rules_own_time_is_told_apart():
    judged = [Judged("Ann", "no_face", 0.0, 5.0), Judged("Ann", "no_face", 9.0, None)]
    told = incidents(judged, {}, {"no_face": 4.0})
    assert (told["expected"], told["found"]) == (2, 1)
    assert told["delay_s"]["p50"] == 5.0
    assert told["beyond_rule_s"]["max"] == 1.0
    assert told["by_kind"]["no_face"]["found"] == 1
    assert incidents([], {}, {})["delay_s"] == {}


def test_percentiles_are_of_the_values_themselves():
    assert percentiles([]) == {}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    assert percentiles(list(range(1, 101))) == {"p50": 50, "p95": 95, "p99": 99, "max": 100}


METRICS = """# TYPE openproctor_info gauge
openproctor_info{version="1.0"} 1
openproctor_cpu_seconds_total 12.5
openproctor_memory_bytes 200000000
openproctor_workers_cpu_seconds_total 2.5
openproctor_workers_memory_bytes 50000000
openproctor_samples_dropped 3
openproctor_degradation_rung 2
openproctor_loop_lag_seconds_bucket{le="0.01"} 90
openproctor_loop_lag_seconds_bucket{le="0.1"} 99
openproctor_loop_lag_seconds_bucket{le="+Inf"} 100
openproctor_loop_lag_seconds_count 100
"""


def test_metrics_are_read_as_prometheus_writes_them():
    found = reading_of(METRICS, 7.0)
    assert (found.cpu_s, found.memory, found.dropped, found.rung) == (15.0, 250_000_000, 3, 2)
    before = Reading(0.0, 0.0, -1, 0, ())
    assert lag_at(before, found, 50) == pytest.approx(0.01 * 50 / 90)
    assert lag_at(before, found, 95) == pytest.approx(0.01 + 0.09 * 5 / 9)
    assert lag_at(before, found, 99.9) == 0.1  # beyond the last bound nothing is known
    assert lag_at(found, found, 50) is None


def test_what_the_server_took_is_told_per_candidate():
    before = Reading(0.0, 1.0, 100_000_000, 0, ())
    readings = [Reading(10.0, 2.0, 0, 1, ()), Reading(20.0, 6.0, 180_000_000, 4, (), 1)]
    told = server(before, readings, 4)
    assert told["cpu_ms_per_candidate_s"] == 100
    assert told["memory_mb_per_candidate"] == 20
    assert told["dropped"] == 3
    assert told["lowest_rung"] == 1
    assert server(before, readings[:1], 4) == {}
    assert "memory_mb" not in server(None, readings, 4)


def test_memory_that_grows_for_as_long_as_it_runs_is_told_by_the_hour():
    def run(memory_of):
        readings = [Reading(t, t / 10, memory_of(t), 0, ()) for t in range(0, 1801, 10)]
        return server(None, readings, 4).get("memory_mb_per_hour")

    assert run(lambda t: 200_000_000 + t * 1_000) == pytest.approx(3.6)
    assert run(lambda t: 200_000_000 + min(t, 800) * 100_000) == 0
    assert run(lambda t: -1) is None
    short = [Reading(t, t / 10, t * 1_000_000, 0, ()) for t in range(0, 300, 10)]
    assert "memory_mb_per_hour" not in server(None, short, 4)


def test_a_report_is_written_of_a_run_that_was_cut_short(tmp_path):
    run = Run(Plan(2, "webrtc", 10.0, KNOWN["calm"], "http://localhost/exam", "http://x/desk"))
    told = report.values(run, {})
    report.write(run, told, tmp_path / "new" / "report")
    kept = json.loads((tmp_path / "new" / "report" / "report.json").read_text())
    assert kept["candidates"]["sending"] == 0
    assert "<svg" not in (tmp_path / "new" / "report" / "report.html").read_text()
    assert any("0 of 2 candidates" in line for line in report.lines(told))


def test_the_plots_show_what_was_found_and_what_was_not():
    found = delays([Judged("Ann", "no_face", 0.0, 5.0), Judged("Bea", "no_face", 9.0, None)])
    assert "1 of 2" in found.label
    readings = [Reading(float(i), i * 0.5, 0, 0, ()) for i in range(4)]
    assert "0.50 cores" in load(readings).label


# pages and bad input -----------------------------------------------------------------------


def test_sockets_are_those_of_the_links_own_server():
    assert address_of("https://x.org/exam?meeting=1", "/api/exam") == (
        "wss://x.org/api/exam",
        "https://x.org",
    )
    assert address_of("http://h:81/base/exam", "/api/exam")[0] == "ws://h:81/base/api/exam"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--candidates", "0"], "--candidates"),
        (["--candidates", "9999"], "--candidates"),
        (["--seconds", "0"], "--seconds"),
        (["--scenario", "nothing"], "no scenario"),
        (["--bad", "nothing:1-2"], "no kind of incident"),
        (["--clip", "none.mp4"], "no file"),
        (["--url", "exams.example.org", "--key", "x"], "http"),
        (["--url", "http://localhost:9"], "--key"),
        (["--url", "http://localhost:9", "--key", "x"], "No server answers"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_the_status_2(arguments, says, capsys):
    assert main(["load", *arguments]) == 2
    problem = capsys.readouterr().err.strip()
    assert says in problem
    assert "\n" not in problem


def test_a_server_that_is_away_is_one_sentence():
    with pytest.raises(PageError, match="No server answers at localhost:9"):
        asyncio.run(Page.open("http://localhost:9/exam?meeting=x"))
