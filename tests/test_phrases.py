"""Key phrases: what can be listened for, what is heard, and that nothing else is."""

from __future__ import annotations

import dataclasses
import gc
import logging
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from material import SMALL

from proctoring.analysers import choices, create_analysers, is_on, media_of, signals_of
from proctoring.analysers.phrases import PhraseSpotter
from proctoring.consent import Keeping, consent
from proctoring.exam import Exam
from proctoring.live import seats
from proctoring.live.seats import Unheard, check_can_listen
from proctoring.media import read_sound
from proctoring.perception import phrases as spotting
from proctoring.perception import pronunciation
from proctoring.perception.phrases import PhraseListener, Spot
from proctoring.perception.pronunciation import (
    LONGEST,
    MOST,
    PhraseError,
    check_phrases,
    ways_to_say,
    words_of,
)
from proctoring.pipeline import Pipeline
from proctoring.policy.allowances import quoted
from proctoring.policy.file import PolicyError, read_policy
from proctoring.policy.presets import PRESETS
from proctoring.replay import replay
from proctoring.types import (
    SAMPLE_RATE,
    AudioChunk,
    Evidence,
    Observation,
    Occurrence,
    Policy,
    Sound,
)

SAID = ("hey siri", "what’s the answer?")
EXAM = Exam(Policy(phrases=SAID))


def recorded(name: str) -> Sound:
    """With a second of silence before and two after."""
    sound = read_sound(SMALL / "phrases" / f"{name}.flac")
    return np.concatenate([np.zeros(16_000, np.float32), sound, np.zeros(32_000, np.float32)])


def chunks(sound: Sound, t: float = 0.0, length: int = 8_000) -> list[AudioChunk]:
    starts = range(0, len(sound), length)
    return [AudioChunk(t + s / SAMPLE_RATE, sound[s : s + length]) for s in starts]


def heard(
    listener: PhraseListener, sound: Sound, t: float = 0.0, length: int = 8_000
) -> list[Spot]:
    return [spot for chunk in chunks(sound, t, length) for spot in listener.hear(chunk)]


def observed(sound: Sound, policy: Policy = EXAM.policy) -> list[Observation]:
    spotter = PhraseSpotter(Exam(policy))
    return [seen for chunk in chunks(sound) for seen in spotter.analyse(chunk)]


# --- what can be listened for --------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("hey siri", ("hey", "siri")),
        ("What’s the answer?", ("what's", "the", "answer")),
        ("  Hey, “Siri”! ", ("hey", "siri")),
        ("twenty-one", ("twenty", "one")),
    ],
)
def test_a_phrase_is_taken_as_people_write_it(phrase, words):
    assert words_of(phrase) == words


@pytest.mark.parametrize(
    ("phrases", "says"),
    [
        (("hey cortana",), "The word “cortana” of “hey cortana” is not in the English dictionary"),
        (("schöne Grüße",), "“schöne”"),
        (("room 7",), "The word “7”"),
        (("hey",), "too short to be told from other speech: it has 2 sounds"),
        (("?!",), "no word in it"),
        (("",), "no word in it"),
        (("a" * (LONGEST + 1),), "too long"),
        (("international communication organization possibilities",), "too long to be said"),
        (("hey siri",) * (MOST + 1), f"At most {MOST} phrases"),
        (("hey siri", "xqzt now please", "hey"), "(?s)“xqzt”.*“hey” is too short"),
        (("hey\nsiri",), "in one line"),
        (("[hey](siri)",), "is not in the English dictionary"),
    ],
)
def test_what_cannot_be_listened_for_is_refused_by_name(phrases, says):
    with pytest.raises(PhraseError, match=says):
        check_phrases(phrases)


def test_nothing_to_listen_for_needs_nothing(monkeypatch):
    monkeypatch.setattr(pronunciation, "is_installed", lambda: False)
    check_phrases(())
    check_can_listen(Policy())
    with pytest.raises(PhraseError, match="pocketsphinx is not installed"):
        check_phrases(("hey siri",))


def test_a_word_is_heard_in_each_way_that_the_dictionary_knows():
    sounds = {" ".join(sounds for _, sounds in way) for way in ways_to_say("the answer")}
    assert sounds == {"DH AH AE N S ER", "DH IY AE N S ER"}


# --- what is heard -------------------------------------------------------------------------


@pytest.mark.parametrize("length", [160, 8_000, 48_000])
def test_a_phrase_is_heard_once_and_when_it_was_said(length):
    spots = heard(PhraseListener(SAID), recorded("hey_siri"), t=100.0, length=length)
    assert [spot.phrase for spot in spots] == [*SAID]
    siri, answer = spots
    assert (siri.start_t, siri.end_t) == pytest.approx((101.2, 101.85), abs=0.15)
    assert (answer.start_t, answer.end_t) == pytest.approx((101.95, 103.0), abs=0.15)


def test_a_person_is_heard_as_well():
    spots = heard(PhraseListener(["go forward", "ten meters", *SAID]), recorded("go_forward"))
    assert [spot.phrase for spot in spots] == ["go forward", "ten meters"]


@pytest.mark.parametrize("file", ["audio/one_voice.flac", "audio/two_voices.flac"])
def test_other_speech_is_no_phrase(file):
    assert heard(PhraseListener(SAID), read_sound(SMALL / file)) == []


def test_a_phrase_that_is_said_again_is_heard_again():
    sound = np.tile(recorded("hey_siri"), 2)
    assert len(heard(PhraseListener(["hey siri"]), sound)) == 2


def test_a_break_in_the_stream_makes_no_phrase_of_two_halves():
    sound = recorded("hey_siri")
    middle = int(1.5 * SAMPLE_RATE)
    listener = PhraseListener(["hey siri"])
    assert heard(listener, sound[:middle]) + heard(listener, sound[middle:], t=60.0) == []
    assert len(heard(listener, sound, t=120.0)) == 1, "and goes on after it"


def test_speech_without_a_pause_is_searched_to_its_end(monkeypatch):
    monkeypatch.setattr(spotting, "LONGEST_SPEECH_S", 1.0)
    assert heard(PhraseListener(["ten meters"]), recorded("go_forward")) is not None


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(48_000, np.float32),
        np.full(48_000, np.nan, np.float32),
        np.full(48_000, np.inf, np.float32),
        np.ones(48_000, np.float32),
        np.empty(0, np.float32),
        np.random.default_rng(0).uniform(-1, 1, 48_000).astype(np.float32),
        np.sign(np.sin(np.arange(48_000) / 20)).astype(np.float32),
    ],
    ids=["silence", "nan", "infinity", "a step", "empty", "noise", "a clipped tone"],
)
def test_what_is_no_speech_is_no_phrase_and_stops_nothing(sound):
    listener = PhraseListener(["hey siri"])
    assert heard(listener, sound) == []
    end_t = len(sound) / SAMPLE_RATE
    assert len(heard(listener, recorded("hey_siri"), t=end_t)) == 1


def test_a_phrase_is_heard_in_sound_with_holes():
    sound = recorded("hey_siri")
    sound[16_000 + 100 : 16_000 + 200] = np.nan
    assert len(heard(PhraseListener(["hey siri"]), sound)) == 1


# --- what is observed ----------------------------------------------------------------------


def test_the_observation_counts_and_names_them_for_some_seconds():
    seen = observed(np.concatenate([recorded("hey_siri"), np.zeros(8 * 16_000, np.float32)]))
    values = [one.value for one in seen]
    assert values[0] == 0
    assert values[-1] == 0
    assert max(v for v in values if v is not None) == 2
    fullest = next(one for one in seen if one.value == 2)
    assert fullest.detail == "“hey siri”, “what’s the answer?”"
    assert fullest.span is not None
    assert 0.5 < fullest.confidence <= 1


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "damaged"), (1.0, "clipped")])
def test_it_abstains_where_the_sound_is_spoilt(value, reason):
    assert [(one.value, reason in one.reason) for one in observed(np.full(8_000, value))] == [
        (None, True)
    ]


def records_of(sound: Sound, policy: Policy, preset: str = "standard") -> list[object]:
    names = signals_of((), policy)
    pipeline = Pipeline(
        create_analysers(names, ["microphone"], Exam(policy)),
        preset=PRESETS[preset],
        meeting_id="m",
        participant_id="p",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    made = [record for chunk in chunks(sound) for record in pipeline.process(chunk)]
    return [*made, *pipeline.close(len(sound) / SAMPLE_RATE)]


def test_one_entry_has_the_phrases_their_time_and_a_clip():
    sound = np.concatenate([recorded("hey_siri"), np.zeros(10 * 16_000, np.float32)])
    records = records_of(sound, EXAM.policy)
    entries = {o.id: o for o in records if isinstance(o, Occurrence) and o.kind == "phrase_heard"}
    (entry,) = entries.values()
    assert entry.summary == "heard 2 ×; “hey siri”, “what’s the answer?”"
    assert entry.closed_at is not None
    assert 1 < (entry.opened_at - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds() < 3.5
    clips = [one for one in records if isinstance(one, Evidence) and one.occurrence_id == entry.id]
    assert "audio/wav" in {clip.media_type for clip in clips}


def test_a_recording_is_listened_to_as_its_policy_says(tmp_path):
    file = SMALL / "phrases" / "hey_siri.flac"

    def kinds(exam):
        return [i.kind for i in replay(file, None, PRESETS["standard"], exam=exam).incidents]

    assert "phrase_heard" in kinds(EXAM)
    assert "phrase_heard" not in kinds(Exam())


# --- off unless it is asked for ------------------------------------------------------------


def test_it_is_no_choice_and_comes_with_the_policy_alone():
    assert PhraseSpotter not in choices()
    assert signals_of(["faces", "phrases"], Policy()) == ("faces",)
    assert signals_of(["faces"], EXAM.policy) == ("faces", "phrases")
    assert media_of(["phrases"]) == {"microphone"}
    assert is_on(PhraseSpotter, ["phrases"])
    assert not is_on(PhraseSpotter, ["speakers"])
    names = [kind.name for kind in choices()]
    made = create_analysers(names, ["microphone"], Exam())
    assert not any(isinstance(one, PhraseSpotter) for one in made)


def test_the_candidate_is_told_of_them_and_only_then():
    keeping = Keeping(30, 365)
    off = consent(["speakers"], Policy(), keeping)
    on = consent(signals_of(["speakers"], EXAM.policy), EXAM.policy, keeping)
    assert PhraseSpotter.explains in on.text
    assert quoted(EXAM.policy) in on.text
    assert "“hey siri”, “what’s the answer?”" in on.text
    assert "phrase" not in off.text
    assert on.version != off.version


def test_an_exam_that_cannot_be_listened_to_is_refused(monkeypatch):
    with pytest.raises(Unheard, match="“cortana”"):
        check_can_listen(Policy(phrases=("hey cortana",)))
    with pytest.raises(PhraseError):
        PhraseSpotter(Exam(Policy(phrases=("hey cortana",))))
    monkeypatch.setattr(pronunciation, "is_installed", lambda: False)
    with pytest.raises(Unheard, match="not installed"):
        check_can_listen(EXAM.policy)
    assert issubclass(Unheard, seats.NotNow)


def test_services_refuse_it_when_it_is_made_and_when_it_is_joined(services, meeting, monkeypatch):
    asked = {
        "title": "Algebra",
        "opens_at": meeting.opens_at,
        "closes_at": meeting.closes_at,
        "length_s": 600,
        "signals": ("faces",),
    }
    with pytest.raises(Unheard, match="“cortana”"):
        services.create_meeting(**asked, policy=Policy(phrases=("hey cortana",)))
    made = services.create_meeting(**asked, policy=EXAM.policy).meeting
    assert made.signals == ("faces", "phrases")
    person, _ = services.join(made.id, "Ada", "1")
    monkeypatch.setattr(pronunciation, "is_installed", lambda: False)
    with pytest.raises(Unheard, match="not installed"):
        services.join(made.id, "Bob", "1")
    with pytest.raises(Unheard, match="not installed"):
        services.open_page(person.id)
    assert services.store.participant(person.id).started_at is None, "no time has been taken"


# --- written down --------------------------------------------------------------------------


def test_a_policy_file_names_phrases(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('phrases = ["hey siri", "what\'s the answer"]\n[signals]\nfaces = false\n')
    found = read_policy(path)
    assert found.policy.phrases == ("hey siri", "what's the answer")
    assert found.signals[-1] != "faces"
    assert "phrases" in found.signals
    path.write_text(
        'phrases = ["hey siri"]\n[signals]\n'
        + "".join(f"{kind.name} = false\n" for kind in choices())
    )
    assert read_policy(path).signals == ("phrases",), "which is one thing to measure"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('phrases = "hey siri"', r'a list of names, such as \["hey siri"\]'),
        ("phrases = [1]", "a list of names"),
        ('phrases = ["hey cortana"]', "phrases: The word “cortana”"),
    ],
)
def test_a_policy_file_that_cannot_be_listened_for_is_refused(tmp_path, text, says):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(PolicyError, match=says):
        read_policy(path)


# --- nothing else is kept ------------------------------------------------------------------


def test_nothing_that_is_said_is_kept_anywhere(tmp_path, monkeypatch, caplog, capfd):
    """What a listener holds after speech: the phrases that it was given, and no other word."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        listener = PhraseListener(["hey siri"])
        spots = heard(listener, recorded("go_forward"))
    assert spots == []
    assert not [*tmp_path.rglob("*")], "the list of phrases was given in a file, which is gone"
    assert "forward" not in caplog.text + "".join(capfd.readouterr())
    texts = {text for text in _texts(listener) if "forward" in text.lower()}
    assert texts == set()
    assert {field.name for field in dataclasses.fields(Spot)} == {
        *("phrase", "start_t", "end_t", "margin")
    }


def _texts(root: object, seen: set[int] | None = None) -> list[str]:
    """Every text that can be reached from an object, types and modules left out."""
    seen = set() if seen is None else seen
    if id(root) in seen or isinstance(root, (type, type(sys))):
        return []
    seen.add(id(root))
    if isinstance(root, str):
        return [root]
    inner = [one for one in gc.get_referents(root) if not callable(one)]
    return [text for one in inner for text in _texts(one, seen)]


def test_its_model_is_loaded_where_it_is_used():
    spotter = PhraseSpotter(EXAM)
    assert spotter._listener is None
    assert list(PhraseSpotter(Exam()).analyse(AudioChunk(0.0, np.zeros(160, np.float32)))) == []


def test_the_dictionary_is_there():
    assert (pronunciation.model_folder() / "en-us" / "mdef").exists()
    assert isinstance(pronunciation.model_folder(), Path)
