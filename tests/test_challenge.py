"""What is asked of a candidate on doubt, and how it is told from what the camera saw."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from proctoring.challenge import (
    COLOUR_S,
    DELAYS_S,
    FADE_S,
    LATEST_S,
    PALETTE,
    Challenge,
    Colour,
    Kind,
    Step,
    Yaw,
    head_turns,
    screen_colours,
    verify_colours,
    verify_turns,
)
from proctoring.media import read_samples
from proctoring.perception.head import measure_head
from proctoring.perception.scene import Scene
from proctoring.types import VideoFrame
from tests.material import DATA, needs_data

SEED = b"0123456789abcdef"
SEEDS = [bytes([number]) * 16 for number in range(50)]


def turns(*asks):
    """One every five seconds, three seconds long, after two seconds of rest."""
    steps = tuple(Step(2.0 + 5 * i, 5.0 + 5 * i, ask) for i, ask in enumerate(asks))
    return Challenge(Kind.TURN, steps, SEED)


def head(challenge, angles, delay_s=0.8):
    """A head that takes these angles at each step, and looks ahead otherwise."""
    for t in np.arange(0, challenge.length_s, 0.25):
        yaw = 0.0
        for step, angle in zip(challenge.steps, angles, strict=True):
            if step.start_s + delay_s <= t <= step.end_s:
                yaw = angle
        yield Yaw(t, yaw)


# --- turns -------------------------------------------------------------------------------


def test_the_same_seed_asks_the_same_and_another_something_else():
    assert head_turns(SEED) == head_turns(SEED)
    assert len({head_turns(seed).steps for seed in SEEDS}) == len(SEEDS)
    assert {step.ask for seed in SEEDS for step in head_turns(seed).steps} == {"left", "right"}


def test_every_turn_leaves_time_to_read_and_to_look_back():
    for seed in SEEDS:
        steps = head_turns(seed).steps
        assert all(step.end_s - step.start_s >= 3 for step in steps)
        assert steps[0].start_s >= 1.5
        assert all(after.start_s - before.end_s >= LATEST_S for before, after in pairwise(steps))


def test_who_turns_as_asked_passes():
    challenge = turns("left", "right")
    assert verify_turns(challenge, 0.0, list(head(challenge, [25, -22]))).passed is True


@pytest.mark.parametrize("angles", [[-25, -25], [25, 25], [0, 0], [25, 5]])
def test_another_turn_or_none_does_not_pass(angles):
    challenge = turns("left", "right")
    assert verify_turns(challenge, 0.0, list(head(challenge, angles))).passed is False


def test_who_had_turned_before_being_asked_does_not_pass():
    challenge = turns("left")
    early = [Yaw(t, 25.0) for t in np.arange(0, challenge.length_s, 0.25)]
    assert verify_turns(challenge, 0.0, early).passed is False


def test_a_flat_picture_that_is_turned_does_not_pass():
    challenge = turns("left")
    looks = list(head(challenge, [25]))
    assert verify_turns(challenge, 0.0, looks, is_plane=True).passed is False


def test_a_head_that_can_not_be_seen_is_for_a_person_to_check():
    challenge = turns("left")
    unseen = [Yaw(t, None) for t in np.arange(0, challenge.length_s, 0.25)]
    assert verify_turns(challenge, 0.0, unseen).passed is None
    assert verify_turns(challenge, 0.0, []).passed is None
    lost = [look if look.t < 2.3 else Yaw(look.t, None) for look in head(challenge, [25])]
    assert verify_turns(challenge, 0.0, lost).passed is None


@cache
def yaws(name):
    return tuple(_yaws(name))


def _yaws(name):
    last = None
    for frame in read_samples(DATA / "video" / name, None, frames_per_s=4.0):
        if isinstance(frame, VideoFrame):
            scene = Scene(frame, last_mesh=last)
            last = scene.mesh
            height, width = frame.image.shape[:2]
            yield Yaw(frame.t, last and measure_head(last, (height, width)).yaw_deg)


@needs_data
@pytest.mark.parametrize(
    ("name", "asked_t", "ask"),
    [
        ("phone_woman.mp4", 1.9, "right"),
        ("webcam_expr2.mp4", 19.5, "left"),
        ("webcam_expr2.mp4", 20.9, "right"),
        ("webcam_expr2.mp4", 22.0, "left"),
    ],
)
def test_real_heads_that_turn_pass_and_would_not_by_the_other_direction(name, asked_t, ask):
    seen = yaws(name)
    other = "left" if ask == "right" else "right"
    steps = (Step(0.0, 1.5, ask),)
    assert verify_turns(Challenge(Kind.TURN, steps, SEED), asked_t, seen).passed is True
    wrong = (Step(0.0, 0.8, other),)
    assert verify_turns(Challenge(Kind.TURN, wrong, SEED), asked_t, seen).passed is False


@needs_data
def test_real_heads_that_were_not_asked_pass_no_two_turns():
    """Nobody in these clips was asked: what they do by themselves must not be enough."""
    seen = yaws("webcam_expr2.mp4")
    passed = [
        verify_turns(challenge, start, seen).passed
        for challenge in map(head_turns, SEEDS)
        for start in np.arange(1.5, seen[-1].t - challenge.length_s, 2.0)
    ]
    assert len(passed) > 200
    assert passed.count(True) <= 0.1 * len(passed)


# --- colours -----------------------------------------------------------------------------


def light(challenge, times, delay_s):
    """(n, 3) 0..1: the screen's light, faded as the page does, as a camera sees it later."""
    at, rgb = [], []
    for step in challenge.steps:
        at += [step.start_s + (FADE_S if step.start_s else 0), step.end_s]
        rgb += [[int(step.ask[i : i + 2], 16) / 255 for i in (1, 3, 5)]] * 2
    return np.stack([np.interp(times - delay_s, at, [c[i] for c in rgb]) for i in range(3)], 1)


def lit(challenge, share, delay_s=0.4, noise=0.05, base=(150.0, 120.0, 100.0)):
    """A still face, of whose light the screen gives this share."""
    times = np.arange(0, challenge.length_s, 0.25)
    rng = np.random.default_rng(3)
    rgb = np.array(base) * (1 + share * (light(challenge, times, delay_s) - 0.85))
    rgb += rng.normal(0, noise, rgb.shape)
    return [Colour(t, tuple(row)) for t, row in zip(times, rgb.tolist(), strict=True)]


def test_colours_are_pale_never_twice_the_same_and_slower_than_three_a_second():
    for seed in SEEDS:
        steps = screen_colours(seed).steps
        assert all(step.ask in PALETTE for step in steps)
        assert all(before.ask != after.ask for before, after in pairwise(steps))
        lengths = [step.end_s - step.start_s for step in steps]
        assert min(lengths) >= COLOUR_S[0] > 2 / 3
    assert all(min(bytes.fromhex(colour[1:])) >= 0xA0 for colour in PALETTE)


@pytest.mark.parametrize("delay_s", [DELAYS_S[0], 0.35, 0.8])
def test_a_face_that_takes_the_colours_passes_at_any_delay_of_a_live_line(delay_s):
    challenge = screen_colours(SEED)
    assert verify_colours(challenge, 0.0, lit(challenge, 0.05, delay_s)).passed is True


def test_a_recording_of_other_colours_passes_two_times_in_a_hundred_at_most():
    passed = []
    for seed in SEEDS[:25]:
        recorded = lit(screen_colours(b"another" + seed), 0.05)
        passed.append(verify_colours(screen_colours(seed), 0.0, recorded).passed)
    assert False not in passed
    assert passed.count(True) <= 1


def test_a_face_without_the_light_or_that_was_not_seen_is_for_a_person_to_check():
    challenge = screen_colours(SEED)
    assert verify_colours(challenge, 0.0, lit(challenge, 0.0)).passed is None
    unseen = [Colour(t, None) for t in np.arange(0, challenge.length_s, 0.25)]
    assert verify_colours(challenge, 0.0, unseen).passed is None
    assert verify_colours(challenge, 0.0, []).passed is None


def skin(name):
    """Times and mean colours of a real face at rest or speaking."""
    for frame in read_samples(DATA / "video" / name, None, frames_per_s=4.0):
        if isinstance(frame, VideoFrame) and (face := Scene(frame).face):
            left, top, right, bottom = face.box
            across, down = (right - left) // 5, (bottom - top) // 5
            centre = frame.image[top + down : bottom - down, left + across : right - across]
            yield frame.t, centre.reshape(-1, 3).mean(axis=0)[::-1]


@needs_data
@pytest.mark.parametrize("name", ["gaze_left.mp4", "gaze_right.mp4"])
def test_real_faces_pass_in_coloured_light_and_not_without(name):
    """The light is simulated: each channel of a real face follows the screen's by a tenth."""
    times, colours = (np.array(column) for column in zip(*skin(name), strict=True))
    without = [Colour(t, tuple(rgb)) for t, rgb in zip(times, colours, strict=True)]
    passed = []
    for seed in SEEDS[:5]:
        challenge = screen_colours(seed)
        rgb = colours * (1 + 0.1 * (light(challenge, times - 0.5, 0.4) - 0.85))
        looks = [Colour(t, tuple(row)) for t, row in zip(times, rgb, strict=True)]
        passed.append(verify_colours(challenge, 0.5, looks).passed)
        assert verify_colours(challenge, 0.5, without).passed is None
    assert passed.count(True) >= 4
