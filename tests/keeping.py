"""A data folder with one meeting that is over, and the commands that work on it."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from exams import act, answer, answer_key, paper
from making import at, occurrence
from stores import capability, evidence, meeting, participant, span

from proctoring.cli import main
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.types import Notice, Role

PICTURE = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setparams((1, 2, 16_000, 0, "NONE", ""))
        clip.writeframes(bytes(3200))
    return file.getvalue()


@dataclass
class Kept:
    settings: Settings
    store: Store
    capsys: pytest.CaptureFixture[str]

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, stdout and stderr."""
        self.capsys.readouterr()
        status = main([str(one) for one in arguments])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def json(self, *arguments: object) -> list[Any]:
        return [json.loads(line) for line in self.run(*arguments, "--json")[1].splitlines()]

    def files(self) -> list[Path]:
        return sorted((self.folder / "evidence").glob("*/*"))


@pytest.fixture
def kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Kept]:
    """Ann ("p") and =Bob ("q"), a picture and a sound each; the server has it open."""
    settings = Settings(data_dir=tmp_path / "data")
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.delenv("OPENPROCTOR_SEALING_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    store = open_store(settings)
    store.add_meeting(meeting(), capability())
    store.save_paper(paper(), answer_key())
    for participant_id, name in (("p", "Ann"), ("q", "=Bob")):
        store.add_participant(
            participant(id=participant_id, name=name, consent_at=at(1), consent_version="v1"),
            capability(role=Role.CANDIDATE, participant_id=participant_id),
        )
        store.start(participant_id, at(2))
        begun = occurrence(10, participant_id=participant_id)
        store.save_occurrence(begun)
        store.save_evidence(evidence(begun.id, PICTURE))
        store.save_evidence(evidence(begun.id, sound(), media_type="audio/wav"))
        store.save_answer(answer(participant_id=participant_id, content=f'"by {name}"'))
        store.save_act(act(id=f"act of {participant_id}", participant_id=participant_id, at=at(11)))
        store.save_notice(Notice(begun.id, at(12)))
        store.save_occurrence(replace(begun, last_seen_at=at(15), closed_at=at(15)))
        store.save_coverage([span(participant_id=participant_id)])
        store.finish(participant_id, at(100), "submitted")
    yield Kept(settings, store, capsys)
    store.close()
