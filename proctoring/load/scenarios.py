"""What a made-up candidate does in front of the camera: a clip, and what is to be found in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

DEMO = Path(__file__).parents[1] / "demo" / "exam.mp4"
_STRETCH = re.compile(r"([a-z_]+):(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


class BadScenario(ValueError):
    """The message says what it takes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From its first frame on something is there that an incident of this kind tells of."""

    kind: str
    from_s: float  # in the clip
    to_s: float


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    clip: Path = DEMO
    from_s: float = 0.0  # what of the file is played, again and again
    to_s: float | None = None  # None: to its end
    stretches: tuple[Stretch, ...] = ()  # in s of what is played

    def __post_init__(self) -> None:
        """Raises BadScenario."""
        for one in self.stretches:
            if one.from_s >= one.to_s:
                raise BadScenario(f"{one.kind}: {one.from_s:g} s is not before {one.to_s:g} s.")


# The recording's own README tells what happens in it; the moments are those of the first frame
# that shows all of it: the second face is whole at 16 s, the first gone at 39 s.
KNOWN = {
    one.name: one
    for one in (
        Scenario(
            "two-faces", from_s=6.0, to_s=36.0, stretches=(Stretch("multiple_faces", 10, 19),)
        ),
        Scenario(
            "exam",
            stretches=(
                Stretch("multiple_faces", 16, 25),
                Stretch("no_face", 39, 48),
                Stretch("multiple_speakers", 61, 80),
            ),
        ),
        Scenario("calm", from_s=0.0, to_s=14.0),
    )
}


def scenario_of(name: str, clip: Path | None = None, stretches: tuple[str, ...] = ()) -> Scenario:
    """A known one, or one's own clip; `stretches` are such as "multiple_faces:10-20".

    Raises BadScenario.
    """
    if clip is None:
        if name not in KNOWN:
            raise BadScenario(f"There is no scenario {name!r}: there are {', '.join(KNOWN)}.")
        known = KNOWN[name]
        return replace(known, stretches=_read(stretches)) if stretches else known
    if not clip.is_file():
        raise BadScenario(f"There is no file {clip}.")
    return Scenario(clip.stem, clip, stretches=_read(stretches))


def _read(texts: tuple[str, ...]) -> tuple[Stretch, ...]:
    found = []
    for text in texts:
        match = _STRETCH.fullmatch(text)
        if match is None:
            raise BadScenario(f"{text!r} is no stretch such as multiple_faces:10-20 (kind, s, s).")
        found.append(Stretch(match[1], float(match[2]), float(match[3])))
    return tuple(found)
