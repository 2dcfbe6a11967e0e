"""The load generator against a real server of its own: links, pages, sockets and media."""

import json

import pytest

from proctoring.cli import main


@pytest.mark.parametrize("mode", ["webrtc", "snapshots"])
def test_a_made_up_candidate_sits_the_exam_as_a_browser_would(mode, tmp_path, capsys):
    asked = ["--candidates", "1", "--mode", mode, "--scenario", "calm", "--seconds", "6", "--json"]
    assert main(["load", *asked, "--out", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["candidates"]["failed"] == []
    assert told["candidates"]["sending"] == 1
    assert told["candidates"]["disconnects"] == 0
    assert told["is_whole"]
    assert told["server"]["cpu_ms_per_candidate_s"] > 0
    assert told["server"]["loop_lag_ms"]["p99"] >= told["server"]["loop_lag_ms"]["p50"]
    assert json.loads((tmp_path / "report.json").read_text()) == told
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_an_exam_that_is_over_or_not_there_is_one_line(running, capsys):
    for path in ("/exam?meeting=nothing", f"/exam?meeting={running.over}"):
        link = f"{running.url}{path}"
        assert main(["load", "--candidates", "1", "--seconds", "5", "--link", link]) == 2
    said = capsys.readouterr().err
    assert "leads to no exam" in said
    assert "closed" in said
    assert main(["load", "--url", running.url, "--key", "wrong", "--seconds", "5"]) == 2
    assert "makes no exam with this key" in capsys.readouterr().err


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    from dataclasses import dataclass
    from datetime import UTC, datetime, timedelta

    from live import running_server

    @dataclass
    class Running:
        url: str
        over: str

    data = tmp_path_factory.mktemp("server") / "data"
    with running_server(data) as server:
        now = datetime.now(UTC)
        long_ago = {"opens_at": now - timedelta(days=2), "closes_at": now - timedelta(days=1)}
        yield Running(server.url, server.make_meeting(**long_ago).meeting_id)
