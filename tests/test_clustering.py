"""Which local speakers are one voice: made of vectors, so that each case is only what it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.perception.clustering import ENOUGH_S, MOST_VOICES, cluster
from proctoring.perception.listening import FRAMES_PER_S, LocalSpeaker

SIZE = 192
RANDOM = np.random.default_rng(7)


def person() -> npt.NDArray[np.float64]:
    voice = RANDOM.standard_normal(SIZE)
    return voice / np.linalg.norm(voice)


ADA, BEN, CLEO = person(), person(), person()


def said(who: npt.NDArray[np.float64], start_s: float, seconds: float) -> LocalSpeaker:
    """A stretch that is like its speaker's voice, by a cosine of about 0.8."""
    noise = RANDOM.standard_normal(SIZE)
    vector = who + 0.75 * noise / np.linalg.norm(noise)
    frames = int(start_s * FRAMES_PER_S) + np.arange(int(seconds * FRAMES_PER_S))
    ge2e = np.zeros(256, np.float32)
    ge2e[0] = 1
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    return LocalSpeaker(frames, frames, unit, ge2e)


def talk(*turns: tuple[npt.NDArray[np.float64], float]) -> list[LocalSpeaker]:
    """One after another, with a second between."""
    start_s, heard = 0.0, []
    for who, seconds in turns:
        heard.append(said(who, start_s, seconds))
        start_s += seconds + 1
    return heard


def test_nobody_is_no_voice_and_a_word_is_none_either() -> None:
    assert cluster([]).count == 0
    assert cluster([said(ADA, 0, 0.4)]).count == 0


def test_one_person_is_one_voice_however_long() -> None:
    found = cluster(talk(*[(ADA, 2.4)] * 30))
    assert found.count == 1
    assert set(found.labels) == {0}


def test_labels_follow_the_people_and_0_spoke_most() -> None:
    found = cluster(talk((BEN, 2.0), (ADA, 2.4), (ADA, 2.4), (BEN, 2.0), (ADA, 2.4)))
    assert found.count == 2
    assert list(found.labels) == [1, 0, 0, 1, 0]


def test_three_people_are_three_voices() -> None:
    found = cluster(talk(*[(ADA, 2.4)] * 6, *[(BEN, 2.0)] * 3, *[(CLEO, 2.0)] * 3))
    assert found.count == 3
    assert list(found.labels[-6:]) in ([1] * 3 + [2] * 3, [2] * 3 + [1] * 3)


def test_a_second_voice_needs_enough_speech() -> None:
    short, enough = ENOUGH_S / 2, ENOUGH_S + 0.2
    assert cluster(talk(*[(ADA, 2.4)] * 4, (BEN, short))).count == 1
    assert cluster(talk(*[(ADA, 2.4)] * 4, (BEN, enough))).count == 2


def test_the_same_second_heard_twice_is_one_second() -> None:
    again = [said(BEN, 20, ENOUGH_S / 2) for _ in range(4)]
    assert cluster([*talk(*[(ADA, 2.4)] * 4), *again]).count == 1


def test_two_at_once_for_long_are_two_voices_though_one_is_never_alone() -> None:
    alone = talk(*[(ADA, 2.4)] * 4)
    found = cluster(alone, overlap_s=3 * ENOUGH_S + 0.1)
    assert found.count == 2
    assert set(found.labels) == {0}
    assert cluster(alone, overlap_s=ENOUGH_S).count == 1


def test_never_more_than_the_most() -> None:
    crowd = [(person(), 2.4) for _ in range(MOST_VOICES + 3) for _ in range(2)]
    assert cluster(talk(*[(ADA, 2.4)] * 4, *crowd)).count == MOST_VOICES


def test_the_margin_is_small_where_a_stretch_is_like_both() -> None:
    between = (ADA + BEN) / np.linalg.norm(ADA + BEN)
    found = cluster(talk(*[(ADA, 2.4)] * 4, *[(BEN, 2.4)] * 3, (between, 2.4)))
    assert found.margins[-1] < found.margins[:-1].min()
