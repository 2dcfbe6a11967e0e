"""What the check-in makes of pictures and sound: words that help, and numbers that stay."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np
import pytest
from material import DATA, SMALL, needs_data
from test_position import seat

from benchmarks.degraded import before_a_window
from proctoring.acts import kinds
from proctoring.check_in import words
from proctoring.check_in.card import NOTE, CardCheck, for_the_desk
from proctoring.check_in.guidance import ORDER, guide
from proctoring.check_in.pictures import MOST_BYTES, Unreadable, decode_jpeg
from proctoring.check_in.plan import Step, minutes, names_of, plan_of
from proctoring.check_in.progress import Progress, done_steps
from proctoring.check_in.reading import LONGEST_S, Reading
from proctoring.check_in.screen_look import MOST_PICTURES, WANTED, ScreenLook
from proctoring.check_in.selfies import WANTED as POSES
from proctoring.check_in.selfies import Pose, Selfies
from proctoring.enrolment.face import EnrolmentError, enrol_faces
from proctoring.exam import FaceProfile
from proctoring.media import read_frames, read_sound
from proctoring.media.pcm import PcmStream
from proctoring.perception.id_card import IdCardMatch
from proctoring.perception.scene import Scene
from proctoring.types import SAMPLE_RATE, Image, Journey, Meeting, Sound, VideoFrame

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL = ("faces", "identity", "gaze", "voice_owner")


def meeting(*steps: str, signals: tuple[str, ...] = ALL, letting_in: bool = False) -> Meeting:
    journey = Journey(check_in=frozenset(steps), needs_letting_in=letting_in)
    end = NOW + timedelta(hours=2)
    return Meeting("m", "Algebra", NOW, end, 3600, signals, "", "standard", NOW, journey=journey)


def said(image: Image) -> str:
    return guide(Scene(VideoFrame(0.0, image))).kind


# --- the plan --------------------------------------------------------------------------------


def test_who_is_asked_for_nothing_begins_from_the_devices() -> None:
    assert plan_of(meeting()) == (Step.DEVICES,)
    assert names_of(plan_of(meeting())) == ("Rules", "Devices", "Begin")
    assert minutes(plan_of(meeting())) == 1


def test_the_chosen_steps_come_in_their_order_with_a_last_one() -> None:
    plan = plan_of(meeting("voice", "identity", "card"))
    assert plan == (Step.DEVICES, Step.IDENTITY, Step.CARD, Step.VOICE, Step.READY)
    assert names_of(plan)[-1] == "Ready"
    assert minutes(plan_of(meeting("identity", "voice"))) == 2


def test_nothing_is_learned_that_the_exam_does_not_measure() -> None:
    assert plan_of(meeting("identity", "card", "voice", signals=("faces",))) == (Step.DEVICES,)
    assert plan_of(meeting("identity", "voice"), {"identity"}) == (
        Step.DEVICES,
        Step.VOICE,
        Step.READY,
    )


def test_a_card_is_compared_with_a_face_so_that_comes_first() -> None:
    assert plan_of(meeting("card"))[1:3] == (Step.IDENTITY, Step.CARD)


def test_waiting_to_be_let_in_is_a_step_by_itself() -> None:
    assert plan_of(meeting(letting_in=True)) == (Step.DEVICES, Step.READY)


# --- how far somebody is ---------------------------------------------------------------------


def progress(*done: Step, letting_in: bool = False, is_let_in: bool = False) -> Progress:
    plan = plan_of(meeting("identity", "voice", letting_in=letting_in))
    return Progress(plan, frozenset(done), letting_in, is_let_in)


def test_the_exam_begins_when_all_is_done_or_somebody_lets_them_in() -> None:
    assert not progress(Step.IDENTITY).may_begin
    assert progress(Step.IDENTITY).missing == (Step.VOICE,)
    assert progress(Step.IDENTITY, Step.VOICE).may_begin
    assert progress(is_let_in=True).may_begin
    assert not progress(Step.IDENTITY, Step.VOICE, letting_in=True).may_begin
    assert progress(Step.IDENTITY, Step.VOICE, letting_in=True, is_let_in=True).may_begin


def test_what_is_done_is_known_by_what_is_kept_and_by_the_servers_own_note() -> None:
    note = kinds.make(
        "note", {"text": NOTE + "its photo and the face look alike."}, participant_id="p"
    )
    assert done_steps({"faces", "gaze"}, []) == {Step.IDENTITY}
    assert done_steps({"faces", "voice"}, [note]) == {Step.IDENTITY, Step.VOICE, Step.CARD}
    by_hand = kinds.make("note", {"text": NOTE}, participant_id="p", actor="a", role="proctor")
    assert done_steps(set(), [by_hand]) == frozenset()


# --- light and place -------------------------------------------------------------------------


def test_a_face_that_is_well_seen_gets_praise() -> None:
    found = guide(Scene(VideoFrame(0.0, seat(1.4))))
    assert (found.kind, found.text, found.is_good) == ("well", words.WELL, True)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (lambda: (seat(1.4) * 0.12).astype(np.uint8), "picture_dark"),
        (lambda: np.zeros((480, 640, 3), np.uint8), "camera_covered"),
        (lambda: seat(4), "too_close"),
        (lambda: seat(0.35), "too_far"),
        (lambda: seat(1.6, 0.05), "move_left"),
        (lambda: seat(1.6, 0.95), "move_right"),
        (lambda: seat(1.6, 0.5, 0.1), "move_down"),
        (lambda: seat(1.6, 0.5, 0.95), "move_up"),
        (lambda: cv2.imread(str(SMALL / "faces" / "sk_coffee.jpg")), "no_face"),
        (lambda: cv2.imread(str(SMALL / "faces" / "in_three.jpg")), "multiple_faces"),
        (lambda: cv2.GaussianBlur(seat(1.4), (0, 0), 6), "picture_blurred"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_to_be_mended_first_is_said_in_words(image, kind) -> None:  # type: ignore[no-untyped-def]
    assert said(image()) == kind
    assert words.GUIDANCE[kind].endswith(".")


def test_light_from_behind_is_told() -> None:
    image = seat(1.4)
    (face,) = Scene(VideoFrame(0.0, image)).faces
    assert said(before_a_window(1 / 16)(image, face.box)) == "face_backlit"


def test_there_are_words_for_all_that_can_be_said() -> None:
    spoken = {*ORDER, "unseen", "move_left", "move_right", "move_up", "move_down"}
    assert spoken - {"face_cut_off"} == set(words.GUIDANCE)


@needs_data
def test_people_at_their_webcams_are_well_seen() -> None:
    for name in ("cl_webcam1", "cl_webcam2", "pa_webcam_center", "az_woman_glasses"):
        image = cv2.imread(str(DATA / "faces" / f"{name}.jpg"))
        assert image is not None
        assert said(image) == "well", name


# --- pictures from a browser -----------------------------------------------------------------


def jpeg(image: Image, quality: int = 90) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def test_a_jpeg_becomes_a_picture_of_the_exams_size() -> None:
    wide = np.full((720, 1280, 3), 90, np.uint8)
    assert decode_jpeg(jpeg(wide)).shape == (360, 640, 3)
    assert decode_jpeg(jpeg(seat(1.4))).shape == (480, 640, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        jpeg(seat(1.4))[:200],
        bytes(cv2.imencode(".png", seat(1.4))[1]),
        jpeg(np.zeros((3000, 3000, 3), np.uint8)),
        jpeg(np.zeros((8, 8, 3), np.uint8)),
        bytes(MOST_BYTES + 1),
    ],
    ids=["empty", "garbage", "cut off", "no JPEG", "huge", "tiny", "long"],
)
def test_anything_else_is_refused_before_it_costs_much(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_jpeg(data)


# --- the face ----------------------------------------------------------------------------------


def test_three_straight_pictures_count_and_then_a_turn_is_wanted() -> None:
    selfies = Selfies()
    taken = [selfies.take(seat(1.4)) for _ in range(4)]
    assert [one.done for one in taken] == [1, 2, 3, 3]
    assert [one.is_counted for one in taken] == [True, True, True, False]
    assert taken[2].text == taken[3].text == words.POSES["left"]
    assert selfies.profile is None


def test_whoever_cannot_turn_is_taken_as_they_are() -> None:
    selfies = Selfies()
    for _ in range(3):
        selfies.take(seat(1.4))
    assert selfies.take(seat(1.4), as_it_is=True).pose is Pose.RIGHT
    last = selfies.take(seat(1.4), as_it_is=True)
    assert (last.pose, last.done, last.text) == (None, len(POSES), words.FACE_LEARNED)
    profile = selfies.profile
    assert profile is not None
    assert len(profile.embeddings) == 5
    assert not profile.is_settled


@pytest.mark.parametrize(
    ("image", "trouble"),
    [
        (lambda: cv2.imread(str(SMALL / "faces" / "sk_coffee.jpg")), "no face"),
        (lambda: cv2.imread(str(SMALL / "faces" / "in_three.jpg")), "several faces"),
        (lambda: (seat(1.4) * 0.06).astype(np.uint8), "face too dark"),
        (lambda: cv2.GaussianBlur(seat(1.4), (0, 0), 7), "face blurred"),
    ],
    ids=["none", "three", "dark", "blurred"],
)
def test_a_picture_that_tells_nobody_gets_its_cure(image, trouble) -> None:  # type: ignore[no-untyped-def]
    taken = Selfies().take(image(), as_it_is=True)
    assert taken.done == 0
    assert taken.text in (words.TROUBLE[trouble], words.TROUBLE["no face"])


def test_somebody_else_in_between_begins_it_anew() -> None:
    selfies = Selfies()
    selfies.take(seat(1.4))
    other = cv2.imread(str(SMALL / "faces" / "in_woman_man.jpg"))
    half = np.ascontiguousarray(other[:, : other.shape[1] // 2])
    taken = selfies.take(half, as_it_is=True)
    if taken.text != words.NOT_ONE_PERSON:
        pytest.skip(f"the other picture cannot be told: {taken.text}")
    assert taken.has_failed
    assert taken.done == 0


@needs_data
def test_a_turning_head_gives_all_poses() -> None:
    selfies, frames = Selfies(), turning()
    poses = []
    for image in frames:
        poses.append(selfies.pose)
        if selfies.take(image).pose is None:
            break
    assert selfies.profile is not None
    assert len(selfies.profile.embeddings) == len(POSES)
    assert {Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT} <= set(poses)


@cache
def turning() -> list[Image]:
    """Somebody looks ahead, to the left, and (in the mirror) to the right."""
    images = [frame.image for frame in read_frames(DATA / "video" / "webcam_expr2.mp4", 4)]
    left = images[78:92]
    return [*images[:8], *left, *(np.ascontiguousarray(image[:, ::-1]) for image in left)]


def test_all_trouble_that_an_enrolment_knows_has_words() -> None:
    from proctoring.enrolment import face
    from proctoring.perception import face_look

    sources = [module.__file__ for module in (face, face_look)]
    text = "".join(open(source).read() for source in sources if source)  # noqa: PTH123, SIM115
    for trouble in words.TROUBLE:
        assert f'"{trouble}"' in text, trouble


# --- how they look at the screen ---------------------------------------------------------------


def test_a_still_look_at_the_dot_becomes_a_baseline() -> None:
    look = ScreenLook()
    for _ in range(WANTED):
        assert look.learned is None
        look.take(seat(1.8))
    assert look.is_over
    assert look.learned is not None
    assert all(math.isfinite(value) for value in (look.learned.yaw_deg, look.learned.pitch_deg))


def test_where_no_eyes_are_seen_it_ends_with_nothing_learned() -> None:
    look = ScreenLook()
    for _ in range(MOST_PICTURES):
        look.take(np.full((120, 160, 3), 128, np.uint8))
    assert look.is_over
    assert look.learned is None


# --- the voice ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def voice() -> Sound:
    return read_sound(SMALL / "audio" / "one_voice.flac")


def pieces(sound: Sound) -> list[Sound]:
    return [sound[start : start + 5333] for start in range(0, len(sound), 5333)]


def test_reading_aloud_fills_the_bar_and_teaches_the_voice(voice: Sound) -> None:
    reading = Reading()
    heard = []
    for piece in pieces(np.concatenate([voice, voice])):
        heard.append(reading.hear(piece))
        if heard[-1].is_over:
            break
    assert heard[-1].is_over
    seconds = [one.speech_s for one in heard]
    assert seconds == sorted(seconds)
    assert seconds[-1] == heard[-1].of_s
    assert len(reading.learn().embeddings) > 0


@pytest.mark.parametrize(
    ("level", "words_"),
    [(0.0, "not muted"), (0.003, "No speech|Too quiet")],
    ids=["mute", "noise"],
)
def test_a_reading_that_is_not_heard_ends_with_the_reason(level: float, words_: str) -> None:
    noise = (np.random.default_rng(1).standard_normal(16_000) * level).astype(np.float32)
    reading = Reading()
    count = next(n for n in range(1, 60) if reading.hear(noise).is_over)
    assert count == LONGEST_S
    with pytest.raises(EnrolmentError, match=words_):
        reading.learn()


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_sound_comes_in_at_any_rate(rate: int) -> None:
    t = np.arange(rate) / rate
    data = (np.sin(2 * np.pi * 440 * t) * 16_000).astype("<i2").tobytes()
    stream = PcmStream(rate)
    sound = np.concatenate([stream.take(data[i : i + 8000]) for i in range(0, len(data), 8000)])
    assert len(sound) == pytest.approx(SAMPLE_RATE, rel=0.02)
    assert float(np.abs(sound).max()) == pytest.approx(0.49, abs=0.03)


def test_half_a_sample_and_rates_that_no_browser_has_are_refused() -> None:
    with pytest.raises(ValueError, match="half"):
        PcmStream(16_000).take(b"abc")
    for rate in (0, -1, 10**9):
        with pytest.raises(ValueError, match="Hz"):
            PcmStream(rate)


# --- the card ----------------------------------------------------------------------------------


def test_a_picture_without_a_card_says_how_to_hold_it() -> None:
    found = CardCheck(enrol_faces([seat(1.4)])).take(seat(1.4))
    assert (found.text, found.is_over, found.match) == (words.CARD_NOT_FOUND, False, None)


def test_a_card_in_doubt_lets_them_go_on_and_asks_a_person(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    unsure = IdCardMatch(None, 1.22, 1.2, "portrait blurred")
    monkeypatch.setattr("proctoring.check_in.card.match_known", lambda *_: unsure)
    check = CardCheck(FaceProfile(np.zeros((1, 256), np.float32), None))
    found = [check.take(seat(1.4)) for _ in range(12)]
    assert [one.is_over for one in found] == [False] * 11 + [True]
    assert found[-1].text == words.CARD_UNSURE
    told = for_the_desk(unsure)
    assert told.startswith(NOTE)
    assert "portrait blurred" in told
    assert "Please look yourself" in told


def test_a_card_that_matches_is_told_at_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    same = IdCardMatch(True, 0.8, 1.2)
    monkeypatch.setattr("proctoring.check_in.card.match_known", lambda *_: same)
    found = CardCheck(FaceProfile(np.zeros((1, 256), np.float32), None)).take(seat(1.4))
    assert found.is_over
    assert "look alike" in for_the_desk(same)
