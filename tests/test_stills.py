"""Stills of a screen or a room on their way in: what is taken, what is not, and who sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring.api import routes
from proctoring.audit import events
from proctoring.live import sharing
from proctoring.media import stills
from proctoring.media.stills import MOST_BYTES, MOST_KEPT, MOST_SIDE, NoStill, clean
from proctoring.privacy import export
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.store import StoreError
from proctoring.types import STILL_KEPT, Journey, Role

BOTH = Journey(screen_share=True, check_in=frozenset({"room"}))


def picture(width: int = 640, height: int = 360, mode: str = "RGB", seed: int = 1) -> Pillow.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    return Pillow.fromarray(noise).resize((width, height)).convert(mode)


def jpeg(of: Pillow.Image | None = None, **options: Any) -> bytes:
    file = BytesIO()
    (of or picture()).save(file, options.pop("format", "JPEG"), **options)
    return file.getvalue()


# --- the picture itself --------------------------------------------------------------------


def test_it_is_made_anew_without_what_else_a_file_can_carry() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "Ann Other, at home"  # ImageDescription
    given = jpeg(exif=exif, comment=b"a secret") + b"PK\x03\x04 and an archive behind it"
    made = clean(given)
    for part in (b"Ann Other", b"a secret", b"archive", b"Exif"):
        assert part not in made.jpeg
    assert (made.width, made.height) == (640, 360)
    with Pillow.open(BytesIO(made.jpeg)) as again:
        difference = np.abs(np.asarray(again, float) - np.asarray(picture(), float))
    assert difference.mean() < 20, "the same picture"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a" + bytes(99),
        jpeg(format="PNG"),
        jpeg(format="WEBP"),
        jpeg()[:-200],
        jpeg()[:1000],
        jpeg(picture(MOST_SIDE + 8, 360)),
        jpeg(picture(360, MOST_SIDE + 8)),
        jpeg(picture(16, 8)),
        jpeg(picture(mode="CMYK")),
        jpeg(progressive=True),
        jpeg() + bytes(MOST_BYTES),
    ],
)
def test_what_is_no_plain_small_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(NoStill, match="still"):
        clean(data)


def test_a_file_that_says_it_is_enormous_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0") + 5  # height and width of the frame
    data[at : at + 4] = b"\xff\xff\xff\xff"
    monkeypatch.setattr(Pillow.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(NoStill):
        clean(bytes(data))


def test_even_noise_becomes_small_enough() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 1280, 3), np.uint8)
    file = BytesIO()
    Pillow.fromarray(noise).save(file, "JPEG", quality=55)
    assert MOST_KEPT < len(file.getvalue()) <= MOST_BYTES
    assert len(clean(file.getvalue()).jpeg) <= MOST_KEPT


def test_the_limits_of_the_picture_are_those_of_the_store() -> None:
    from proctoring.store.contents import LARGEST_STILL, LONGEST_STILL

    assert stills.MOST_KEPT == LONGEST_STILL
    assert stills.MOST_SIDE <= LARGEST_STILL


# --- the route -----------------------------------------------------------------------------


class Exam:
    """Two meetings with candidates, one of whom shares."""

    def __init__(self, folder: Path) -> None:
        self.services = Services(Settings(data_dir=folder))
        self.client = TestClient(Starlette(routes=routes(self.services)))
        self.opened = self.meeting(BOTH)
        self.meeting_id = self.opened.meeting.id
        self.ann, self.ann_token = self.services.join(self.meeting_id, "Ann", "v1")
        self.number = 0

    def meeting(self, journey: Journey) -> Any:
        now = datetime.now(UTC)
        return self.services.create_meeting(
            title="History",
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=2),
            length_s=3600,
            signals=("faces", "page"),
            journey=journey,
        )

    def start(self, ago_s: float = 600) -> None:
        self.services.store.start(self.ann.id, datetime.now(UTC) - timedelta(seconds=ago_s))

    def passed(self, meeting_id: str, role: Role, token: str) -> dict[str, str]:
        bearer = self.services.admission.by_secret(frozenset({role}), meeting_id, token)
        return {"Authorization": f"Bearer {self.services.admission.make_pass(bearer)}"}

    @property
    def own(self) -> dict[str, str]:
        return self.passed(self.meeting_id, Role.CANDIDATE, self.ann_token)

    @property
    def proctor(self) -> dict[str, str]:
        return self.passed(self.meeting_id, Role.PROCTOR, self.opened.proctor_secret)

    def send(self, data: bytes | None = None, **changes: Any) -> Any:
        self.number += 1
        query = {"source": "screen", "number": f"1-2-{self.number}", "ago_ms": "0"} | changes
        headers = query.pop("headers", self.own)
        body = jpeg() if data is None else data
        return self.client.post("/api/exam/stills", params=query, content=body, headers=headers)

    @property
    def kept(self) -> list[Any]:
        return self.services.store.stills(self.ann.id)

    def do(self, kind: str, content: dict[str, Any]) -> None:
        proctor = self.services.admission.by_secret(
            frozenset({Role.PROCTOR}), self.meeting_id, self.opened.proctor_secret
        )
        self.services.acting.act(proctor, self.ann.id, kind, content)


@pytest.fixture
def exam(tmp_path: Path) -> Iterator[Exam]:
    exam = Exam(tmp_path)
    yield exam
    exam.services.close()


def test_what_is_accepted_is_kept_sealed_and_named_by_the_time_it_was_drawn(exam: Exam) -> None:
    exam.start()
    before = datetime.now(UTC)
    answer = exam.send(ago_ms="5000")
    assert answer.status_code == 201
    (ref,) = exam.kept
    assert answer.json() == {"id": ref.id, "every_s": sharing.EVERY_S}
    assert (ref.source, ref.width, ref.height) == ("screen", 640, 360)
    assert timedelta(0) <= ref.at - (before - timedelta(seconds=5)) < timedelta(seconds=5)
    assert exam.services.store.still(ref.id).data == clean(jpeg()).jpeg
    inner: Any = exam.services.store
    while hasattr(inner, "inner"):
        inner = inner.inner
    assert clean(jpeg()).jpeg not in inner.still(ref.id).data


def test_the_same_still_sent_again_is_kept_once(exam: Exam) -> None:
    exam.start()
    answers = [exam.send(number="1-2-3").json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(exam.kept) == 1


def test_no_still_is_of_before_the_exam_or_of_the_future(exam: Exam) -> None:
    exam.start(ago_s=60)
    assert exam.send(ago_ms="999999999").status_code == 201
    (ref,) = exam.kept
    assert ref.at >= exam.services.store.participant(exam.ann.id).started_at


def test_the_session_hears_of_each(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    exam.start()
    seat, _, _ = exam.services.open_page(exam.ann.id)
    heard: list[Any] = []
    monkeypatch.setattr(seat.session, "offer", heard.append)
    exam.send()
    assert [event.name for event in heard] == [STILL_KEPT]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"number": ""}, 400),
        ({"number": "1"}, 400),
        ({"number": "x" * 99}, 400),
        ({"number": "1-2-3\n"}, 400),
        ({"ago_ms": "-1"}, 400),
        ({"ago_ms": "1e9"}, 400),
        ({"source": "camera"}, 409),
        ({"source": ""}, 409),
        ({"data": b"no picture"}, 422),
        ({"data": jpeg() + bytes(MOST_BYTES)}, 422),
        ({"data": jpeg(progressive=True)}, 422),
    ],
)
def test_what_is_no_still_is_refused_in_a_sentence_and_nothing_is_kept(
    exam: Exam, changes: dict[str, Any], status: int
) -> None:
    exam.start()
    answer = exam.send(**changes)
    assert answer.status_code == status
    assert answer.json()["problem"].endswith(".")
    assert exam.kept == []


def test_too_many_are_told_to_wait(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    exam.start()
    monkeypatch.setattr("proctoring.api.stills.clean", lambda data: pytest.fail("looked at"))
    headers = exam.own
    answers = [exam.send(b"", number="x", headers=headers) for _ in range(2)]
    assert {one.status_code for one in answers} == {400}
    answers = [exam.send(source="none", headers=headers) for _ in range(60)]
    assert {one.status_code for one in answers} == {409, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "too many" in answers[-1].json()["problem"]


@pytest.mark.parametrize(
    ("journey", "has_begun", "source", "why"),
    [
        (Journey(), True, "screen", "does not ask you to share"),
        (Journey(), False, "room", "does not ask to see"),
        (BOTH, False, "screen", "has not begun"),
        (BOTH, True, "room", "has begun already"),
    ],
)
def test_nothing_is_taken_that_nobody_asked_for(
    exam: Exam, journey: Journey, has_begun: bool, source: str, why: str
) -> None:
    if journey != BOTH:
        exam.opened = exam.meeting(journey)
        exam.meeting_id = exam.opened.meeting.id
        exam.ann, exam.ann_token = exam.services.join(exam.meeting_id, "Ann", "v1")
    if has_begun:
        exam.start()
    answer = exam.send(source=source)
    assert (answer.status_code, why in answer.json()["problem"]) == (409, True)
    assert exam.kept == []


def test_nothing_is_taken_in_a_pause_after_the_end_or_where_it_was_switched_off(
    exam: Exam,
) -> None:
    exam.start()
    exam.do("pause", {"reason": "fire alarm"})
    assert "paused" in exam.send().json()["problem"]
    assert exam.send(ago_ms="60000").status_code == 201, "it was drawn before"
    exam.do("resume", {})
    assert exam.send().status_code == 201
    exam.do("adjustment", {"signals_off": ["screen"]})
    assert "does not ask" in exam.send().json()["problem"]
    exam.do("adjustment", {})
    exam.services.finish(exam.ann.id, "submitted")
    assert "over" in exam.send().json()["problem"]
    assert len(exam.kept) == 2


def test_what_cannot_be_kept_now_is_to_come_again(
    exam: Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    exam.start()
    fails = True

    def save(still: Any) -> None:
        if fails:
            raise StoreError("The disk is full.")
        save_it(still)

    save_it = exam.services.store.save_still
    monkeypatch.setattr(exam.services.sharing._store, "save_still", save)
    answer = exam.send(number="1-2-3")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "6")
    fails = False
    assert exam.send(number="1-2-3").status_code == 201
    assert len(exam.kept) == 1


def test_beyond_very_many_one_a_minute_is_kept_and_the_page_is_told(
    exam: Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MANY", 3)
    monkeypatch.setattr("proctoring.api.stills.MANY", 3)
    exam.start()
    agos = (200, 190, 180, 170, 115, 100, 50)  # s; the third is the last that may be near another
    answers = [exam.send(ago_ms=str(ago * 1000)) for ago in agos]
    assert [one.status_code for one in answers] == [201, 201, 201, 200, 201, 200, 201]
    assert [one.json()["every_s"] for one in answers] == [2, 2, 60, 60, 60, 60, 60]
    assert len(exam.kept) == 5
    listed = exam.client.get(f"/api/stills/{exam.ann.id}", headers=exam.proctor).json()
    assert listed["thinned_from"] == exam.kept[2].at.isoformat()


def test_a_room_has_so_many_pictures_and_no_more(
    exam: Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_ROOM", 2)
    answers = [exam.send(source="room") for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 201, 409]
    assert [one.source for one in exam.kept] == ["room", "room"]


# --- who sees them -------------------------------------------------------------------------


def test_those_who_may_read_the_exam_see_them_and_the_log_says_so_once(exam: Exam) -> None:
    exam.start()
    for _ in range(2):
        exam.send()
    headers = exam.proctor
    listed = exam.client.get(f"/api/stills/{exam.ann.id}", headers=headers).json()
    assert [one["id"] for one in listed["stills"]] == [ref.id for ref in exam.kept]
    assert listed["thinned_from"] is None
    newest = exam.client.get(f"/api/stills/{exam.ann.id}?newest=1", headers=headers).json()
    assert newest["stills"] == listed["stills"][-1:]
    for ref in exam.kept:
        answer = exam.client.get(f"/api/stills/{exam.ann.id}/{ref.id}", headers=headers)
        assert answer.headers["content-type"] == "image/jpeg"
        assert "no-store" in answer.headers["cache-control"]
        assert answer.content == clean(jpeg()).jpeg
    exam.services.journal.flush()
    log = exam.services.store.audit_log(exam.meeting_id)
    seen = [one.event.subject for one in log if one.event.action == events.STILLS_SEEN]
    assert seen == [exam.ann.id]


def test_a_candidate_sees_their_own_and_nobody_elses(exam: Exam) -> None:
    exam.start()
    exam.send()
    (ref,) = exam.kept
    assert exam.client.get("/api/own/stills", headers=exam.own).status_code == 404, "afterwards"
    exam.services.finish(exam.ann.id, "submitted")
    mine = exam.client.get("/api/own/stills", headers=exam.own).json()["stills"]
    assert [one["id"] for one in mine] == [ref.id]
    assert exam.client.get(f"/api/own/stills/{ref.id}", headers=exam.own).status_code == 200

    other_one, bo_token = exam.services.join(exam.meeting_id, "Bo", "v1")
    exam.services.finish(other_one.id, "submitted")
    bo = exam.passed(exam.meeting_id, Role.CANDIDATE, bo_token)
    assert exam.client.get("/api/own/stills", headers=bo).json()["stills"] == []
    other = exam.meeting(BOTH)
    foreign = exam.passed(other.meeting.id, Role.PROCTOR, other.proctor_secret)
    for headers in (bo, foreign, {}, {"Authorization": "Bearer x"}):
        for path in (
            f"/api/own/stills/{ref.id}",
            f"/api/stills/{exam.ann.id}",
            f"/api/stills/{exam.ann.id}?newest=1",
            f"/api/stills/{exam.ann.id}/{ref.id}",
        ):
            assert exam.client.get(path, headers=headers).status_code == 404, path
    assert exam.client.get(f"/api/stills/{exam.ann.id}", headers=exam.own).status_code == 404


def test_a_still_is_only_found_under_its_own_candidate(exam: Exam) -> None:
    exam.start()
    exam.send()
    (ref,) = exam.kept
    bo, _ = exam.services.join(exam.meeting_id, "Bo", "v1")
    for path in (f"/api/stills/{bo.id}/{ref.id}", f"/api/stills/{exam.ann.id}/{exam.ann.id}"):
        assert exam.client.get(path, headers=exam.proctor).status_code == 404


def test_they_are_in_the_export_and_go_with_an_erasure(exam: Exam) -> None:
    exam.start()
    exam.send()
    (ref,) = exam.kept
    files = dict(export.of_participant(exam.services.store, exam.ann.id))
    assert files[f"stills/{ref.id}.jpg"] == clean(jpeg()).jpeg
    (told,) = json.loads(files["participant.json"])["stills"]
    assert (told["id"], told["file"]) == (ref.id, f"stills/{ref.id}.jpg")
    exam.services.finish(exam.ann.id, "submitted")
    exam.services.store.erase(exam.ann.id, datetime.now(UTC))
    headers = exam.proctor
    assert exam.client.get(f"/api/stills/{exam.ann.id}", headers=headers).json()["stills"] == []
    path = f"/api/stills/{exam.ann.id}/{ref.id}"
    assert exam.client.get(path, headers=headers).status_code == 404


def test_a_made_up_pass_takes_nothing(exam: Exam) -> None:
    exam.start()
    wrong = [{}, {"Authorization": "Bearer x"}, exam.proctor]
    assert {exam.send(headers=headers).status_code for headers in wrong} == {404}
    assert exam.kept == []
