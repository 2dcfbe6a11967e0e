"""The values that flow, in the order they flow.

Two clocks and no third. Media time `t` is in seconds since the session started; it drives
every decision and never goes back. Wall-clock time (`*_at`) is timezone-aware UTC; it is
stamped once, for people and for storage. A quantity has its unit in its name or comment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # (height, width, 3), BGR
Sound = npt.NDArray[np.float32]  # (n,), mono, -1.0..1.0
BoxXYXY = tuple[int, int, int, int]  # left, top, right, bottom, in pixels

SAMPLE_RATE = 16_000  # Hz, of every AudioChunk that reaches a pipeline


# --- samples: what a candidate's machine sends -------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    t: float  # s
    image: Image


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    t: float  # s, of the first sample
    samples: Sound
    sample_rate: int = SAMPLE_RATE  # Hz

    @property
    def end_t(self) -> float:
        return self.t + len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class BrowserEvent:
    """Something the exam page reported: `page_hidden`, `fullscreen_left`, `pasted`."""

    t: float  # s, when it came
    name: str
    detail: str = ""
    ago_s: float = 0.0  # s before `t`, when it happened: a page without a line tells it later


# Two that the server itself tells: the page's own line is open, or it is not.
PAGE_OPENED, PAGE_CLOSED = "page_opened", "page_closed"
PAGE_ODD = "page_odd"  # a third: what came from the page is not what it sends; says what
STILL_KEPT = "still_kept"  # and a fourth: a picture of the candidate's screen has come


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing came for a second. Lets an analyser notice silence."""

    t: float  # s


Sample = VideoFrame | AudioChunk | BrowserEvent | Tick


# --- perception: what is in a frame ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Face:
    box: BoxXYXY
    confidence: float  # 0..1
    points: tuple[tuple[float, float], ...] = ()  # px: both eyes, nose, both mouth corners


# --- observations and incidents ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observation:
    """One measurement at one time: a fact, not yet a judgement.

    `value is None` says that the analyser abstained: it looked and could not tell, and
    `reason` says why ("picture too dark"). The second counts as degraded, not as measured.
    """

    t: float  # s
    signal: str  # "face_count", "speaker_count"
    value: float | None  # in the signal's own unit
    confidence: float = 1.0  # 0..1
    boxes: tuple[BoxXYXY, ...] = ()  # where, if it was seen
    seen_t: float | None = None  # s, of the picture that the boxes are in, if not of the newest
    span: tuple[float, float] | None = None  # s, from when to when, if it was heard
    reason: str = ""
    detail: str = ""  # of a bad value: what told it, in words for a proctor


class Severity(IntEnum):
    INFO = 0
    WARNING = 1
    ALERT = 2


class Category(StrEnum):
    CONDUCT = "conduct"  # about what the candidate does: scored, judged by a person
    TECHNICAL = "technical"  # about the equipment: shown apart and never scored


@dataclass(frozen=True, slots=True)
class Rule:
    """When observations of one signal become an incident.

    The signal is bad on the `enter_at` side and good on the `exit_at` side; the band
    between the two is hysteresis, where nothing changes.
    """

    kind: str  # "multiple_faces"
    title: str  # what a person reads: "More than one face"
    signal: str
    enter_at: float  # in the signal's unit
    exit_at: float  # in the signal's unit
    phrase: str  # the numbers in plain words; `{value}` is the furthest bad value
    advice: str  # tells the candidate how to mend it
    category: Category = Category.CONDUCT
    severity: Severity = Severity.WARNING
    weight: float = 0.2  # 0..1, the share of what is left of the score that one takes
    enter_after_s: float = 2.0  # bad for this long before an incident opens
    exit_after_s: float = 2.0  # good for this long before it closes
    max_gap_s: float = 5.0  # unmeasured for longer: the pending is forgotten, the open closes
    looks_every_s: float = 1.0  # what was observed is taken to hold for so long


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A rule that fired, once: from its opening to its closing. Saving one is an upsert by id."""

    id: str  # UUIDv7, made where it was observed, so that a repeated save changes nothing
    meeting_id: str
    participant_id: str
    kind: str
    title: str
    summary: str  # "2 faces"
    advice: str
    category: Category
    severity: Severity
    weight: float  # 0..1
    value: float  # in the signal's unit, the furthest on the bad side so far
    opened_at: datetime  # UTC, of the first bad observation
    last_seen_at: datetime  # UTC, of the last bad observation
    closed_at: datetime | None = None  # UTC; None while it lasts


@dataclass(frozen=True, slots=True)
class Incident:
    """What a person sees as one entry: the occurrences of one kind within ten minutes."""

    occurrences: tuple[Occurrence, ...]  # in order of opening, at least one

    @property
    def first(self) -> Occurrence:
        return self.occurrences[0]

    @property
    def id(self) -> str:
        return self.first.id

    @property
    def kind(self) -> str:
        return self.first.kind

    @property
    def category(self) -> Category:
        return self.first.category

    @property
    def count(self) -> int:
        return len(self.occurrences)

    @property
    def opened_at(self) -> datetime:
        return self.first.opened_at

    @property
    def closed_at(self) -> datetime | None:
        """When the last occurrence ended, or None while one lasts."""
        ends = [o.closed_at for o in self.occurrences]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def worst(self) -> Occurrence:
        """The occurrence whose numbers stand for the whole: the longest one."""
        return max(self.occurrences, key=lambda o: o.last_seen_at - o.opened_at)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The picture or the sound kept for one occurrence."""

    id: str
    occurrence_id: str
    captured_at: datetime  # UTC
    media_type: str  # "image/jpeg" | "audio/wav"
    data: bytes
    sha256: str  # hex, of data


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of what a candidate shares: of their screen, or of the room around them."""

    id: str  # UUIDv7
    participant_id: str
    at: datetime  # UTC, by the server's clock: when it was drawn
    source: str  # "screen" | "room"
    width: int  # px
    height: int  # px
    sha256: str  # hex, of data
    data: bytes = field(repr=False)  # JPEG


# --- coverage ------------------------------------------------------------------------------


class Measured(StrEnum):
    MEASURED = "measured"
    DEGRADED = "degraded"  # looked and could not tell
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class CoverageSpan:
    """For these seconds, this signal was measured, degraded or not. Saved by upsert by id."""

    id: str
    participant_id: str
    signal: str
    state: Measured
    reason: str
    started_at: datetime  # UTC
    ended_at: datetime  # UTC


# --- people and meetings -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Policy:
    """What the examiner allows. Nothing that is allowed becomes an incident."""

    allowed_objects: frozenset[str] = frozenset()  # labels of perception.objects: "book"
    may_look_down: bool = False  # at paper on the desk
    may_speak: bool = True  # aloud: reading a question out, thinking
    challenges: bool = True  # in doubt, candidates may be asked to turn the head: see challenge.py
    phrases: tuple[str, ...] = ()  # English, listened for: see analysers.phrases
    thresholds: tuple[str, ...] = ()  # "looking_away.enter_after_s=5": see policy.thresholds


@dataclass(frozen=True, slots=True)
class Journey:
    """How candidates come into the exam, and what they work on in it."""

    exam_url: str = ""  # of an exam elsewhere, shown beside the strip; "" if there is none
    legal_basis: str = ""  # plain text, shown with what is measured and kept
    check_in: frozenset[str] = frozenset()  # optional: "identity" | "card" | "voice" | "room"
    needs_letting_in: bool = False  # by a proctor, before the exam may start
    full_screen: bool = False  # the exam is asked to be in full screen
    invited_only: bool = False  # who has no personal link stays at the door
    screen_share: bool = False  # candidates share their screen: stills of it, when it changes


@dataclass(frozen=True, slots=True)
class Meeting:
    """One exam sitting."""

    id: str
    title: str
    opens_at: datetime  # UTC; candidates may start from here
    closes_at: datetime  # UTC; everything ends here
    length_s: int  # working time of one candidate
    signals: tuple[str, ...]  # names of the analysers that are on
    instructions: str  # Markdown, shown to candidates
    preset: str  # name of the rule preset
    created_at: datetime  # UTC
    policy: Policy = Policy()
    journey: Journey = Journey()


@dataclass(frozen=True, slots=True)
class Participant:
    """One candidate's participation in one meeting; a name is no identity."""

    id: str
    meeting_id: str
    name: str
    joined_at: datetime  # UTC
    consent_at: datetime | None = None  # UTC
    consent_version: str = ""  # of the text that was agreed to
    started_at: datetime | None = None  # UTC, first picture analysed; the clock runs from here
    finished_at: datetime | None = None  # UTC
    finish_reason: str = ""  # "submitted" | "time is up" | "did not come back" | a proctor's
    erased_at: datetime | None = None  # UTC; name, pictures and sounds are gone since


class Role(StrEnum):
    EXAMINER = "examiner"  # made the meeting: changes, exports and erases it
    PROCTOR = "proctor"  # watches it live
    REVIEWER = "reviewer"  # reads what is kept of it
    CANDIDATE = "candidate"  # sits in it: one participant


@dataclass(frozen=True, slots=True)
class Capability:
    """What the bearer of one secret token may do, in one meeting, until it ends."""

    id: str
    meeting_id: str
    role: Role
    token_hash: str = field(repr=False)  # see proctoring.access.tokens
    created_at: datetime  # UTC
    participant_id: str | None = None  # of a candidate
    expires_at: datetime | None = None  # UTC
    revoked_at: datetime | None = None  # UTC

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that somebody did, or that was kept: one line of a meeting's log."""

    id: str
    meeting_id: str
    at: datetime  # UTC
    actor: str  # id of a capability, or "server"
    action: str  # "meeting.created", "evidence.kept" …
    subject: str  # id of what it was done to
    detail: str = ""  # a hash, a reason, a number; never a name


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An event in its place in the chain: see `proctoring.audit.chain`."""

    event: AuditEvent
    number: int  # 1, 2, 3 … in its meeting
    hash: str  # hex, of the event and of the entry before it


@dataclass(frozen=True, slots=True)
class Notice:
    """The candidate's page has shown the warning for an occurrence."""

    occurrence_id: str
    shown_at: datetime  # UTC


# --- the exam paper ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """The questions of one meeting as candidates see them: nothing that solves any."""

    meeting_id: str
    revision: int  # 1, 2, 3 …: a higher one takes the place of what was there
    content: str  # JSON object: sections and questions
    saved_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What solves a `Paper`, and for how many points. It has the same revision."""

    meeting_id: str
    revision: int
    content: str = field(repr=False)  # JSON object: solutions and points
    saved_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Answer:
    """What one candidate answers to one question."""

    participant_id: str
    question_id: str
    revision: int  # 1, 2, 3 … for this question, as the candidate's page counts: the highest wins
    content: str = field(repr=False)  # JSON
    saved_at: datetime  # UTC


# --- what people do about one candidate's exam -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person did about one candidate's exam, once: nothing changes it later.

    What holds now is a fold over all of them: see `proctoring.acts.kinds`.
    """

    id: str  # UUIDv7, made where it was done, so that a repeated save changes nothing
    participant_id: str
    at: datetime  # UTC
    actor: str  # id of a capability, or "server"
    role: str  # of the actor: a Role, or "server"
    kind: str  # "message", "pause" …: see `proctoring.acts.kinds`
    content: str = field(repr=False)  # JSON object


# --- what a candidate is known again by --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the exam learned of one candidate, so that it need not learn it of another."""

    participant_id: str
    kind: str  # "faces", "gaze": see proctoring.recall
    content: bytes = field(repr=False)
    saved_at: datetime  # UTC: of each kind the newest counts


# --- what was observed, to be decided anew -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trace:
    """About a minute of one candidate's observations, no pictures: see `proctoring.traces`."""

    id: str  # UUIDv7
    participant_id: str
    started_at: datetime  # UTC
    ended_at: datetime  # UTC
    content: bytes = field(repr=False)


# --- what an examiner keeps beside an exam -------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfficeRecord:
    """Somebody who is invited, a version of the policy, where the exam is listed: see
    `proctoring.office.records`. Of each id the highest revision counts."""

    id: str  # of an invitation: that of the participant whom it becomes
    meeting_id: str
    kind: str  # "invitation", "policy" …
    revision: int  # 1, 2, 3 …
    token_hash: str = field(repr=False)  # of the secret that it is found by; "" if by none
    content: str = field(repr=False)  # JSON object; "" once erased
    saved_at: datetime  # UTC
    actor: str  # id of a capability, or "server"


# --- staff ---------------------------------------------------------------------------------


class StaffRole(StrEnum):
    EXAMINER = "examiner"  # makes exams, and whatever the others may
    PROCTOR = "proctor"  # opens desks
    REVIEWER = "reviewer"  # opens reviewer links alone


@dataclass(frozen=True, slots=True)
class Staff:
    """One who may sign in, or everybody of a domain."""

    entry: str  # "ann@uni.example", "@uni.example": see proctoring.access.staff.read_entry
    role: StaffRole
    added_at: datetime  # UTC


class Analyser(Protocol):
    """Turns samples of one type into observations. One instance per session.

    `analyse` runs on the session's worker thread and on no other, so an analyser keeps
    its state in plain attributes and takes no locks. It is made with the `Exam` that it watches;
    models come in as keyword arguments.
    """

    name: ClassVar[str]  # "faces"; a meeting lists the names that are on
    title: ClassVar[str]  # "Faces in view"
    medium: ClassVar[str]  # what it needs: "camera" | "microphone" | "page"
    explains: ClassVar[str]  # tells the candidate what is measured and what is kept
    accepts: ClassVar[type | tuple[type, ...]]  # Scene, AudioChunk, BrowserEvent, Tick
    rules: ClassVar[tuple[Rule, ...]]

    def __init__(self, exam: Any = ..., /) -> None:
        """`exam` is a `proctoring.exam.Exam`."""

    def analyse(self, sample: Any, /) -> Iterable[Observation]: ...
