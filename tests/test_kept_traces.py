"""What a running exam observes is kept, unless the operator has switched it off."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import make_meeting
from waiting import wait_until

from proctoring.services import Services
from proctoring.settings import Settings, SettingsError
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.traces.minutes import stretches
from proctoring.types import SAMPLE_RATE, AudioChunk


@pytest.mark.parametrize("keeps", [True, False])
def test_an_exam_keeps_what_it_observes_if_it_may(tmp_path: Path, keeps: bool) -> None:
    folder = tmp_path / "data"
    with closing(Services(Settings(data_dir=folder, keep_traces=keeps))) as services:
        meeting, *_ = make_meeting(services, signals=("whisper",))
        person, _ = services.join(meeting.id, "Ann", "v1")
        seat, *_ = services.open_page(person.id)
        for half in range(20):
            quiet = np.zeros(SAMPLE_RATE // 2, np.float32)
            seat.session.offer(AudioChunk(half / 2, quiet))
        services.finish(person.id, "submitted")
        wait_until(lambda: not services.writer.waiting)
        traces = services.store.traces(person.id)
        assert bool(traces) == bool(services.store.traced(meeting.id)) == keeps
        for stretch in stretches(traces):
            assert "sound_level_db" in stretch.readings
            assert stretch.closed_t is not None
            assert "whisper" in stretch.rules
    with closing(SqliteStore(folder)) as kept:
        assert all(b"sound_level_db" not in one.content for one in kept.traces(person.id))


def test_the_setting_is_on_or_off() -> None:
    for text, keeps in (("", True), ("on", True), ("off", False)):
        assert Settings.read({"OPENPROCTOR_KEEP_TRACES": text}).keep_traces is keeps
    with pytest.raises(SettingsError, match="OPENPROCTOR_KEEP_TRACES must be on or off: 'maybe'"):
        Settings.read({"OPENPROCTOR_KEEP_TRACES": "maybe"})
