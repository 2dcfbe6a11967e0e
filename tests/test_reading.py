"""Who reads from the screen is not looking away; the eyes are moved in real pictures of a man."""

import cv2
import numpy as np
import pytest

from benchmarks.reading import (
    AWAY_FROM_S,
    PAGES,
    calm,
    clip,
    looking_away,
    reading,
    watch,
    with_gaze,
)
from proctoring.perception.mesh import face_mesh
from tests.material import DATA, needs_data


@pytest.fixture(scope="module")
def man():
    return calm(DATA / "video" / "gaze_center.mp4", 10.0)


@needs_data
@pytest.mark.parametrize("page", PAGES)
def test_reading_a_screen_gives_no_incident(man, page):
    told = watch(clip(man, reading(*PAGES[page]), 30.0))
    assert told.looks > 20
    assert told.swing_deg > PAGES[page][0], "the eyes were seen to move"
    assert told.incidents == ()
    assert told.highest < 0.1


@needs_data
def test_looking_beside_what_one_reads_gives_one(man):
    column = next(iter(PAGES.values()))
    told = watch(clip(man, looking_away(reading(*column)), AWAY_FROM_S + 8))
    (opened,) = told.incidents
    assert AWAY_FROM_S + 3 < opened < AWAY_FROM_S + 8


@needs_data
def test_moved_irises_are_found_where_they_were_moved_and_nothing_else_changes(man):
    frame, mesh = man[0]
    image = with_gaze(frame.image, mesh, 20.0, 0.0)
    moved = face_mesh(image, mesh).points[468, 0] - face_mesh(frame.image, mesh).points[468, 0]
    assert moved > 1.0
    changed = np.argwhere(cv2.absdiff(image, frame.image).max(axis=2) > 8)
    low, high = mesh.points[[33, 263], :2] + [(-15, -15), (15, 15)]
    assert (changed[:, ::-1] > low.min()).all()
    assert (changed[:, 1] > low[0]).all()
    assert (changed[:, 1] < high[0]).all()
