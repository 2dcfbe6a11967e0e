"""What a candidate does in each step of the check-in, and what is learned of them by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from proctoring.access.tokens import Refused
from proctoring.acts.adjustments import NONE, Adjustments
from proctoring.acts.kinds import make
from proctoring.check_in import words
from proctoring.check_in.card import CardCheck, for_the_desk
from proctoring.check_in.guidance import guide
from proctoring.check_in.pictures import decode_jpeg
from proctoring.check_in.plan import Step, plan_of
from proctoring.check_in.reading import Reading
from proctoring.check_in.screen_look import WANTED, ScreenLook
from proctoring.check_in.selfies import Selfies
from proctoring.enrolment.face import EnrolmentError
from proctoring.media.pcm import PcmStream
from proctoring.perception.scene import Scene
from proctoring.recall import Learned, recall, to_bytes
from proctoring.services import Services
from proctoring.types import Enrolled, Meeting, VideoFrame

LOOK_AGAIN_EVERY_S = 10.0  # whether the exam has begun, for a page that only shows a picture

Message = dict[str, Any]


class Lessons:
    """Of one candidate at one open page: one thing at a time, on whichever thread."""

    def __init__(
        self,
        services: Services,
        meeting: Meeting,
        participant_id: str,
        adjustments: Adjustments = NONE,
    ) -> None:
        self._services = services
        self._signals = set(meeting.signals) - adjustments.signals_off
        self._is_alone = not adjustments.second_person
        self._id = participant_id
        self._steps = plan_of(meeting, adjustments.signals_off)
        self._selfies: Selfies | None = None
        self._look: ScreenLook | None = None
        self._card: CardCheck | None = None
        self._reading: tuple[Reading, PcmStream] | None = None
        self._closes_at = meeting.closes_at
        self._looked_at_s = 0.0  # whether this is still before the exam
        self.is_over = False  # the exam has begun, or is over: nobody is learned any more
        self._takes: dict[str, Callable[[bytes], Message]] = {
            "P": self._guide,
            "S": lambda data: self._selfie(data, as_it_is=False),
            "T": lambda data: self._selfie(data, as_it_is=True),
            "G": self._gaze,
            "C": self._show_card,
            "A": self._hear,
        }

    def status(self) -> Message:
        self._check_is_before()
        return {"type": "status"}

    def begin(self, step: str, rate: object) -> Message:
        """A step from its beginning. Raises Refused for one that this exam does not have."""
        self._check_is_before()
        self._selfies = self._look = self._card = self._reading = None
        if step == "gaze" and Step.IDENTITY in self._steps and "gaze" in self._signals:
            self._look = ScreenLook()
        elif step == Step.IDENTITY and step in self._steps:
            self._selfies = Selfies()
        elif step == Step.CARD and step in self._steps:
            known = recall(self._services.store.enrolments(self._id)).faces
            if known is None:
                raise Refused  # first the face
            self._card = CardCheck(known)
        elif step == Step.VOICE and step in self._steps and isinstance(rate, int):
            self._reading = (Reading(), _stream(rate))
        else:
            raise Refused
        return {"type": "begun", "step": step}

    def take(self, letter: str, data: bytes) -> Message:
        """Raises Refused for what was not begun, Unreadable, StoreError."""
        if letter not in self._takes:
            raise Refused
        return self._takes[letter](data)

    def _guide(self, data: bytes) -> Message:
        if time.monotonic() - self._looked_at_s > LOOK_AGAIN_EVERY_S:
            self._check_is_before()
        found = guide(Scene(VideoFrame(0.0, decode_jpeg(data))), is_alone=self._is_alone)
        return {
            "type": "guidance",
            "kind": found.kind,
            "text": found.text,
            "is_good": found.is_good,
        }

    def _selfie(self, data: bytes, *, as_it_is: bool) -> Message:
        if self._selfies is None:
            raise Refused
        taken = self._selfies.take(decode_jpeg(data), as_it_is=as_it_is)
        is_over = taken.pose is None
        if (profile := self._selfies.profile) and not self._save(profile):
            return {"type": "begun_already"}
        return {
            "type": "selfie",
            "text": taken.text,
            "pose": taken.pose or "",
            "done": taken.done,
            "of": taken.of,
            "is_counted": taken.is_counted,
            "has_failed": taken.has_failed,
            "is_over": is_over,
        }

    def _gaze(self, data: bytes) -> Message:
        if self._look is None:
            raise Refused
        self._look.take(decode_jpeg(data))
        if (learned := self._look.learned) and not self._save(learned):
            return {"type": "begun_already"}
        is_over = self._look.is_over
        return {"type": "gaze", "done": self._look.done, "of": WANTED, "is_over": is_over}

    def _show_card(self, data: bytes) -> Message:
        if self._card is None:
            raise Refused
        found = self._card.take(decode_jpeg(data))
        if found.is_over and found.match is not None:
            self._note(for_the_desk(found.match))
            self._card = None
        return {"type": "card", "text": found.text, "is_over": found.is_over}

    def _hear(self, data: bytes) -> Message:
        if self._reading is None:
            raise Refused
        reading, stream = self._reading
        try:
            heard = reading.hear(stream.take(data))
        except ValueError:
            raise Refused from None
        message: Message = {
            "type": "speech",
            "speech_s": round(heard.speech_s, 1),
            "of_s": heard.of_s,
            "is_over": heard.is_over,
            "trouble": "",
        }
        if heard.is_over:
            self._reading = None
            try:
                if not self._save(reading.learn()):
                    return {"type": "begun_already"}
            except EnrolmentError as error:
                return message | {"trouble": str(error)}
            return message | {"text": words.VOICE_LEARNED}
        return message

    def _save(self, learned: Learned) -> bool:
        """False once the exam has begun: whoever sits there then is compared, and not learned."""
        self._check_is_before()
        if self.is_over:
            return False
        kind, content = to_bytes(learned)
        self._services.store.save_enrolment(Enrolled(self._id, kind, content, datetime.now(UTC)))
        return True

    def _note(self, text: str) -> None:
        """For the proctors alone."""
        self._services.store.save_act(make("note", {"text": text}, participant_id=self._id))

    def _check_is_before(self) -> None:
        self._looked_at_s = time.monotonic()
        found, now = self._services.store.participant(self._id), datetime.now(UTC)
        self.is_over = bool(found.started_at or found.finished_at or found.erased_at)
        self.is_over |= now >= self._closes_at


def _stream(rate: int) -> PcmStream:
    try:
        return PcmStream(rate)
    except ValueError:
        raise Refused from None
