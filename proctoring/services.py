"""Puts the parts together: the one place that knows every concrete class."""

from __future__ import annotations

import contextlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from proctoring.access import tokens
from proctoring.access.admission import MOST_CANDIDATES, Admission
from proctoring.access.sign_ins import SignIns
from proctoring.access.staff import Roster
from proctoring.acting import Acting
from proctoring.acts import make
from proctoring.analysers import signals_of
from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.capture import Capture
from proctoring.consent import Keeping
from proctoring.desks import Desks
from proctoring.ids import new_id
from proctoring.journey import checked
from proctoring.ledger import Ledger
from proctoring.office import Office
from proctoring.outage import Outage
from proctoring.plaintext import LONGEST_INSTRUCTIONS, LONGEST_NAME, LONGEST_TITLE, line, lines
from proctoring.privacy import retention
from proctoring.seats import NotNow, Seat, Seats, Unheard, check_can_listen, check_open
from proctoring.settings import Settings
from proctoring.standing import Standing
from proctoring.store import Presence, Store, StoreError
from proctoring.store.opening import open_store
from proctoring.store.writer import StoreWriter
from proctoring.types import Act, Journey, Meeting, Notice, Participant, Policy, Role
from proctoring.upkeep import Upkeep

__all__ = ["Full", "NotNow", "Opened", "Seat", "Services", "Unheard"]

FINISHED = "participant.finished"
ENDED = "ended by a proctor"  # why is in the act
SETTLES_WITHIN_S = 10.0
NOTHING_ALLOWED = Policy()
AS_EVER = Journey()
PRESENT_FOR = timedelta(seconds=10)  # after a server last said that it holds somebody


class Full(NotNow):
    """There are as many candidates as there may be."""


class Opened(NamedTuple):
    """A new meeting and its secrets, which nobody can ask for again."""

    meeting: Meeting
    proctor_secret: str
    examiner_secret: str


class Services:
    """Lives as long as the process. Safe to call from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings)
        self.writer = StoreWriter(self.store)
        self.roster = Roster(settings.staff or (), self.store.staff)
        self.sign_ins = SignIns(self.roster)
        passes = tokens.Passes(_signing_key(settings))
        self.admission = Admission(self.store, passes, opens=self.sign_ins.opens)
        self.journal = Journal(self.store)
        self.office = Office(self.store, self.journal, self._stand_up)
        self.ledger = Ledger(self.store)
        self._seats = Seats(settings, self.store, self.writer, self.journal, self.ledger)
        self.acting = Acting(self.store, self.ledger, self._heed)
        self._outage = Outage(settings.data_dir, self.store, self.ledger, self.acting.by_server)
        self.desks = Desks(self.journal)
        keep = retention.Policy.of_days(settings.keep_evidence_days, settings.keep_records_days)
        self.upkeep = Upkeep(self.store, keep, self.ledger)

    @property
    def problem(self) -> str:
        """What is the matter with keeping records; empty when all is well."""
        return " ".join(filter(None, (self.writer.problem, self.store.problem)))

    @property
    def keeping(self) -> Keeping:
        """For whoever is asked to agree: for how long, and where."""
        host = urlsplit(self.settings.supabase.url).netloc if self.settings.supabase else ""
        kept = self.settings
        return Keeping(kept.keep_evidence_days, kept.keep_records_days, host, kept.keep_traces)

    # meetings -----------------------------------------------------------------------------

    def create_meeting(
        self,
        *,
        title: str,
        opens_at: datetime,
        closes_at: datetime,
        length_s: int,
        signals: tuple[str, ...],
        instructions: str = "",
        preset: str = "standard",
        policy: Policy = NOTHING_ALLOWED,
        journey: Journey = AS_EVER,
        address: str | None = None,
    ) -> Opened:
        """For whoever asks from `address`; None is ourselves. Raises TooMany, Unheard, BadJourney.

        `signals` are names of choices; what the policy asks for comes to them.
        """
        check_can_listen(policy)
        journey = checked(journey)
        if address is not None:
            self.admission.check_making(address)
        meeting = Meeting(
            id=tokens.new_meeting_id(),
            title=line(title, LONGEST_TITLE),
            opens_at=opens_at,
            closes_at=closes_at,
            length_s=length_s,
            signals=signals_of(signals, policy),
            instructions=lines(instructions, LONGEST_INSTRUCTIONS),
            preset=preset,
            created_at=datetime.now(UTC),
            policy=policy,
            journey=journey,
        )
        opened = Opened(meeting, tokens.new_secret(), tokens.new_secret())
        examiner = tokens.capability(Role.EXAMINER, meeting.id, opened.examiner_secret)
        proctor = tokens.capability(Role.PROCTOR, meeting.id, opened.proctor_secret)
        self.store.add_meeting(meeting, examiner, proctor)
        return opened

    # candidates ---------------------------------------------------------------------------

    def join(
        self, meeting_id: str, name: str, consent_version: str, address: str | None = None
    ) -> tuple[Participant, str]:
        """A new participant, who has agreed to the text, and their resume token.

        For whoever asks from `address`; None is ourselves. Raises NotNow, Full, TooMany.
        """
        meeting, now = self.store.meeting(meeting_id), datetime.now(UTC)
        check_open(meeting, now)
        check_can_listen(meeting.policy)
        if address is not None:
            self.admission.check_joining(meeting_id, address)
        known = self.store.capabilities(meeting_id)  # cheaper than names, which may be sealed
        if sum(one.role is Role.CANDIDATE for one in known) >= MOST_CANDIDATES:
            raise Full("This exam takes no more candidates. Ask your exam office.")
        participant = Participant(
            id=new_id(),
            meeting_id=meeting_id,
            name=line(name, LONGEST_NAME),
            joined_at=now,
            consent_at=now,
            consent_version=consent_version,
        )
        token = tokens.new_secret()
        own = tokens.capability(Role.CANDIDATE, meeting_id, token, participant.id)
        self.store.add_participant(participant, own)
        return participant, token

    def open_page(self, participant_id: str) -> tuple[Seat, Capture, int]:
        """See `Seats.open_page`."""
        return self._seats.open_page(participant_id)

    def seat(self, participant_id: str) -> Seat | None:
        """The running one, or None."""
        return self._seats.get(participant_id)

    def shown(self, occurrence_id: str) -> None:
        """The candidate's page says that it shows this warning."""
        self.writer.put(Notice(occurrence_id, datetime.now(UTC)))

    def finish(self, participant_id: str, reason: str) -> None:
        """The exam is over for this candidate. Everything observed so far is judged first."""
        self.store.finish(participant_id, datetime.now(UTC), reason)  # first: it may fail
        self._seats.end(participant_id)
        meeting_id = self.store.participant(participant_id).meeting_id
        self.journal.write(events.done(meeting_id, events.SERVER, FINISHED, participant_id, reason))

    def standing(self, participant_id: str, now: datetime | None = None) -> Standing:
        """What holds for the candidate because of what people did. Waits for the store."""
        meeting_id = self.store.participant(participant_id).meeting_id
        return self.ledger.standing(meeting_id, participant_id, now or datetime.now(UTC))

    def _heed(self, person: Participant, act: Act) -> None:
        """An act takes effect here at once; at other servers when they next look."""
        if act.kind == "end" and person.finished_at is None:
            self.finish(person.id, ENDED)
        self._seats.heed(person.id, datetime.now(UTC))

    # other servers ------------------------------------------------------------------------

    def tell_presence(self) -> None:
        """Called every two seconds or so: the other servers learn who sits here."""
        name, url, now = self.settings.replica, self.settings.replica_url, datetime.now(UTC)
        if not name:
            return
        held = [
            Presence(name, meeting_id, url, tuple(ids), now)
            for meeting_id, ids in self._seats.held().items()
        ]
        with contextlib.suppress(StoreError):  # `problem` tells, if it lasts
            self.store.save_presence(name, held)
            self._seats.leave_the_finished()

    def elsewhere(self, meeting_id: str) -> list[Presence]:
        """The other servers that hold candidates of this meeting now. Raises StoreError."""
        if not self.settings.replica:
            return []
        now = datetime.now(UTC)
        return [
            found
            for found in self.store.presence(meeting_id)
            if found.replica != self.settings.replica and abs(now - found.seen_at) < PRESENT_FOR
        ]

    # housekeeping -------------------------------------------------------------------------

    def tend(self) -> None:
        """Called every second or so: ends what is over, rests what nobody feeds."""
        now = datetime.now(UTC)
        self.journal.flush()
        self._outage.tend(now)  # first: what it gives back may keep somebody's time from being up
        self._end_breaks(now)
        for participant_id in self._seats.tend(now):
            self.finish(participant_id, "time is up")

    def _end_breaks(self, now: datetime) -> None:
        """A break that was as long as it may be is over."""
        for participant_id in self._seats.on_a_break_too_long(now):
            over = make("resume", {}, participant_id=participant_id, at=now)
            self.acting.by_server(self.store.participant(participant_id), over)

    def tidy(self) -> None:
        """Called every hour or so: settles what was left open, erases what is due."""
        self.upkeep.run(datetime.now(UTC))

    def close(self) -> None:
        self._seats.close()
        self.tell_presence()  # that nobody sits here any more
        self.writer.close()
        self.store.close()

    def _stand_up(self, participant_id: str) -> None:
        """Nothing of this participant is on its way to the store afterwards."""
        self._seats.end(participant_id)
        self.ledger.forget(self.store.participant(participant_id).meeting_id, participant_id)
        until = time.monotonic() + SETTLES_WITHIN_S
        while self.writer.waiting:
            if time.monotonic() > until:
                raise StoreError("Records are still being saved. Try again in a moment.")
            time.sleep(0.02)


def _signing_key(settings: Settings) -> bytes:
    """That of this folder, or one that all servers with the same sealing key share."""
    if settings.sealing_key:
        return hmac.digest(settings.sealing_key, b"passes", "sha256")
    return tokens.load_key(settings.data_dir / "signing.key")
