"""Opus packets: the time of what is in them, what cannot be decoded, what is no packet at all."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from opus_packets import encode, framed, pieces

from proctoring.media.opus import LENGTH, MOST_PACKET, MOST_PACKETS, PACKET_S, OpusStream, split
from proctoring.types import SAMPLE_RATE

RNG = np.random.default_rng(7)
HUM = (0.2 * np.sin(np.arange(2 * SAMPLE_RATE) * 2 * np.pi * 220 / SAMPLE_RATE)).astype(np.float32)
BROKEN = b"\xff\xff"  # says that it has 63 frames, and has none


def laid(stream, given, length):
    """What was heard, at its time on the clock of those who sent it; nan where nothing was."""
    timeline = np.full(length, np.nan, np.float32)
    for ended_s, data in given:
        for before_s, sound in stream.take(data).stretches:
            end = round((ended_s - before_s) * SAMPLE_RATE)
            start = max(0, end - len(sound))
            timeline[start:end] = sound[len(sound) - (end - start) :][: length - start]
    return timeline


def test_what_is_heard_has_the_time_at_which_it_was_sent():
    noise = (RNG.normal(size=3 * SAMPLE_RATE) * 0.1).astype(np.float32)
    noise = np.convolve(noise, np.ones(8) / 8, "same").astype(np.float32)
    heard = laid(OpusStream(), pieces(noise, 64_000), len(noise))
    inner = slice(SAMPLE_RATE, 2 * SAMPLE_RATE)
    likeness = {
        shift: float(np.corrcoef(noise[inner], np.roll(heard, shift)[inner])[0, 1])
        for shift in range(-40, 41)
    }
    assert abs(max(likeness, key=likeness.__getitem__)) <= 2  # samples: an eighth of a millisecond
    assert likeness[0] > 0.7


def test_piece_after_piece_there_is_neither_hole_nor_overlap():
    stream, ends = OpusStream(), []
    for ended_s, data in pieces(HUM):
        ((before_s, sound),) = stream.take(data).stretches
        ends.append((ended_s - before_s - len(sound) / SAMPLE_RATE, ended_s - before_s))
    for (_, end), (begin, _) in pairwise(ends):
        assert begin == pytest.approx(end, abs=1e-9)


@pytest.mark.parametrize("damage", [b"", BROKEN, bytes(3 * [3])], ids=["no", "broken", "other"])
def test_a_packet_that_cannot_be_decoded_is_a_hole_and_moves_nothing(damage):
    packets = encode(HUM)[:25]
    whole = OpusStream().take(framed(packets)).stretches[0]
    found = OpusStream().take(framed([*packets[:10], damage, *packets[11:]]))
    assert found.damaged == 1
    (before, first), (until_end, second) = found.stretches
    assert before == pytest.approx(15 * PACKET_S)
    assert len(first) == 10 * PACKET_S * SAMPLE_RATE
    assert until_end == whole[0]
    assert len(first) + len(second) == pytest.approx(len(whole[1]) - 320, abs=1)


def test_after_damage_the_stream_goes_on():
    stream = OpusStream()
    given = [data for _, data in pieces(HUM)]
    stream.take(given[0])
    ((before_s, held),) = stream.take(framed([BROKEN] * 25)).stretches
    assert before_s == pytest.approx(25 * PACKET_S)  # the end of the piece before
    assert len(held) <= 0.002 * SAMPLE_RATE
    ((_, sound),) = stream.take(given[1]).stretches
    assert np.abs(sound).max() == pytest.approx(0.2, abs=0.05)


def test_a_stream_can_be_entered_anywhere():
    given = [data for _, data in pieces(HUM)]
    found = OpusStream().take(given[2])
    assert found.damaged == 0
    assert np.abs(found.stretches[0][1]).max() == pytest.approx(0.2, abs=0.05)


def test_silence_stays_silent():
    for _, data in pieces(np.zeros(SAMPLE_RATE, np.float32)):
        for _, sound in OpusStream().take(data).stretches:
            assert np.std(sound) < 1e-4  # -80 dB: "the microphone is silent"


@pytest.mark.parametrize(
    "data",
    [
        b"\x05",
        LENGTH.pack(5) + b"1234",
        LENGTH.pack(MOST_PACKET + 1) + bytes(MOST_PACKET + 1),
        framed([b"\x08"]) * (MOST_PACKETS + 1),
    ],
    ids=["half a length", "cut off", "too long", "too many"],
)
def test_what_is_no_packets_is_refused(data):
    with pytest.raises(ValueError, match="packet"):
        OpusStream().take(data)


def within(found, packets):
    """All that is said of a piece is possible."""
    lasts = len(packets) * PACKET_S
    for before_s, sound in found.stretches:
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert before_s >= 0
        assert before_s + len(sound) / SAMPLE_RATE <= lasts + 0.002  # held of the piece before
    heard_s = sum(len(sound) for _, sound in found.stretches) / SAMPLE_RATE
    assert heard_s <= lasts - found.damaged * PACKET_S + 0.002


STREAM = OpusStream()  # one for all of them, as a page that sends nonsense has one


@settings(max_examples=150, deadline=None)
@given(some.lists(some.binary(max_size=120), max_size=MOST_PACKETS))
def test_whatever_stands_in_packets_breaks_nothing(packets):
    within(STREAM.take(framed(packets)), packets)


REAL = encode(HUM)[:25]


@settings(max_examples=150, deadline=None)
@given(
    some.lists(some.tuples(some.integers(0, 24), some.integers(0, 200), some.integers(0, 255))),
    some.integers(0, 40),
)
def test_nor_do_real_packets_with_wrong_bytes_in_them(changes, cut):
    packets = [bytearray(packet) for packet in REAL]
    for number, at, value in changes:
        packets[number][at % len(packets[number])] = value
    given_ = [bytes(packet) for packet in packets]
    given_[12] = given_[12][: max(0, len(given_[12]) - cut)]
    within(STREAM.take(framed(given_)), given_)


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=400))
def test_any_bytes_are_packets_or_refused(data):
    try:
        packets = split(data)
    except ValueError:
        return
    assert framed(packets) == data
    within(STREAM.take(data), packets)
