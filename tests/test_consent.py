"""The consent text follows what is switched on, and its version follows the text."""

import re

import pytest

from proctoring.analysers import ON_REQUEST, analyser_types, choices
from proctoring.analysers.objects import SIGNALS
from proctoring.consent import VERSION_LENGTH, Keeping
from proctoring.consent import consent as consent_of
from proctoring.policy.allowances import (
    ALLOWANCES,
    PAPER,
    SPEAKING,
    USUAL,
    named_on_desk,
    policy_of,
    said,
)
from proctoring.types import Policy

ALL = [kind.name for kind in choices()]


NOTHING_ALLOWED = Policy()
KEEPING = Keeping(evidence_days=30, records_days=365)


def consent(signals, keeping=KEEPING, policy=NOTHING_ALLOWED):
    return consent_of(signals, policy, keeping)


def named(text):
    return [kind.name for kind in analyser_types() if kind.explains in text]


def test_it_explains_every_analyser_that_runs():
    asked_for = {kind.name for kind in analyser_types()} - ON_REQUEST.keys()
    assert {*named(consent(ALL).text)} == asked_for


def test_what_is_off_is_not_in_it():
    text = consent(["faces"]).text
    watching = [k.name for k in analyser_types() if k.medium == "camera" and k not in choices()]
    assert named(text) == ["faces", *watching]
    assert "listen" not in text
    assert "listen" in consent(["speakers"]).text


def test_its_version_is_a_short_hash_and_the_same_for_the_same_text():
    versions = {consent(names).version for names in (ALL, ALL[:1], ALL[1:])}
    assert len(versions) == 3
    assert consent(ALL) == consent(tuple(reversed(ALL)))
    assert all(re.fullmatch(f"[0-9a-f]{{{VERSION_LENGTH}}}", version) for version in versions)


def test_it_says_that_people_judge_and_what_is_kept():
    text = consent(ALL).text
    assert "people judge" in text
    assert "What is kept" in text


def test_it_says_that_answers_and_messages_are_kept_and_numbers_where_they_are():
    text = consent(ALL).text
    assert "What you **answer**" in text
    assert "write to each other" in text
    assert "**numbers**" not in text
    with_numbers = consent(ALL, Keeping(30, 365, traces=True)).text
    assert "as **numbers** without pictures or sounds" in with_numbers
    assert "these numbers are erased 30 days" in with_numbers


def test_it_says_for_how_long_and_where():
    text = consent(ALL).text
    assert "30 days after" in text
    assert "365 days" in text
    assert "nowhere else" in text
    elsewhere = Keeping(7, 90, database="abc.supabase.co")
    text = consent(ALL, elsewhere).text
    assert "7 days after" in text
    assert "abc.supabase.co" in text
    assert "nowhere else" not in text
    assert consent(ALL, elsewhere).version != consent(ALL).version


def test_what_is_allowed_is_said_and_makes_another_version():
    plain = consent(ALL)
    policy = policy_of(["book", "paper", "speaking"])
    text = consent(ALL, policy=policy).text
    assert "## What is allowed" in text
    assert "a book, paper to read from" in text
    assert consent(ALL, policy=policy).version != plain.version


def test_where_nothing_is_allowed_nothing_is_said_of_it():
    assert "## What is allowed" not in consent(ALL).text


@pytest.mark.parametrize("name", ["identity", "gaze", "voice_owner"])
def test_what_is_learned_of_a_candidate_is_said_to_be_kept_until_they_finish(name):
    assert "erased when you finish" in consent([name]).text
    assert "erased when you finish" not in consent(["faces", "speakers"]).text


# --- what is allowed, in words ---------------------------------------------------------------


@pytest.mark.parametrize("names", [[], ["phone"], ["paper"], list(ALLOWANCES)])
def test_what_was_chosen_is_said_in_words(names):
    assert said(policy_of(names)) == ", ".join(ALLOWANCES[name] for name in names)


def test_every_object_that_is_looked_for_can_be_allowed_and_then_is_not_told_of():
    assert set(ALLOWANCES) == {*SIGNALS, PAPER, SPEAKING}
    allowed = policy_of(ALLOWANCES).allowed_objects
    assert allowed == {label for labels in SIGNALS.values() for label in labels}


def test_a_label_that_a_file_allowed_is_said_as_it_is():
    policy = Policy(frozenset({"book", "tv", "cup"}))
    assert named_on_desk(policy) == ["a book", "cup", "tv"]
    assert said(policy) == "a book, cup, tv, speaking aloud"


def test_what_is_usual_is_what_a_policy_allows_by_itself():
    assert policy_of(USUAL) == Policy()


def test_silence_is_asked_for_where_speaking_is_not_allowed():
    assert "in silence" in consent(ALL, policy=policy_of([])).text
    assert "in silence" not in consent(ALL, policy=policy_of(["book", "speaking"])).text


def test_it_says_that_nothing_of_the_check_in_is_kept_and_what_each_step_learns():
    plain = consent(ALL)
    assert "No picture and no sound of the check-in is kept" in plain.text
    steps = {"identity": "**face**", "card": "**identity card**", "voice": "**voice**"}
    for step, word in steps.items():
        given = consent_of(ALL, NOTHING_ALLOWED, KEEPING, check_in=[step])
        assert word in given.text
        assert word not in plain.text
        assert given.version != plain.version


def test_the_legal_basis_is_the_examiners_own_and_part_of_what_is_agreed_to():
    basis = "Article 6(1)(e) GDPR."
    given = consent_of(ALL, NOTHING_ALLOWED, KEEPING, legal_basis=basis)
    assert given.text.endswith(f"## On what basis\n\n{basis}")
    assert given.version != consent(ALL).version
    assert "On what basis" not in consent(ALL).text


def test_what_is_shared_is_told_where_it_is_asked_for_and_nowhere_else():
    plain = consent(ALL).text
    assert "shared screen" not in plain
    screen = consent([*ALL, "screen"]).text
    assert "Pictures of your **shared screen**" in screen
    assert "share your whole screen" in screen
    assert "what you share" in screen
    room = consent_of(ALL, NOTHING_ALLOWED, KEEPING, check_in=["room"]).text
    assert "No picture and no sound of the check-in is kept" not in room
    assert "pictures of your **room**" in room
    assert "show your **room**" in room
