"""Texts in other languages: what is said, that all of it is there, and that it means the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from making import make_meeting, occurrence

from proctoring.analysers import analyser_types, choices, rules_by_kind
from proctoring.api.status import _warning
from proctoring.check_in import words
from proctoring.consent import Keeping, consent
from proctoring.language import (
    ENGLISH,
    first_known,
    languages,
    nt,
    t,
)
from proctoring.language.again import again, in_english, parts_again
from proctoring.language.browser import markup, script
from proctoring.language.times import say_clock, say_duration, say_time
from proctoring.policy.consequence import figure_in
from proctoring.review import sentences
from proctoring.types import Incident, Policy

ROOT = Path(__file__).parent.parent
OTHERS = [code for code in languages() if code != ENGLISH]


# --- saying it ---------------------------------------------------------------------------------


def test_english_is_what_stands_in_the_code():
    assert t("You are here as {name}.", ENGLISH, name="Ada") == "You are here as Ada."
    assert nt("{n} minute", "{n} minutes", 1, ENGLISH) == "1 minute"
    assert nt("{n} minute", "{n} minutes", 0, ENGLISH) == "0 minutes"


def test_german_is_what_its_file_says_and_the_rest_is_english():
    assert t("You are here as {name}.", "de", name="Ada") == "Sie sind hier als Ada."
    assert nt("{n} minute", "{n} minutes", 1, "de") == "1 Minute"
    assert nt("{n} minute", "{n} minutes", 90, "de") == "90 Minuten"
    assert t("Nobody translated this.", "de") == "Nobody translated this."
    assert t("Continue", "xx") == "Continue"


def test_braces_in_a_value_are_no_places():
    assert t("You are here as {name}.", "de", name="{n}") == "Sie sind hier als {n}."


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (("de",), "de"),
        (("de-AT",), "de"),
        (("DE_de",), "de"),
        (("fr", "de"), "de"),
        (("", None, "de"), "de"),
        (("fr",), "en"),
        (("../de",), "en"),
        ((), "en"),
        (("en-US", "de"), "en"),
    ],
)
def test_the_first_wish_that_can_be_met_counts(wishes, code):
    assert first_known(*wishes) == code


def test_times_and_lengths_are_said_as_the_language_does():
    at, zone = datetime(2026, 11, 21, 13, 5, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    assert say_time(at, zone, "en") == "Saturday 21 November 2026, 14:05 (Europe/Berlin)"
    assert say_time(at, zone, "de") == "Samstag, 21. November 2026, 14:05 (Europe/Berlin)"
    assert say_clock(at, zone, "de") == say_clock(at, zone, "en") == "14:05"
    assert say_duration(timedelta(days=2, hours=3), "en") == "2 days 3 h"
    assert say_duration(timedelta(days=2, hours=3), "de") == "2 Tage 3 h"
    assert say_duration(timedelta(seconds=40), "de") == "40 s"


# --- saying again what is finished ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("No face in view", "Kein Gesicht zu sehen"),
        ("2 faces", "2 Gesichter"),
        ("3.4 s of whispering within 12 s", "3,4 s Flüstern innerhalb von 12 s"),
        ("away for 55% of ten seconds", "55% von zehn Sekunden abgewandt"),
        (words.GUIDANCE["too_far"], "Kommen Sie etwas näher an die Kamera."),
        (
            "Too many tries from your network. Try again in 5 seconds.",
            "Zu viele Versuche aus Ihrem Netz. Versuchen Sie es in 5 Sekunden noch einmal.",
        ),
        ("at this setting 96.5 % found (n 27)", "bei dieser Einstellung 96,5 % gefunden (n 27)"),
        ("Somebody's own words", "Somebody's own words"),
        ("", ""),
    ],
)
def test_a_finished_sentence_is_said_again(english, german):
    assert again(english, "de") == german
    assert again(english, ENGLISH) == english


def test_each_part_is_said_again():
    assert parts_again("2 faces; no such words", "de") == "2 Gesichter; no such words"
    assert parts_again("no face", "de") == "kein Gesicht"


def test_what_a_page_says_is_kept_in_english():
    assert in_english("Es wurde nicht rechtzeitig ein Ausweis gefunden.", "de") == (
        "No card was found in time."
    )
    assert in_english("Das Lesen dauerte", "de") == "Das Lesen dauerte"


def test_every_rule_of_every_analyser_can_be_told_in_every_language():
    for language in OTHERS:
        for kind in analyser_types():
            assert again(kind.title, language) != kind.title or kind.title in {"Browser"}
            for rule in kind.rules:
                summary = rule.phrase.format(value=3.0)
                assert again(rule.title, language) != rule.title, rule.kind
                assert again(rule.advice, language) != rule.advice, rule.kind
                assert again(summary, language) != summary, rule.kind


def test_a_warning_leaves_in_the_language_of_whoever_reads_it():
    found = occurrence(title="More than one face", summary="2 faces", advice="Turn on a light.")
    told = _warning(found, "de")
    assert (told["title"], told["summary"]) == ("Mehr als ein Gesicht", "2 Gesichter")
    assert _warning(found, ENGLISH)["title"] == found.title


def test_why_something_was_observed_is_said_in_german_with_its_numbers():
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)
    found = occurrence(
        title="More than one face",
        summary="2 faces",
        opened_at=start,
        last_seen_at=start + timedelta(seconds=6.4),
        closed_at=start + timedelta(seconds=8),
    )
    incident = Incident((found,))
    assert sentences.why(incident) == "2 faces, for 6.4 s."
    assert sentences.why(incident, "de") == "2 Gesichter, 6,4 s lang."
    assert sentences.tested("multiple_faces", "de").startswith("Getestet: bei dieser Einstellung ")


@pytest.mark.parametrize("preset", ["standard", "strict"])
def test_how_often_it_errs_is_said_in_every_language_at_every_setting(services, preset):
    meeting = make_meeting(services, preset=preset).meeting
    parts = {part for kind in rules_by_kind() for part in figure_in(meeting, kind).split(", ")}
    assert any(part.startswith("not measured") for part in parts) == (preset == "strict")
    assert any("none false" in part for part in parts)
    for language in OTHERS:
        for part in filter(None, parts):
            assert again(part, language) != part
            assert not re.search(r"\b(none|false|found|measured)\b", again(part, language)), part


def test_the_consent_is_a_text_of_its_own_in_each_language():
    signals, keeping = [kind.name for kind in choices()], Keeping(30, 365)
    steps = ("identity", "card", "voice", "room")
    given = {"check_in": steps, "legal_basis": "§ 1"}
    english = consent(signals, Policy(), keeping, **given)
    german = consent(signals, Policy(), keeping, **given, language="de")
    assert german.version != english.version
    assert german.version.endswith("-de")
    assert len(german.text.split("\n")) == len(english.text.split("\n"))
    for line, other in zip(english.text.split("\n"), german.text.split("\n"), strict=True):
        assert line != other or not line or "§" in line, line


# --- in the browser -------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node to run it")
def test_scripts_say_the_same_as_the_server():
    made = f"{script('de', ['proctoring/ui/exam_messages.js'])}\n{_texts_js()}"
    made += """console.log(JSON.stringify([
      nt("{n} minute", "{n} minutes", 1), nt("{n} minute", "{n} minutes", 5),
      nt("{n} second", "{n} seconds", 0), t("Nobody {did} this.", { did: "{did}" }),
      LANGUAGE, sayNumber(1.25, 1)]));"""
    assert _run(made) == ["1 Minute", "5 Minuten", "0 Sekunden", "Nobody {did} this.", "de", "1,3"]
    made = f"{script(ENGLISH, [])}\n{_texts_js()}"
    made += 'console.log(JSON.stringify([nt("one", "{n} many", 1), nt("one", "{n} many", 2)]));'
    assert _run(made) == ["one", "2 many"]


def _texts_js():
    return (ROOT / "proctoring/ui/texts.js").read_text()


def _run(source):
    done = subprocess.run(["node", "-e", source], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_markup_is_translated_and_nothing_else_of_it():
    html = '<p aria-label="Time left" class="Time left"> Time left <b>12</b></p><i>A & <u>B</u></i>'
    assert markup(html, "de") == (
        '<p aria-label="Restzeit" class="Time left"> Restzeit <b>12</b></p><i>A &amp; <u>B</u></i>'
    )
    assert markup(html, ENGLISH) == html
