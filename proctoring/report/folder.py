"""The folder that a replay is written to: evidence, annotated video, timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from proctoring.replay import Replay, Watchers, media_s
from proctoring.report.film import Film
from proctoring.report.page import page
from proctoring.report.png import png
from proctoring.report.timeline import draw
from proctoring.report.tracks import Tracks

EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}
FILM, PLOT, PAGE = "annotated.mp4", "timeline.png", "timeline.html"


class Folder(Watchers):
    """To be used in a `with`, so that the video is ended whatever happens."""

    def __init__(self, path: Path, *, has_sound: bool) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._tracks = Tracks()
        self._film = Film(path / FILM, has_sound=has_sound)
        super().__init__([self._tracks, self._film])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._film.close()

    def write(self, name: str, replay: Replay) -> dict[str, str]:
        """Evidence id -> name of the file that was written. `name` is the recording's."""
        names = self._write_evidence(replay)
        drawing = draw(name, replay, self._tracks.by_signal)
        film = FILM if self._film.is_begun else None
        (self._path / PLOT).write_bytes(png(drawing))
        (self._path / PAGE).write_text(page(name, drawing, replay, names, film), encoding="utf-8")
        return names

    def _write_evidence(self, replay: Replay) -> dict[str, str]:
        names: dict[str, str] = {}
        for incident in replay.incidents:
            for number, item in enumerate(replay.evidence[incident.id], 1):
                stem = f"{media_s(incident.opened_at):08.1f}s-{incident.kind}-{number}"
                names[item.id] = f"{stem}.{EXTENSIONS[item.media_type]}"
                (self._path / names[item.id]).write_bytes(item.data)
        return names
