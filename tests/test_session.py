import threading
import time

import numpy as np
from making import GREY, START, Meter, make_pipeline

from proctoring.live.mailbox import Mailbox
from proctoring.live.session import BEHIND, BEHIND_S, Session
from proctoring.types import AudioChunk, BrowserEvent, Measured, Occurrence, Tick, VideoFrame


def wait_for(condition, timeout_s=5.0):
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def make_session(*analysers, saved=None, **options):
    saved = [] if saved is None else saved
    return Session(lambda *of: make_pipeline(*analysers, **options), saved.append, name="p")


def test_the_mailbox_keeps_the_newest_picture_and_every_event():
    mailbox = Mailbox()
    for t in range(3):
        mailbox.put(VideoFrame(t, GREY))
        mailbox.put(BrowserEvent(t, "paste"))
    mailbox.close()
    assert [mailbox.get(0).t for _ in range(4)] == [0, 1, 2, 2]
    assert mailbox.get(0) is None
    assert mailbox.dropped == 2


def test_a_full_mailbox_gives_way_at_the_old_end_and_counts():
    mailbox = Mailbox(maxlen=2)
    for t in range(5):
        mailbox.put(Tick(t))
    assert [mailbox.get(0).t for _ in range(2)] == [3, 4]
    assert mailbox.dropped == 3


def test_a_closed_mailbox_hands_out_what_it_has_and_takes_no_more():
    mailbox = Mailbox()
    mailbox.put(Tick(1))
    mailbox.close()
    mailbox.put(Tick(2))
    assert not mailbox.is_done
    assert mailbox.get(0).t == 1
    assert mailbox.is_done


def test_a_session_judges_everything_it_was_offered_before_it_closes():
    saved = []
    session = make_session(Meter([2] * 100), saved=saved)
    for i in range(20):
        session.offer(Tick(i / 2))
    session.close()
    assert not session.status.is_running
    occurrences = [record for record in saved if isinstance(record, Occurrence)]
    assert occurrences[0].closed_at is None
    assert occurrences[-1].closed_at is not None


def test_the_status_says_what_is_measured_now():
    session = make_session(Meter([1] * 5 + [None] * 500))
    for _ in range(5):
        session.offer(Tick(session.clock()))
    wait_for(lambda: session.status.signals and session.status.signals[0].value == 1)
    session.offer(Tick(session.clock()))
    wait_for(lambda: session.status.signals[0].state is Measured.DEGRADED)
    assert session.status.signals[0].reason == "dark"
    session.close()


def test_the_desk_gets_a_small_still_of_the_newest_picture():
    session = make_session()
    assert session.still is None
    session.offer(VideoFrame(session.clock(), GREY))
    wait_for(lambda: session.still is not None)
    assert session.still.jpeg[:2] == b"\xff\xd8"
    assert session.still.at > START
    session.offer(AudioChunk(session.clock(), GREY[0, :, 0].astype("float32")))
    wait_for(lambda: session.status.audio_t is not None)
    session.close()


def test_one_bad_sample_does_not_end_the_watch():
    saved = []
    session = make_session(Meter([2] * 100), saved=saved)
    session.offer(VideoFrame(session.clock(), None))  # not a picture at all
    for i in range(10):
        session.offer(Tick(i / 2))
    wait_for(lambda: saved)
    session.close()


def test_what_arrives_counts_before_it_is_handled():
    """Else a page would take a busy server for a line that broke."""
    session, held = make_session(Meter([1] * 500)), threading.Event()
    wait_for(lambda: session.status.t > 0)
    watch = session._watch
    handle = watch.handle
    watch.handle = lambda turn: held.wait(20) and handle(turn)
    session.offer(Tick(session.clock()))
    session.offer(VideoFrame(7.0, GREY))
    session.offer(AudioChunk(8.0, np.zeros(8000, np.float32)))
    assert (session.status.video_t, session.status.audio_t) == (7.0, 8.5)
    held.set()
    session.close()


def test_nothing_is_said_to_be_measured_by_a_watch_that_stands_still():
    session, held = make_session(Meter([1] * 500)), threading.Event()
    session.offer(Tick(session.clock()))
    wait_for(lambda: session.status.signals and session.status.signals[0].value == 1)
    watch = session._watch
    handle = watch.handle
    watch.handle = lambda turn: held.wait(20) and handle(turn)
    wait_for(lambda: session.status.signals[0].reason == BEHIND, timeout_s=BEHIND_S + 10)
    assert session.status.signals[0].state is Measured.NOT_MEASURED
    held.set()
    session.offer(Tick(session.clock()))
    wait_for(lambda: session.status.signals[0].state is Measured.MEASURED)
    session.close()
