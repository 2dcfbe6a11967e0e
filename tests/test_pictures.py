"""Pictures as they are kept, and as staff are shown them: nobody else is in what is shown."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GREY
from material import DATA, needs_data

from proctoring import evidence
from proctoring.analysers import analyser_types
from proctoring.perception.faces import examine_faces
from proctoring.pictures import marks as segment
from proctoring.pictures.clear import ABOUT, About, about, mask
from proctoring.pictures.marks import BadMarks, Mark, Marks, marks_of, with_marks, without_marks
from proctoring.pictures.rendition import CELLS, Unshowable, blurred, drawn
from proctoring.pictures.shelf import Shelf
from proctoring.pictures.subject import Usual

NOW = datetime(2026, 5, 4, tzinfo=UTC)
SIZE = (640, 480)
FACE, OTHER = (260, 120, 380, 270), (60, 150, 130, 240)
THING = (480, 300, 560, 420)
PLAIN = evidence.jpeg(GREY, 85)


def noise(seed=1, width=640, height=480):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


def opened(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def picture(image, kind="multiple_faces", subject=FACE, others=(OTHER,), boxes=()):
    return evidence.picture(
        "o", NOW, image, boxes, kind=kind, label="it", subject=subject, others=others
    )


def detail(image, box):
    """How much changes from one pixel to the next, of 255."""
    left, top, right, bottom = box
    cut = image[top:bottom, left:right].astype(int)
    return float(np.abs(np.diff(cut, axis=1)).mean())


# --- what stands in the file ---------------------------------------------------------------------


def test_the_picture_is_kept_clean_and_its_hash_covers_the_marks():
    kept = picture(GREY, subject=None, others=(), boxes=((20, 30, 120, 130),))
    assert np.abs(opened(kept.data).astype(int) - 128).max() < 4, "nothing is drawn into it"
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    assert marks_of(kept.data).boxes == (Mark((20, 30, 120, 130), "it"),)
    assert hashlib.sha256(without_marks(kept.data)).hexdigest() != kept.sha256


def test_marks_go_in_and_come_out_as_they_were():
    said = Marks(SIZE, "phone_seen", FACE, (OTHER,), (Mark(THING, "a phone"),))
    for marks in (said, Marks((1, 1)), Marks(SIZE, is_drawn=True), Marks(SIZE, is_blurred=True)):
        assert marks_of(with_marks(PLAIN, marks)) == marks
    again = with_marks(with_marks(PLAIN, said), Marks(SIZE))
    assert marks_of(again) == Marks(SIZE)
    assert again.count(segment.IDENTIFIER) == 1
    assert without_marks(again) == PLAIN
    assert marks_of(PLAIN) is None


def test_boxes_that_reach_out_of_the_picture_are_cut_and_those_beside_it_left_out():
    kept = picture(noise(), boxes=((-20, -5, 40, 40), (700, 0, 800, 90), (9, 9, 9, 20)))
    assert [mark.box for mark in marks_of(kept.data).boxes] == [(0, 0, 40, 40)]


HOSTILE = {
    "huge counts": {"boxes": [{"box": [0, 0, 9, 9], "label": ""}] * 400},
    "a huge picture": {"size": [10**9, 10**9]},
    "no size": {"size": [0, 0]},
    "numbers that are none": {"subject": [float("inf"), 0, "9", None]},
    "a box inside out": {"subject": [90, 90, 10, 10]},
    "numbers without end": {"subject": [10**400, 0, 10**401, 9]},
    "a label without end": {"boxes": [{"box": [0, 0, 9, 9], "label": "x" * 5000}]},
    "another version": {"v": 2},
    "a list for a name": {"kind": [[[]]]},
    "no boxes": {"boxes": None},
    "true for a number": {"size": [True, True]},
}


def forged(**changes):
    """A picture with a segment that was not written here."""
    fair = with_marks(PLAIN, Marks((320, 240), "phone_seen"))
    start = fair.index(segment.IDENTIFIER) + len(segment.IDENTIFIER)
    end = fair.index(b"\xff", start)
    said = json.loads(fair[start:end]) | changes
    return raw(json.dumps(said).encode())


def raw(payload):
    whole = segment.IDENTIFIER + payload
    return PLAIN[:2] + b"\xff\xe9" + (len(whole) + 2).to_bytes(2, "big") + whole + PLAIN[2:]


@pytest.mark.parametrize("how", HOSTILE)
def test_marks_that_nobody_wrote_here_are_not_believed_and_then_all_is_blurred(how):
    jpeg = forged(**HOSTILE[how])
    with pytest.raises(BadMarks):
        marks_of(jpeg)
    assert marks_of(blurred(jpeg)).is_blurred
    assert opened(drawn(jpeg)).shape == GREY.shape


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[" * 20_000, b"\xff\xd9\xff", b"null", b"x" * 60_000]
)
def test_a_segment_of_no_sense_blurs_all(payload):
    with pytest.raises(BadMarks):
        marks_of(raw(payload))
    assert marks_of(blurred(raw(payload))).is_blurred


def test_markup_in_a_label_stays_text():
    label = "<img src=x onerror=alert(1)>"
    jpeg = forged(boxes=[{"box": [10, 10, 60, 60], "label": label}])
    assert marks_of(jpeg).boxes[0].label == label
    assert b"<img" in blurred(jpeg), "JSON in the file; the page writes it as text"


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(data):
    for jpeg in (data, PLAIN[:2] + data, PLAIN[:2] + b"\xff\xe9" + data + PLAIN[2:]):
        with contextlib.suppress(BadMarks):
            marks_of(jpeg)


def test_what_is_no_picture_is_told():
    with pytest.raises(Unshowable):
        blurred(with_marks(b"\xff\xd8\xff\xd9", Marks(SIZE)))
    with pytest.raises(ValueError, match="no JPEG"):
        with_marks(b"GIF89a", Marks(SIZE))


# --- what is shown -------------------------------------------------------------------------------


def test_the_candidate_stays_and_everything_else_goes():
    kept = picture(noise())
    shown = opened(blurred(kept.data))
    assert detail(shown, FACE) > 40
    for box in (OTHER, (560, 20, 630, 90), THING, (10, 400, 120, 470)):
        assert detail(shown, box) < 2, box
    told = marks_of(blurred(kept.data))
    assert (told.is_blurred, told.subject, told.others) == (True, FACE, (OTHER,))


KEPT = {  # the rest of the kinds show the candidate alone
    "phone_seen": {"subject", "thing"},
    "book_seen": {"subject", "thing"},
    "second_screen": {"subject", "thing"},
    "different_person": {"thing"},
    "spoof_suspected": {"thing"},
}


@pytest.mark.parametrize("kind", sorted({r.kind for a in analyser_types() for r in a.rules} | {""}))
def test_what_stays_clear_is_settled_for_each_kind(kind):
    thing = OTHER if about(kind) is About.FACE else THING
    kept = picture(noise(), kind, others=(OTHER,), boxes=(thing,))
    shown = opened(blurred(kept.data))
    clear = {name for name, box in (("subject", FACE), ("thing", thing)) if detail(shown, box) > 30}
    assert clear == KEPT.get(kind, {"subject"})


def test_each_kind_that_is_treated_apart_is_one_that_there_is():
    assert ABOUT.keys() <= {rule.kind for kind in analyser_types() for rule in kind.rules}
    assert ABOUT.keys() == KEPT.keys()


def test_anothers_face_is_hidden_even_in_what_stays_clear():
    on_screen = (500, 330, 540, 390)
    beside = (350, 110, 430, 220)  # cheek to cheek
    kept = picture(noise(), "second_screen", others=(on_screen, beside), boxes=(THING,))
    shown = opened(blurred(kept.data))
    assert detail(shown, on_screen) < 2
    assert detail(shown, (372, 130, 410, 200)) < 2
    assert detail(shown, (275, 150, 340, 250)) > 30, "the candidate's own face stays"


def test_two_boxes_of_one_face_hide_nobody():
    kept = picture(noise(), others=((265, 118, 384, 275),))
    assert detail(opened(blurred(kept.data)), (290, 150, 350, 240)) > 30


def test_where_the_candidate_is_not_known_nobody_is_shown():
    shown = opened(blurred(picture(noise(), subject=None, others=()).data))
    assert detail(shown, (0, 0, *SIZE)) < 2


@pytest.mark.parametrize("seed", range(3))
def test_what_is_blurred_is_not_in_the_file(seed):
    """Two pictures that differ in everything within the cells of the grid look the same."""
    kept = Marks(SIZE, "multiple_faces", FACE, (OTHER,))
    one = noise(seed)
    clear = mask(kept, *SIZE) > 0
    other = np.where(clear[..., None], one, _shuffled(one, seed))
    left, right = (blurred(with_marks(evidence.jpeg(image, 100), kept)) for image in (one, other))
    assert np.abs(opened(left).astype(int) - opened(right).astype(int))[~clear].mean() < 6
    assert np.abs(one.astype(int) - other.astype(int))[~clear].mean() > 60


def _shuffled(image, seed):
    """The same colours within each block of a cell, in another order."""
    random, side = np.random.default_rng(seed), max(SIZE) // CELLS
    made = image.copy()
    for top in range(0, image.shape[0], side):
        for left in range(0, image.shape[1], side):
            block = made[top : top + side, left : left + side]
            flat = block.reshape(-1, 3)
            made[top : top + side, left : left + side] = random.permutation(flat).reshape(
                block.shape
            )
    return made


def test_pictures_of_earlier_versions_and_drawings_stay_as_they_are():
    waveform = evidence.drawing("o", NOW, noise())
    for jpeg in (PLAIN, waveform.data):
        assert blurred(jpeg) == jpeg == drawn(jpeg)


def test_paper_gets_the_marks_drawn_in():
    kept = picture(GREY, subject=None, others=(), boxes=((20, 30, 120, 130),))
    printed = opened(drawn(kept.data)).astype(int)
    assert np.abs(printed[80, 20] - 128).max() > 40, "the box's left edge"
    assert np.abs(printed[80, 70] - 128).max() < 10, "its inside"


def test_a_rendition_of_another_size_than_it_says_still_hides():
    """A picture that was made smaller since: marks are in the size that they name."""
    marks = Marks((1280, 960), "no_face", tuple(2 * side for side in FACE), ((120, 300, 260, 480),))
    shown = opened(blurred(with_marks(evidence.jpeg(noise(), 90), marks)))
    assert detail(shown, FACE) > 30
    assert detail(shown, OTHER) < 2


# --- who it is ---------------------------------------------------------------------------------


def test_the_candidate_is_who_sits_where_they_usually_sit():
    usual = Usual()
    near = (100, 80, 300, 330)  # somebody who leans in before the camera
    assert usual.of([FACE, near]) == near, "as long as nothing is known"
    for _ in range(10):
        usual.note([FACE])
    assert usual.of([FACE, near]) == FACE
    assert usual.of([OTHER]) is None, "who passes behind an empty chair is not the candidate"
    assert usual.of([]) is None
    usual.note([FACE, near])
    assert usual.of([near, FACE]) == FACE
    for _ in range(200):
        usual.note([near])
    assert usual.of([near]) == near, "who moved to another place is believed after a while"


# --- renditions that were made -------------------------------------------------------------------


def test_renditions_are_made_once_and_bounded(monkeypatch):
    made = []
    monkeypatch.setattr(
        "proctoring.pictures.shelf.blurred", lambda data: made.append(data) or blurred(data)
    )
    shelf = Shelf(most_bytes=100_000)
    first = picture(noise(1))
    assert shelf.shown(first).data == shelf.shown(first).data != first.data
    assert len(made) == 1
    for seed in range(2, 8):
        shelf.shown(picture(noise(seed)))
    assert sum(map(len, shelf._kept.values())) == shelf._size <= 100_000
    shelf.shown(first)
    assert len(made) == 8
    sound = evidence.clip("o", NOW, np.zeros(8000, np.float32), 16_000)
    assert shelf.shown(sound) is sound


@needs_data
@pytest.mark.parametrize("name", ["az_old_couple", "px_two_men", "in_three", "un_four_selfie"])
def test_in_real_pictures_nobody_but_the_candidate_is_found_afterwards(name):
    image = cv2.imread(str(DATA / "faces" / f"{name}.jpg"))
    image = cv2.resize(image, (640, round(image.shape[0] * 640 / image.shape[1])))
    faces = [face.box for face in examine_faces(image)]
    assert len(faces) > 1
    subject = Usual().of(faces)
    kept = picture(image, subject=subject, others=[box for box in faces if box != subject])
    left = [face.box for face in examine_faces(opened(blurred(kept.data)))]
    assert len(left) == 1
    assert abs(left[0][0] - subject[0]) < 0.3 * (subject[2] - subject[0])
