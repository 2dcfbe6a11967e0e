"""The maker of mixtures: what a figure about voices rests on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.intervals import interval
from benchmarks.mixing import KINDS, Recipe, make, recipes
from benchmarks.mixtures import split_of
from proctoring.perception.listening import STEP_S, Step
from proctoring.speakers.diarization import Remembered
from proctoring.types import SAMPLE_RATE, Sound

SPEAKERS = ("hum_a", "hum_b", "hum_c", "hum_d")


def hum(pitch_hz: float, seconds: float) -> Sound:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.07 * np.sin(2 * np.pi * pitch_hz * t)).astype(np.float32)


@pytest.fixture(scope="module")
def bank() -> dict[str, list[Sound]]:
    return {name: [hum(200 + 90 * i, 3 + i / 4)] * 3 for i, name in enumerate(SPEAKERS)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mixture_has_the_voices_of_its_recipe(kind: str, bank: dict[str, list[Sound]]) -> None:
    recipe = next(r for r in recipes(bank, SPEAKERS, 1, "tuning") if r.kind == kind)
    sound, turns = make(recipe, bank, {})
    assert {name for *_, name in turns} == set(recipe.speakers)
    assert 24 <= len(sound) / SAMPLE_RATE <= 60
    assert np.abs(sound).max() <= 1
    assert all(0 <= start < end <= len(sound) / SAMPLE_RATE for start, end, _ in turns)


def test_a_recipe_makes_the_same_mixture_each_time(bank: dict[str, list[Sound]]) -> None:
    recipe = Recipe("x", "turns", ("hum_a", "hum_b"), 7)
    (first, told), (again, told_again) = make(recipe, bank, {}), make(recipe, bank, {})
    assert told == told_again
    assert np.array_equal(first, again)


def test_a_quiet_voice_over_the_candidate_is_ten_decibels_down(
    bank: dict[str, list[Sound]],
) -> None:
    sound, turns = make(Recipe("x", "quiet, over", ("hum_a", "hum_d"), 3), bank, {})
    start, end = next((a, b) for a, b, name in turns if name == "hum_d")
    heard = sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    power = np.abs(np.fft.rfft(heard)) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / SAMPLE_RATE)
    loud, quiet = (power[np.abs(hz - pitch) < 20].sum() for pitch in (200, 470))
    assert -14 < 10 * np.log10(quiet / loud) < -6


def test_who_takes_turns_does_not_overlap(bank: dict[str, list[Sound]]) -> None:
    for seed in range(6):
        _, turns = make(Recipe("x", "turns", ("hum_a", "hum_b"), seed), bank, {})
        for (_, end, one), (start, _, other) in pairwise(turns):
            assert one == other or end <= start


def test_only_voices_of_one_corpus_speak_together() -> None:
    names = ("hum_a", "hum_b", "whistle_a", "whistle_b", "whistle_c", "ls1", "as_x", "ls2")
    for recipe in recipes({}, names, 5, "held out"):
        corpora = {n.split("_")[0] if n[:3] in ("hum", "whi") else "" for n in recipe.speakers}
        assert len(corpora) == 1
        assert len(set(recipe.speakers)) == len(recipe.speakers)


def test_a_speaker_is_in_one_split_alone() -> None:
    assert split_of("ls367") == "held out"
    assert split_of("ls307") == "tuning"
    assert {split_of(f"corpus_{i}") for i in range(20)} == {"held out", "tuning"}


def test_remembered_steps_come_when_they_would_have_been_heard() -> None:
    nobody = np.empty(0, np.int_)
    listener = Remembered([Step((i + 1) * STEP_S, (), nobody, nobody) for i in range(3)])
    silence = np.zeros(SAMPLE_RATE // 2, np.float32)
    counts = [len(list(listener.hear(silence))) for _ in range(9)]
    assert counts == [0, 0, 1, 0, 0, 1, 0, 0, 1]


def test_the_interval_holds_the_share_and_narrows() -> None:
    low, high = interval(9, 10)
    assert low < 0.9 < high
    assert interval(0, 10)[0] == 0
    assert np.diff(interval(90, 100)) < high - low
