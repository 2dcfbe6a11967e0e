"""What an exam remembers of its candidate's voice: from the check-in, or from the first speech.

What it had learned before the server started anew comes as a profile, too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from proctoring.exam import VoiceProfile
from proctoring.perception.frames import distinct
from proctoring.perception.hearing import Heard
from proctoring.perception.listening import FRAMES_PER_S, LocalSpeaker
from proctoring.perception.whose import Floats, Judged, judge, middle, spread_of

LEARNS_FROM_S = 10.0  # of one voice's speech
MAIN_SHARE = 0.75  # of all speech so far, that the longest voice must have to be the candidate's
SURE = 0.12  # margin of what may be added: plainly the same voice
ADDS_S = 60.0  # of speech: tone, distance and noise of the exam's first minute
NEW = 0.8  # cosine; what is more like something known adds nothing
MOST = 24  # embeddings of a profile


class VoiceMemory:
    """Judges voices by a profile, and learns one where there is none.

    In the first minute of their speech what is plainly the candidate's is added, so that the
    room and the microphone of the exam are known. It must resemble what was known first, so
    that nobody can drift.
    """

    def __init__(self, profile: VoiceProfile | None) -> None:
        self.learned = profile  # as it is to be known if the server starts anew
        self.about = "" if profile else "compared with the voice that was heard first"
        self._first = self._known = _middle_of(profile) if profile else None
        self._heard_frames = 0
        self._until = -1  # the last frame of what was heard

    @property
    def is_known(self) -> bool:
        return self._known is not None

    def judge(self, heard: Heard, *, may_learn: bool = True) -> tuple[Judged, ...]:
        """All of the minute of speech, if it is known by now who the candidate is.

        `may_learn`: nothing says that it is somebody else who has spoken so far.
        """
        if self._known is None and may_learn:
            self._learn(heard)
        if self._known is None:
            return ()
        judged = judge(self._known, heard.speakers, heard.clusters)
        if self.learned and not self.learned.is_settled and heard.step.speakers:
            self._add(judged[-len(heard.step.speakers) :])
        return judged

    def _learn(self, heard: Heard) -> None:
        """From the longest voice so far, if nobody else says much."""
        clusters = heard.clusters
        if clusters.count == 0:
            return
        by_voice = [
            [s for s, at in zip(heard.speakers, clusters.labels, strict=True) if at == label]
            for label in range(int(clusters.labels.max(initial=0)) + 1)
        ]
        seconds = [_frames(speakers) / FRAMES_PER_S for speakers in by_voice]
        if seconds[0] >= LEARNS_FROM_S and seconds[0] >= MAIN_SHARE * sum(seconds):
            self.learned = _profile(
                np.stack([speaker.campplus for speaker in by_voice[0][-MOST:]]),
                np.array([speaker.seconds for speaker in by_voice[0][-MOST:]], np.float32),
            )
            self._first = self._known = _middle_of(self.learned)

    def _add(self, judged: tuple[Judged, ...]) -> None:
        assert self.learned is not None
        assert self._first is not None
        mine = [one.speaker for one in judged if one.margin >= SURE]
        for speaker in mine:
            self._heard_frames += int((speaker.frames > self._until).sum())
            self._until = max(self._until, int(speaker.frames[-1]))
        for one in judge(self._first, mine):
            alike = self.learned.embeddings @ one.speaker.campplus
            if one.margin >= SURE and alike.max() < NEW and len(self.learned.embeddings) < MOST:
                self.learned = _with(self.learned, one.speaker)
        if self._heard_frames >= ADDS_S * FRAMES_PER_S:
            self.learned = replace(self.learned, is_settled=True)
        self._known = _middle_of(self.learned)


def _middle_of(profile: VoiceProfile) -> Floats:
    return middle(profile.embeddings, profile.seconds)


def _with(profile: VoiceProfile, speaker: LocalSpeaker) -> VoiceProfile:
    embeddings = np.concatenate([profile.embeddings, speaker.campplus[None]])
    return _profile(embeddings, np.append(profile.seconds, np.float32(speaker.seconds)))


def _profile(embeddings: Floats, seconds: Floats) -> VoiceProfile:
    return VoiceProfile(embeddings, seconds, spread_of(embeddings, seconds))


def _frames(speakers: list[LocalSpeaker]) -> int:
    return len(distinct(speaker.frames for speaker in speakers))
