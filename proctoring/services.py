"""Puts the parts together: the one place that knows every concrete class."""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from proctoring.access import tokens
from proctoring.access.admission import Admission
from proctoring.access.sign_ins import SignIns
from proctoring.access.staff import Roster
from proctoring.acts.acting import Acting
from proctoring.acts.kinds import make
from proctoring.acts.ledger import Ledger
from proctoring.acts.outage import Outage
from proctoring.acts.standing import Standing
from proctoring.analysers import signals_of
from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.capacity.figures import PICTURES_PER_S, Mode
from proctoring.capacity.gate import Gate
from proctoring.consent import Keeping
from proctoring.integration.parts import Integration
from proctoring.joining import Door, Full, NotInvited
from proctoring.live.capture import Capture
from proctoring.live.desks import Desks
from proctoring.live.engines.chosen import engine_of
from proctoring.live.ladder import Ladder
from proctoring.live.seats import NotNow, Seat, Seats, Unheard, check_can_listen
from proctoring.live.sharing import Sharing
from proctoring.office.journey import checked
from proctoring.office.meetings import Office
from proctoring.plaintext import LONGEST_INSTRUCTIONS, LONGEST_TITLE, line, lines
from proctoring.privacy import retention
from proctoring.settings import Settings
from proctoring.store import Presence, Store, StoreError
from proctoring.store.opening import open_store
from proctoring.store.writer import StoreWriter
from proctoring.types import Act, Journey, Meeting, Notice, Participant, Policy, Role
from proctoring.upkeep import Upkeep

__all__ = ["Full", "NotInvited", "NotNow", "Opened", "Seat", "Services", "Unheard"]

FINISHED = "participant.finished"
ENDED = "ended by a proctor"  # why is in the act
SETTLES_WITHIN_S = 10.0
NOTHING_ALLOWED = Policy()
AS_EVER = Journey()
PRESENT_FOR = timedelta(seconds=10)  # after a server last said that it holds somebody


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
        signing_key = _signing_key(settings)
        passes = tokens.Passes(signing_key)
        self.admission = Admission(self.store, passes, opens=self.sign_ins.opens)
        self.journal = Journal(self.store)
        self.office = Office(self.store, self.journal, self._stand_up)
        self.ledger = Ledger(self.store)
        self._engine = engine_of(settings.engine, settings.workers)
        self.ladder = Ladder()
        records = (self.store, self.writer, self.journal, self.ledger)
        self._seats = Seats(settings, *records, self._engine, self.ladder)
        self.capacity = Gate(settings.capacity, settings.data_dir, self._modes)
        self.sharing = Sharing(self.store, self.ledger)
        self.acting = Acting(self.store, self.ledger, self._heed)
        self._outage = Outage(settings.data_dir, self.store, self.ledger, self.acting.by_server)
        self.door = Door(self.store, self.admission, lambda: self.acting)
        self.desks = Desks(self.journal)
        keep = retention.Policy.of_days(settings.keep_evidence_days, settings.keep_records_days)
        self.upkeep = Upkeep(self.store, keep, self.ledger)
        self.integration = Integration(
            settings.data_dir, self.store, signing_key, settings.webhook_networks
        )

    @property
    def workers(self) -> Sequence[int]:
        """The engine's processes on this machine, by pid."""
        return self._engine.pids()

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
            signals=signals_of(signals, policy, journey),
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
        self,
        meeting_id: str,
        name: str,
        consent_version: str,
        address: str | None = None,
        personal: str = "",
    ) -> tuple[Participant, str]:
        """A new participant, who has agreed to the text, and their resume token.

        For whoever asks from `address`; None is ourselves. By a personal link's secret the name is
        that of the invitation. Raises NotNow, Full, NotInvited, TooMany.
        """
        return self.door.join(meeting_id, name, consent_version, address, personal)

    def open_page(self, participant_id: str) -> tuple[Seat, Capture, int]:
        """See `Seats.open_page`."""
        return self._seats.open_page(participant_id)

    def seat(self, participant_id: str) -> Seat | None:
        """The running one, or None."""
        return self._seats.get(participant_id)

    def seated(self) -> dict[str, list[str]]:
        """Ids of the candidates from whom something comes in here, by meeting."""
        return self._seats.held()

    def transport_of(self, participant_id: str) -> str:
        """By which way they send: "auto", or "snapshots" alone."""
        is_reduced = self.capacity.is_by_snapshots(participant_id)
        return "snapshots" if is_reduced else self.settings.transport

    def pictures_per_s(self, participant_id: str) -> float:
        """That are wanted of who sends snapshots."""
        wanted = self.settings.frames_per_s
        if self.capacity.is_by_snapshots(participant_id):
            wanted = min(wanted, PICTURES_PER_S[Mode.SNAPSHOTS])
        return wanted

    def _modes(self) -> dict[str, Mode]:
        """Who is in an exam here, and how they are measured."""
        return {
            one: Mode.SNAPSHOTS if self.capacity.is_by_snapshots(one) else Mode.FULL
            for ids in self.seated().values()
            for one in ids
        }

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
        self._do_what_is_due(now)
        for participant_id in self._seats.tend(now):
            self.finish(participant_id, "time is up")

    def _do_what_is_due(self, now: datetime) -> None:
        for act in self._due(now):
            self.acting.by_server(self.store.participant(act.participant_id), act)

    def _due(self, now: datetime) -> Iterator[Act]:
        """What the server does by itself: a break that was as long as it may be is over, a check
        of who it is has a result, and a desk that closed lets go of its candidates."""
        for one in self._seats.on_a_break_too_long(now):
            yield make("resume", {}, participant_id=one, at=now)
        for one, found in self._seats.rechecked():
            yield make("rechecked", asdict(found), participant_id=one, at=now)
        for meeting_id, desk in self.desks.gone():
            for one, duty in self.ledger.duties(meeting_id).items():
                if duty.claim and duty.claim.desk == desk:
                    yield make("release", {"desk": desk}, participant_id=one, at=now)

    def tidy(self) -> None:
        """Called every hour or so: settles what was left open, erases what is due."""
        self.upkeep.run(datetime.now(UTC))

    def close(self) -> None:
        self._seats.close()
        self._engine.close()
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
