"""A replay as a picture: one lane a signal, incidents as marks, coverage as a ribbon below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from proctoring.analysers import analyser_types
from proctoring.replay import Replay, media_s
from proctoring.report import lettering, shapes
from proctoring.report.shapes import Drawing, Line, Rect, Shape, Text
from proctoring.report.tracks import Track
from proctoring.signal_names import named
from proctoring.time_axis import clock, tick_s
from proctoring.types import Category, CoverageSpan, Incident, Measured, Rule, Severity

WIDTH, LEFT, RIGHT = 1240.0, 200.0, 76.0  # px: of the whole, of the names, of the shares
TOP, BOTTOM = 64.0, 58.0  # px, of the heading and of the axis with its legend
CONDUCT, TECHNICAL = 46.0, 30.0  # px high: the values of a lane
RIBBON, GAP = 6.0, 18.0  # px high: the coverage, to the next lane
RIBBON_COLOURS = {
    Measured.MEASURED: shapes.MEASURED,
    Measured.DEGRADED: shapes.DEGRADED,
    Measured.NOT_MEASURED: shapes.NOT_MEASURED,
}
RIBBON_WORDS = {
    Measured.MEASURED: "measured",
    Measured.DEGRADED: "could not tell",
    Measured.NOT_MEASURED: "not measured",
}


@dataclass(frozen=True, slots=True)
class Lane:
    signal: str  # "face_count"
    title: str  # of its analyser: "Faces in view"
    rules: tuple[Rule, ...]
    incidents: tuple[Incident, ...]
    spans: tuple[CoverageSpan, ...]
    measured: float  # 0..1
    track: Track = field(default_factory=Track)

    @property
    def is_conduct(self) -> bool:
        return any(rule.category is Category.CONDUCT for rule in self.rules)

    @property
    def height(self) -> float:
        """px, of its values"""
        return CONDUCT if self.is_conduct else TECHNICAL


def lanes(replay: Replay, tracks: Mapping[str, Track]) -> list[Lane]:
    """What is about conduct first."""
    found = []
    for kind in analyser_types():
        for signal in dict.fromkeys(rule.signal for rule in kind.rules):
            if signal not in replay.coverage:
                continue
            rules = tuple(rule for rule in kind.rules if rule.signal == signal)
            kinds = {rule.kind for rule in rules}
            found.append(
                Lane(
                    signal,
                    kind.title,
                    rules,
                    tuple(i for i in replay.incidents if i.kind in kinds),
                    tuple(span for span in replay.spans if span.signal == signal),
                    replay.coverage[signal],
                    tracks.get(signal, Track()),
                )
            )
    return sorted(found, key=lambda lane: not lane.is_conduct)


def draw(name: str, replay: Replay, tracks: Mapping[str, Track]) -> Drawing:
    found = lanes(replay, tracks)
    scale = _Scale(max(replay.duration_s, 1.0))
    bottom = TOP + sum(lane.height + RIBBON + GAP for lane in found)
    number = len(replay.incidents)
    says = f"{number} incident{'' if number == 1 else 's'}, {replay.score:.0f} of 100 to look at"
    drawn: list[Shape] = [
        Text(16, 28, name, 18),
        Text(16, 47, f"{clock(replay.duration_s)} long, {says}", 12, shapes.FAINT),
        Text(WIDTH - 14, 47, "measured", 11, shapes.FAINT, "end"),
        *_axis(scale, bottom),
    ]
    y = TOP
    for lane in found:
        drawn += _lane(lane, y, scale)
        y += lane.height + RIBBON + GAP
    drawn += _legend(bottom + 44)
    return Drawing(WIDTH, bottom + BOTTOM, f"Timeline of {name}: {says}.", tuple(drawn))


@dataclass(frozen=True, slots=True)
class _Scale:
    duration_s: float

    def x(self, t: float) -> float:
        inside = min(max(t, 0.0), self.duration_s)
        return LEFT + (WIDTH - LEFT - RIGHT) * inside / self.duration_s


def _axis(scale: _Scale, bottom: float) -> Iterator[Shape]:
    step = tick_s(scale.duration_s)
    for number in range(int(scale.duration_s // step) + 1):
        x = scale.x(number * step)
        yield Line(((x, TOP - 6), (x, bottom - GAP + 8)), shapes.RULE)
        yield Text(x, bottom + 6, clock(number * step), 11, shapes.FAINT, "middle")


def _lane(lane: Lane, y: float, scale: _Scale) -> Iterator[Shape]:
    yield Text(16, y + 15, named(lane.signal), 13)
    yield Text(16, y + 31, lane.title, 11, shapes.FAINT)
    for incident in lane.incidents:
        yield from _mark(incident, y, lane.height, scale)
    yield from _values(lane, y, scale)
    yield from _ribbon(lane, y + lane.height + 2, scale)
    yield Text(
        WIDTH - 14, y + lane.height + RIBBON + 2, f"{_floor(lane.measured)} %", 12, anchor="end"
    )
    yield from _names(lane.incidents, y + 12, scale)


def _mark(incident: Incident, y: float, height: float, scale: _Scale) -> Iterator[Shape]:
    colour = _colour(incident)
    for occurrence in incident.occurrences:
        start_t = media_s(occurrence.opened_at)
        end_t = scale.duration_s if occurrence.closed_at is None else media_s(occurrence.closed_at)
        x = scale.x(start_t)
        wide = max(3.0, scale.x(end_t) - x)
        says = f"{occurrence.title}: {occurrence.summary}, {clock(start_t)} to {clock(end_t)}"
        yield Rect(x, y, wide, height, colour, 0.16, says, start_t)
        yield Rect(x, y - 3, wide, 3, colour, 1.0, says, start_t)


def _names(incidents: tuple[Incident, ...], y: float, scale: _Scale) -> Iterator[Shape]:
    """Where there is room: what has none is in the list below the plot."""
    free = 0.0
    for incident in incidents:
        wide = lettering.width(incident.first.title, 11)
        x = min(scale.x(media_s(incident.opened_at)) + 5, WIDTH - RIGHT - wide)
        if x >= free:
            yield Text(x, y, incident.first.title, 11, _colour(incident))
            free = x + wide + 8


def _values(lane: Lane, y: float, scale: _Scale) -> Iterator[Shape]:
    lines = list(lane.track.lines())
    limits = [rule.enter_at for rule in lane.rules]
    said = [value for line in lines for point in line for value in (point.low, point.high)]
    low, high = min([*said, *limits]), max([*said, *limits])
    span = (high - low) or 1.0
    room = 16 if lane.incidents or lane.is_conduct else 4  # px, for the incidents' names

    def level(value: float) -> float:
        return y + room + (lane.height - room - 4) * (1 - (value - low) / span)

    for limit in dict.fromkeys(limits):
        ends = ((LEFT, level(limit)), (WIDTH - RIGHT, level(limit)))
        yield Line(ends, shapes.FAINT, 0.8, is_dashed=True)
        yield Text(LEFT - 6, level(limit) + 4, f"{limit:g}", 10, shapes.FAINT, "end")
    for line in lines:
        points = [
            (scale.x(point.t), level(value))
            for point in line
            for value in dict.fromkeys((point.low, point.high))
        ]
        if len(points) == 1:  # a single look is seen as a short stroke
            (x, at), *_ = points
            points = [(x - 1.5, at), (x + 1.5, at)]
        yield Line(tuple(points), shapes.INK, 1.3)


def _ribbon(lane: Lane, y: float, scale: _Scale) -> Iterator[Shape]:
    wide = WIDTH - LEFT - RIGHT
    yield Rect(LEFT, y, wide, RIBBON, shapes.NOT_MEASURED, title="not measured")
    for span in lane.spans:
        start, end = media_s(span.started_at), media_s(span.ended_at)
        why = f": {span.reason}" if span.reason else ""
        says = f"{RIBBON_WORDS[span.state]}, {clock(start)} to {clock(end)}{why}"
        x = scale.x(start)
        yield Rect(x, y, scale.x(end) - x, RIBBON, RIBBON_COLOURS[span.state], title=says, t=start)


def _legend(y: float) -> Iterator[Shape]:
    x = LEFT
    entries = [(RIBBON_COLOURS[state], words) for state, words in RIBBON_WORDS.items()]
    entries += [(shapes.ALERT, "alert"), (shapes.WARNING, "warning")]
    entries += [(shapes.TECHNICAL, "technical, never scored")]
    for colour, words in entries:
        yield Rect(x, y - 9, 14, 9, colour)
        yield Text(x + 19, y, words, 11, shapes.FAINT)
        x += 19 + lettering.width(words, 11) + 22
    yield Line(((x, y - 4), (x + 22, y - 4)), shapes.FAINT, 0.8, is_dashed=True)
    yield Text(x + 27, y, "a rule begins here", 11, shapes.FAINT)


def _colour(incident: Incident) -> str:
    if incident.category is Category.TECHNICAL:
        return shapes.TECHNICAL
    worst = max(occurrence.severity for occurrence in incident.occurrences)
    return shapes.ALERT if worst is Severity.ALERT else shapes.WARNING


def _floor(share: float) -> str:
    """Never rounded up to all of it."""
    return "100" if share >= 1 else f"{int(share * 1000) / 10:g}"
