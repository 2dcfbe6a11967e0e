"""What a replay leaves for people: observations, an annotated video, a timeline."""

from __future__ import annotations

import io
import json
from xml.etree import ElementTree

import av
import cv2
import numpy as np
import pytest
from material import SMALL

from proctoring.cli import main
from proctoring.media import read_frames
from proctoring.perception.scene import Scene
from proctoring.policy.presets import PRESETS
from proctoring.replay import Watchers, replay
from proctoring.report.film import Film
from proctoring.report.folder import Folder
from proctoring.report.marks import GAZE_COLOUR, annotated
from proctoring.report.observations import ObservationLog
from proctoring.report.png import png
from proctoring.report.svg import svg
from proctoring.report.timeline import draw, lanes
from proctoring.report.tracks import MOST_BUCKETS, Track, Tracks
from proctoring.signal_names import named
from proctoring.types import Observation, VideoFrame

CLIP = SMALL / "scenarios" / "second_person.mp4"  # a second face from 10 s to 20 s
SIGNALS = ("faces", "speakers")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The clip replayed once, with everything that can be written."""
    folder, log = tmp_path_factory.mktemp("replay"), io.StringIO()
    with Folder(folder, has_sound=True) as out:
        watcher = Watchers([out, ObservationLog(log)])
        result = replay(CLIP, None, PRESETS["standard"], signals=SIGNALS, watcher=watcher)
    names = out.write(CLIP.name, result)
    return folder, result, names, [json.loads(line) for line in log.getvalue().splitlines()]


def test_every_observation_is_told_with_its_analyser(written):
    *_, lines = written
    assert {"face_count", "speaker_count", "picture_detail"} <= {line["signal"] for line in lines}
    counts = [line for line in lines if line["signal"] == "face_count"]
    assert {line["analyser"] for line in counts} == {"faces"}
    assert {line["value"] for line in counts} == {1.0, 2.0}
    assert [line["t"] for line in counts] == sorted(line["t"] for line in counts)


def test_an_abstention_is_told_with_its_reason(written):
    *_, lines = written
    abstained = [line for line in lines if line["abstained"]]
    assert abstained
    assert all(line["value"] is None and line["reason"] for line in abstained)
    assert all(line["value"] is not None for line in lines if not line["abstained"])


def test_the_annotated_video_has_the_pictures_that_were_looked_at_and_the_sound(written):
    folder, result, *_ = written
    with av.open(str(folder / "annotated.mp4")) as film:
        assert film.streams.video[0].codec_context.name in ("h264", "mjpeg")
        assert film.streams.audio[0].codec_context.name == "aac"
        times = [frame.time for frame in film.decode(video=0)]
    assert len(times) == pytest.approx(4 * result.duration_s, rel=0.1)
    assert times[-1] == pytest.approx(result.duration_s, abs=0.5)


def test_the_annotated_video_is_marked_where_something_lasts(written):
    """Against the clip itself: the banner is in its upper left corner."""
    folder, *_ = written
    shown = {round(f.t, 1): f.image for f in read_frames(folder / "annotated.mp4", 4)}
    plain = {round(f.t, 1): f.image for f in read_frames(CLIP, 4)}

    def changed(t):
        corner = np.s_[2:18, 4:120]
        return float(np.abs(shown[t][corner].astype(int) - plain[t][corner]).mean())

    assert changed(15.0) > 5 * changed(5.0)


def test_the_timeline_is_a_picture_that_opens(written):
    folder, *_ = written
    plot = cv2.imread(str(folder / "timeline.png"))
    assert plot.shape[1] == 2480
    assert plot.std() > 10


def test_the_page_names_incidents_and_links_what_was_kept(written):
    folder, result, names, _ = written
    text = (folder / "timeline.html").read_text()
    for incident in result.incidents:
        assert incident.first.title in text
    for name in names.values():
        assert (folder / name).exists()
        assert f'href="{name}"' in text
    assert 'src="annotated.mp4"' in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")  # nothing from elsewhere


def test_a_timeline_has_a_lane_for_each_signal_with_conduct_first(written):
    _, result, *_ = written
    found = lanes(result, {})
    assert {lane.signal for lane in found} == set(result.coverage)
    assert [lane.is_conduct for lane in found] == sorted(
        (lane.is_conduct for lane in found), reverse=True
    )
    by_signal = {lane.signal: lane for lane in found}
    assert [i.kind for i in by_signal["face_count"].incidents] == ["multiple_faces"]


def test_a_name_cannot_break_out_of_the_drawing(written):
    _, result, *_ = written
    drawing = draw("<script>\"&'.mp4", result, {})
    texts = [node.text for node in ElementTree.fromstring(svg(drawing)).iter() if node.text]
    assert "<script>\"&'.mp4" in texts
    assert png(drawing).startswith(b"\x89PNG")


def test_a_track_keeps_extremes_however_long_the_recording_is():
    track = Track()
    for step in range(4 * 3600 * 4):  # four hours
        track.add(step / 4, 9.0 if step == 20_001 else 1.0)
    points = [point for line in track.lines() for point in line]
    assert len(points) <= MOST_BUCKETS
    assert max(point.high for point in points) == 9.0


def test_a_line_is_broken_where_nothing_could_be_told():
    tracks = Tracks()
    for t, value in ((0, 1), (1, 1), (2, None), (3, 1), (20, 1)):
        tracks.observed(Observation(float(t), "face_count", value))
    lines = [[point.t for point in line] for line in tracks.by_signal["face_count"].lines()]
    assert lines == [[0, 1], [3], [20]]


def test_signals_are_named_with_their_units():
    assert named("face_count") == "face count"
    assert named("sound_level_db") == "sound level (dB)"
    assert named("picture_age_s") == "picture age (s)"


def test_the_points_of_a_face_and_its_direction_are_drawn_if_they_were_computed():
    picture = np.asarray(cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg")), np.uint8)
    scene = Scene(VideoFrame(0.0, picture))
    assert scene.mesh is not None
    drawn, plain = (annotated(picture, 0.0, {}, mesh, ()) for mesh in (scene.mesh, None))
    left, top, right, bottom = scene.mesh.box
    changed = (drawn != plain).any(axis=2)
    assert changed[top:bottom, left:right].sum() > 400
    assert (drawn == GAZE_COLOUR).all(axis=2).any()
    assert not annotated(np.zeros((90, 90, 3), np.uint8), 0.0, {}, None, ())[:60].any()


def test_a_camera_that_changes_its_size_does_not_end_the_video(tmp_path):
    film = Film(tmp_path / "film.mp4", has_sound=False)
    for t, (width, height) in enumerate([(161, 121), (161, 121), (320, 240), (96, 200)]):
        film.seen(Scene(VideoFrame(float(t), np.full((height, width, 3), 90, np.uint8))), ())
    film.close()
    with av.open(str(tmp_path / "film.mp4")) as found:
        assert [(f.width, f.height) for f in found.decode(video=0)] == [(160, 120)] * 4


def test_a_wrong_policy_is_told_in_one_line(tmp_path, capsys):
    policy = tmp_path / "policy.toml"
    policy.write_text("may_look_dwon = true")
    assert main(["replay", str(CLIP), "--policy", str(policy)]) == 2
    assert "may_look_down" in capsys.readouterr().err


def test_a_picture_without_a_face_cannot_enrol(tmp_path, capsys):
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((240, 320, 3), 120, np.uint8))
    assert main(["replay", str(CLIP), "--enrol", str(wall)]) == 2
    assert "no face" in capsys.readouterr().err


def test_the_reference_engine_says_where_its_packages_are(capsys):
    pytest.importorskip("streamlit")  # the product's own environment, which hasn't them
    assert main(["replay", str(CLIP), "--engine", "reference"]) == 2
    assert "make reference" in capsys.readouterr().err
