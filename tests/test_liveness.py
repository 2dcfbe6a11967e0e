"""A photo that moves, a picture that does not, seconds that come back, a program as a camera."""

from functools import partial

import cv2
import numpy as np
import pytest

from benchmarks.spoof_clips import Species, frozen, looped, shown
from proctoring.analysers.challenger import DOUBT
from proctoring.analysers.liveness import LivenessWatch, why_not
from proctoring.media import read_picture, read_samples
from proctoring.perception import fetched, liveness
from proctoring.perception.flatness import (
    ENOUGH,
    ENOUGH_IF_ALL_MOVES,
    HALF_STILL,
    STILL_LOOKS,
    Flatness,
)
from proctoring.perception.flatness import REMEMBERED as MOTIONS
from proctoring.perception.liveness import Motion, look, motion
from proctoring.perception.repetition import REMEMBERED, Repetition
from proctoring.perception.scene import PACKAGED, Perception, Scene
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Category, Face, Occurrence, VideoFrame
from tests.making import START
from tests.material import DATA, SMALL, needs_data

FILES = DATA.parent / "models" / "github-only"
needs_files = pytest.mark.skipif(
    not FILES.exists(), reason="the models that may be fetched are not beside the test material"
)
PORTRAIT = SMALL / "faces" / "sk_astronaut.jpg"
ROOM = SMALL / "faces" / "sk_coffee.jpg"
BOX = (200, 100, 440, 400)
PRINTS = (Species("in the hand", 0.15, 0.6, 0.05), Species("on a stand", 0.0, 0.6, 0.05))
NOBODY = Perception(detect_faces=lambda image: ())


@pytest.fixture(autouse=True)
def no_networks(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))


@pytest.fixture
def networks(no_networks):
    for name, _ in liveness.NETWORKS:
        for known in fetched.FETCHABLE[name].known:
            if (path := FILES / known.file).exists():
                fetched.install(name, path.read_bytes())


def watched(samples, perception=PACKAGED):
    """The occurrences, and what was observed of `spoof_score`."""
    pipeline = Pipeline(
        [LivenessWatch()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
        perception=perception,
    )
    found, observed = {}, []
    for sample in samples:
        for record in pipeline.process(sample):
            if isinstance(record, Occurrence):
                found[record.id] = record
        latest = pipeline.latest.get("spoof_score")
        if latest and latest not in observed[-1:]:
            observed.append(latest)
    assert not pipeline.broken
    return list(found.values()), observed


def suspicions(samples, perception=PACKAGED):
    return [o for o in watched(samples, perception)[0] if o.kind == "spoof_suspected"]


def portrait():
    return read_picture(PORTRAIT)[:260, 90:350]


def clip(name, folder="video"):
    samples = read_samples(DATA / folder / f"{name}.mp4", None, frames_per_s=4.0)
    return [sample for sample in samples if isinstance(sample, VideoFrame)]


# --- motion ------------------------------------------------------------------------------


def texture(seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (60, 80, 3), np.uint8)
    return cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)


def moved(image, bend=0.0, shift=(6.0, 3.0)):
    """Shifted and tilted as a plane; `bend` px of a bulge that no plane has."""
    y, x = np.mgrid[:480, :640].astype(np.float32)
    bulge = bend * np.exp(-((x - 320) ** 2 + (y - 250) ** 2) / (2 * 60**2))
    depth = 1 + 0.00005 * (x - 320)
    back_x = ((x - 320) * depth + 320 - shift[0] - bulge).astype(np.float32)
    back_y = ((y - 240) * depth + 240 - shift[1]).astype(np.float32)
    return cv2.remap(image, back_x, back_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def test_a_plane_that_moves_stays_a_plane():
    found = motion(look(0.0, texture(), BOX), look(0.5, moved(texture()), BOX))
    assert found.moved == pytest.approx(np.hypot(6, 3) / 2, rel=0.15)
    assert found.bent < 0.1
    assert found.around > 1


def test_what_bulges_is_no_plane():
    found = motion(look(0.0, texture(), BOX), look(0.5, moved(texture(), bend=6.0), BOX))
    assert found.bent > 0.4


def test_two_pictures_of_different_things_have_no_motion_in_common():
    before = look(0.0, texture(), BOX)
    assert motion(before, look(0.5, texture(1), BOX)) is None
    assert motion(before, look(0.5, np.zeros((480, 640, 3), np.uint8), BOX)) is None
    assert motion(before, look(0.5, np.zeros((360, 640, 3), np.uint8), BOX)) is None


def test_corners_are_those_that_would_be_found_in_the_whole_picture():
    seen = look(0.0, texture(), BOX)
    mask = liveness._ellipse(seen, 1.0)
    found = liveness._corners(seen.grey, mask, 60)
    assert len(found) > 20
    assert found.tolist() == cv2.goodFeaturesToTrack(seen.grey, 60, 0.01, 4, mask=mask).tolist()
    assert liveness._corners(seen.grey, np.zeros_like(mask), 60) is None


def fill(count, *, bent=0.1, around=0.0, moved=3.0):
    flatness = Flatness()
    for number in range(count):
        flatness.add(Motion(number / 2, 100.0, moved, bent, around))
    return flatness


def test_many_flat_motions_before_a_still_background_are_a_plane():
    assert fill(ENOUGH).plane == 1
    assert fill(ENOUGH - 1).plane == 0
    assert fill(ENOUGH, bent=0.6).plane == 0


@pytest.mark.parametrize("around", [3.0, None])
def test_three_times_as_many_are_needed_where_all_moves_or_no_background_is_seen(around):
    assert fill(ENOUGH_IF_ALL_MOVES - 1, around=around).plane == 0
    assert fill(ENOUGH_IF_ALL_MOVES, around=around).plane == 1


def test_one_motion_in_ten_that_bends_is_enough_to_doubt_the_plane():
    flatness = fill(ENOUGH - 2)
    for _ in range(2):
        flatness.add(Motion(60.0, 100.0, 3.0, 1.0, 0.0))
    assert flatness.plane < LivenessWatch.rules[0].enter_at


def test_motions_too_small_or_too_fast_say_nothing_of_a_plane():
    assert fill(100, moved=1.0).plane == 0
    assert fill(100, moved=9.0).plane == 0


def test_what_moved_longer_ago_than_is_remembered_counts_no_more():
    flatness = fill(ENOUGH_IF_ALL_MOVES, around=None)
    for number in range(MOTIONS - ENOUGH):
        flatness.add(Motion(60.0 + number, 100.0, 0.5, 0.1, None))
    assert len(flatness) == MOTIONS
    assert flatness.plane == 0


def test_nobody_sits_without_moving_a_tenth_of_a_pixel():
    assert fill(STILL_LOOKS, moved=0.02).still == 1
    assert fill(STILL_LOOKS // 2, moved=0.02).still == HALF_STILL < DOUBT
    assert fill(STILL_LOOKS // 2 - 1, moved=0.02).still == 0
    assert fill(STILL_LOOKS, moved=0.5).still == 0


# --- repetition ----------------------------------------------------------------------------


def shares(pictures):
    repetition = Repetition()
    for luma in pictures:
        repetition.add(luma, BOX)
        yield repetition.share


def wander(count, seed=0, step=12.0):
    """Pictures that change as somebody who moves does: by a little each time."""
    rng = np.random.default_rng(seed)
    luma = rng.uniform(60, 180, (60, 80)).astype(np.float32)
    for _ in range(count):
        yield luma.copy()
        luma += cv2.GaussianBlur(rng.normal(0, step, luma.shape), (0, 0), 2).astype(np.float32)


def noisy(luma, seed):
    return luma + np.random.default_rng(seed).normal(0, 0.3, luma.shape).astype(np.float32)


@pytest.mark.parametrize("length", [20, 90])
def test_a_loop_is_known_once_it_has_been_seen_twice(length):
    loop = list(wander(length))
    found = list(shares(noisy(loop[i % length], i) for i in range(4 * length + 120)))
    assert max(found[: length + 50]) < 1
    assert max(found) >= 1


def test_what_never_comes_back_is_no_loop():
    assert max(shares(wander(REMEMBERED + 100))) < 0.3


def test_to_sit_still_is_no_loop_nor_to_sit_still_after_moving():
    still = [next(iter(wander(1)))] * 200
    assert max(shares(noisy(luma, i) for i, luma in enumerate(still))) == 0
    after = [*wander(100), *[next(iter(wander(1, 5)))] * 200]
    assert max(shares(noisy(luma, i) for i, luma in enumerate(after))) < 0.3


def test_a_picture_that_changes_its_size_begins_anew():
    repetition = Repetition()
    for luma in wander(60):
        repetition.add(luma, BOX)
    repetition.add(np.zeros((45, 80), np.float32), BOX)
    repetition.add(np.zeros((2, 2), np.float32), BOX)
    assert repetition.share == 0


# --- the whole -----------------------------------------------------------------------------


@pytest.mark.parametrize("species", PRINTS, ids=lambda species: species.name)
def test_a_still_that_is_held_to_the_camera_is_suspected(species):
    (found,) = suspicions(shown(portrait(), read_picture(ROOM), species, 22.0, seed=1))
    assert found.category is Category.CONDUCT
    assert "may not be a live person" in found.title


@needs_data
def test_a_frozen_and_a_looped_clip_are_suspected():
    frames = clip("gaze_right")
    assert suspicions(frozen(frames, 20.0, seed=1))
    assert suspicions(looped(frames, 46.0, seed=1))


@needs_data
@pytest.mark.parametrize("name", ["gaze_center", "gaze_left", "phone_woman"])
def test_live_people_are_not_suspected(name):
    assert not watched(clip(name))[0]


@needs_data
@needs_files
def test_with_the_networks_a_photo_is_suspected_within_seconds_and_the_person_is_not(networks):
    (found, *_) = suspicions(clip("d7_photo_to_camera", "scenarios"))
    assert 10 < (found.opened_at - START).total_seconds() < 16
    assert not suspicions(clip("gaze_left"))


@needs_data
@needs_files
def test_the_networks_tell_prints_and_screens_from_faces(networks):
    folder = DATA / "faces" / "spoof"
    for name in ("print_1", "screen_1", "live_1", "live_3"):
        image = read_picture(folder / f"{name}.jpg")
        face = Scene(VideoFrame(0.0, image)).face
        assert (liveness.live_probability(image, face.box) > 0.5) == name.startswith("live")


def test_without_the_networks_nothing_is_said_of_texture():
    assert not liveness.has_networks()
    assert liveness.live_probability(texture(), BOX) is None


def test_an_export_that_ends_before_the_softmax_gives_the_same():
    values = np.array([0.2, 0.7, 0.1], np.float32)
    same = liveness._probabilities(np.log(values) + 3)
    assert same == pytest.approx(values, abs=1e-6)
    assert liveness._probabilities(values) == pytest.approx(values)


def seen(box=BOX, grey=120):
    image = np.full((480, 640, 3), grey, np.uint8)
    return partial(Scene, perception=Perception(detect_faces=lambda image: (Face(box, 0.9),)))(
        VideoFrame(0.0, image)
    )


def test_it_says_why_a_face_can_not_be_judged():
    assert why_not(seen(), Face(BOX, 0.9)) == ""
    assert why_not(seen(grey=10), Face(BOX, 0.9)) == "face too dark"
    small = (300, 200, 340, 250)
    assert why_not(seen(small), Face(small, 0.9)) == "face too small"


def test_it_abstains_until_it_has_seen_enough():
    _, observed = watched(shown(portrait(), read_picture(ROOM), PRINTS[0], 6.0, seed=1))
    assert {observation.value for observation in observed} == {None}
    assert {observation.reason for observation in observed} == {"seen for too short a time"}


def far_away(face_px):
    """A plane that sways for 15 s, 640 px wide, with a face in it that is so wide."""
    box = (300, 200, 300 + face_px, 200 + face_px + 20)
    frames = (
        VideoFrame(i / 2, moved(texture(), shift=(6 * np.sin(i), 3 * np.cos(i)))) for i in range(30)
    )
    return watched(frames, Perception(detect_faces=lambda image: (Face(box, 0.9),)))[1]


@pytest.mark.parametrize("face_px", [60, 79])
def test_a_face_too_small_to_be_seen_bending_is_not_said_to_be_live(face_px):
    told = {observation.reason for observation in far_away(face_px)}
    assert told == {"face too small to see how it moves"}


def test_one_as_large_as_that_is_judged():
    assert far_away(84)[-1].value is not None


def test_nobody_in_view_is_no_spoof():
    room = cv2.resize(read_picture(ROOM), (640, 480))
    found, observed = watched((VideoFrame(i / 4, room) for i in range(100)), NOBODY)
    assert not found
    assert {observation.reason for observation in observed} == {"no face in view"}
