"""Who it is, asked by a proctor: what was seen before counts for nothing; an answer comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from making import GREY, make_pipeline
from waiting import wait_until

from proctoring.acts.kinds import content_of, make
from proctoring.analysers.identity import CONFIRMED, DIFFERENT, IdentityCheck, _Look
from proctoring.live.recheck import WITHIN_S, Recheck
from proctoring.types import Observation, VideoFrame


class Comparing(IdentityCheck):
    """Its looks are given."""

    def __init__(self, value: float | None) -> None:
        super().__init__()
        self.value = value
        self.forgot = 0

    def look_anew(self) -> None:
        super().look_anew()
        self.forgot += 1

    def analyse(self, scene: Any) -> Iterable[Observation]:
        yield Observation(scene.t, "face_distance", self.value, reason="no face")


def answers(value: float | None, *, until_t: float = 12.0, is_paused: bool = False) -> Any:
    analyser = Comparing(value)
    pipeline, asked = make_pipeline(analyser), Recheck(10.0)
    pipeline.process(VideoFrame(10.0, GREY))  # what was seen just before
    assert asked.step(pipeline, 10.0, 0.0, is_paused) is None
    assert analyser.forgot == 1
    assert asked.step(pipeline, 10.1, 0.0, is_paused) is None, "an old look was taken for an answer"
    pipeline.process(VideoFrame(until_t, GREY))
    return asked.step(pipeline, until_t, 0.0, is_paused)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (0.4, "same"),
        ((CONFIRMED + DIFFERENT) / 2, "uncertain"),
        (DIFFERENT, "different"),
        (1.7, "different"),
    ],
)
def test_the_answer_is_what_new_looks_say(value: float, result: str) -> None:
    found = answers(value)
    assert found.result == result
    assert f"{value:.2f}" in found.text


def test_what_cannot_be_told_in_half_a_minute_is_said_with_its_reason() -> None:
    assert answers(None) is None
    found = answers(None, until_t=10 + WITHIN_S)
    assert found.result == "uncertain"
    assert "no face" in found.text
    assert "paused" in answers(0.4, until_t=10 + WITHIN_S, is_paused=True).text


def test_an_exam_that_compares_nobody_says_so_at_once() -> None:
    found = Recheck(1.0).step(make_pipeline(), 1.0, 0.0, False)
    assert found
    assert found.result == "off"


def test_looking_anew_forgets_the_looks_and_not_the_person() -> None:
    check = IdentityCheck()
    check._looks.extend(_Look(float(t), 0.5, (0, 0, 9, 9)) for t in range(5))
    check._look_due_t = 9.0
    learned = check.learned
    check.look_anew()
    assert (len(check._looks), check._look_due_t, check.learned) == (0, 0.0, learned)


def test_a_proctors_question_is_answered_in_the_records(services, meeting, ada) -> None:  # type: ignore[no-untyped-def]
    """In an exam that compares nobody: the answer is that it cannot be said here."""
    services.open_page(ada.id)
    asked = make("recheck", {}, participant_id=ada.id, at=datetime.now(UTC))
    services.acting.by_server(services.store.participant(ada.id), asked)

    def answered() -> Any:
        services._do_what_is_due(datetime.now(UTC))
        return [one for one in services.store.acts(ada.id) if one.kind == "rechecked"]

    (found,) = wait_until(answered)
    assert content_of(found)["result"] == "off"
    assert found.role == "server"
