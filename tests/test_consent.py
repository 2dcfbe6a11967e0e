"""The consent text follows what is switched on, and its version follows the text."""

import re

from proctoring.analysers import analyser_types, choices
from proctoring.consent import VERSION_LENGTH, Keeping
from proctoring.consent import consent as consent_of

ALL = [kind.name for kind in choices()]


KEEPING = Keeping(evidence_days=30, records_days=365)


def consent(signals, keeping=KEEPING):
    return consent_of(signals, keeping)


def named(text):
    return [kind.name for kind in analyser_types() if kind.explains in text]


def test_it_explains_every_analyser_that_runs():
    assert named(consent(ALL).text) == [kind.name for kind in analyser_types()]


def test_what_is_off_is_not_in_it():
    text = consent(["faces"]).text
    assert named(text) == ["faces", "camera"]
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
