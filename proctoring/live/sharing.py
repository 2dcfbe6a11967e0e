"""What candidates share, as it comes: of the room before the exam, of the screen during it.

Accepted is kept: whoever is told so may forget it. Nothing is taken of who was not asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from proctoring.acts.ledger import Ledger
from proctoring.ids import new_id
from proctoring.store import StillRef, Store, StoreError
from proctoring.types import Meeting, Participant, Still

SCREEN, ROOM = "screen", "room"
SIGNAL = "screen"  # the analyser that a share is for
EVERY_S = 2.0  # at most, of a screen
MANY = 2000  # of one candidate: an hour of nothing but change, or a day and a half of stillness
THINNED_S = 60.0  # from then on there is one in so long
MOST_ROOM = 36  # three looks around
MOST_AGO = timedelta(minutes=15)  # a line that was away for longer brings no more
MOST_REMEMBERED = 400  # numbers of one candidate's pages
MOST_CANDIDATES = 2000


class NotAsked(Exception):
    """It is not taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Taken:
    id: str  # "" if it is one too many: it was looked at and not kept
    every_s: float  # how often another is welcome


@dataclass(frozen=True, slots=True)
class Given:
    """A still that is fit to be kept, and where it comes from."""

    source: str
    number: str  # of the page and the still: whoever sends it again says the same
    ago: timedelta  # when it was drawn
    jpeg: bytes
    width: int
    height: int


@dataclass(slots=True)
class _Shared:
    """By one candidate, as far as this server knows."""

    count: int
    rooms: int
    newest: StillRef | None
    known: OrderedDict[str, Taken] = field(default_factory=OrderedDict)  # by number
    taking: threading.Lock = field(default_factory=threading.Lock)


class Sharing:
    """Safe to call from any thread; waits for the store."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._shared: OrderedDict[str, _Shared] = OrderedDict()  # by participant id
        self._lock = threading.Lock()

    def check(self, participant_id: str, source: str, ago: timedelta = timedelta(0)) -> Participant:
        """Is it asked for? Cheap, for before the picture is looked at. Raises NotAsked."""
        person = self._store.participant(participant_id)
        meeting = self._store.meeting(person.meeting_id)
        if person.finished_at or person.erased_at:
            raise NotAsked("Your exam is over. Nothing more is taken.")
        if source == ROOM:
            _check_room(meeting, person)
        elif source == SCREEN:
            self._check_screen(meeting, person, datetime.now(UTC) - ago)
        else:
            raise NotAsked("Nobody asked for this.")
        return person

    def take(self, participant_id: str, given: Given) -> Taken:
        """Keep it, once. Raises NotAsked, StoreError."""
        person = self.check(participant_id, given.source, given.ago)
        shared = self._of(participant_id)
        with shared.taking:
            if given.number in shared.known:
                return shared.known[given.number]
            taken = self._take(person, shared, given)
            shared.known[given.number] = taken
            while len(shared.known) > MOST_REMEMBERED:
                shared.known.popitem(last=False)
            return taken

    def newest(self, participant_id: str) -> StillRef | None:
        """Of the screen. Raises StoreError if this server has to ask and cannot."""
        with self._lock:
            known = self._shared.get(participant_id)
        if known is not None and known.newest is not None:
            return known.newest
        return _newest(self._store.stills(participant_id))

    def _take(self, person: Participant, shared: _Shared, given: Given) -> Taken:
        now = datetime.now(UTC)
        begun = person.started_at or person.joined_at
        at = min(max(now - min(given.ago, MOST_AGO), begun), now)
        if given.source == ROOM and shared.rooms >= MOST_ROOM:
            raise NotAsked("There are enough pictures of your room.")
        is_many = shared.count >= MANY
        if is_many and shared.newest and at - shared.newest.at < timedelta(seconds=THINNED_S):
            return Taken("", THINNED_S)
        still = Still(
            new_id(),
            person.id,
            at,
            given.source,
            given.width,
            given.height,
            sha256(given.jpeg).hexdigest(),
            given.jpeg,
        )
        self._store.save_still(still)
        shared.count += 1
        shared.rooms += given.source == ROOM
        if given.source == SCREEN and (shared.newest is None or at >= shared.newest.at):
            shared.newest = _ref(still)
        return Taken(still.id, THINNED_S if shared.count >= MANY else EVERY_S)

    def _of(self, participant_id: str) -> _Shared:
        with self._lock:
            if known := self._shared.get(participant_id):
                self._shared.move_to_end(participant_id)
                return known
        try:
            kept = self._store.stills(participant_id)
        except StoreError:
            kept = []  # another server may have some; this one does not wait for it to be asked
        rooms = sum(ref.source == ROOM for ref in kept)
        with self._lock:
            fresh = _Shared(len(kept), rooms, _newest(kept))
            known = self._shared.setdefault(participant_id, fresh)
            while len(self._shared) > MOST_CANDIDATES:
                self._shared.popitem(last=False)
            return known

    def _check_screen(self, meeting: Meeting, person: Participant, drawn_at: datetime) -> None:
        if person.started_at is None:
            raise NotAsked("Your exam has not begun.")
        held = self._ledger.standing(meeting.id, person.id, datetime.now(UTC))
        if not is_asked_for(meeting) or SIGNAL in held.adjustments.signals_off:
            raise NotAsked("This exam does not ask you to share your screen.")
        if held.paused_at is not None and drawn_at > held.paused_at:
            raise NotAsked("Your exam is paused. Nothing is taken now.")


def is_asked_for(meeting: Meeting) -> bool:
    """Is the screen to be shared in this exam?"""
    return meeting.journey.screen_share and SIGNAL in meeting.signals


def _check_room(meeting: Meeting, person: Participant) -> None:
    if ROOM not in meeting.journey.check_in:
        raise NotAsked("This exam does not ask to see your room.")
    if person.started_at is not None:
        raise NotAsked("Your exam has begun already.")


def _newest(refs: list[StillRef]) -> StillRef | None:
    return max((one for one in refs if one.source == SCREEN), key=lambda one: one.at, default=None)


def _ref(still: Still) -> StillRef:
    return StillRef(
        still.id,
        still.participant_id,
        still.at,
        still.source,
        still.width,
        still.height,
        len(still.data),
        still.sha256,
    )
