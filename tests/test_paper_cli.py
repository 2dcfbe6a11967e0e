"""`paper check | attach | results` on a data folder."""

from __future__ import annotations

import csv
import json

import pytest
from exams import answer
from keeping import Kept, kept
from stores import meeting

from proctoring.paper.content import read_questions

__all__ = ["kept"]  # the fixture

TEXT = "title: Exam\nminutes: 90\nquestions:\n- {kind: short, id: '1', question: Q, answer: two}\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "exam.yaml"
    path.write_text(TEXT)
    return path


def log(kept: Kept) -> list[tuple[str, str, str]]:
    events = [entry.event for entry in kept.store.audit_log("m")]
    return [(event.actor, event.action, event.detail) for event in events]


def test_check_sums_up_what_is_right(kept, file):
    file.write_text(TEXT + "- {kind: code, question: Q, points: 2}\n")
    status, out, err = kept.run("paper", "check", file)
    assert (status, err) == (0, "")
    said = ["Exam", "2 questions, 3 points", "1 short, 1 code", "90 minutes"]
    assert out.splitlines() == [*said, "1 to be marked by a person"]


def test_check_tells_all_that_is_wrong_with_status_1(kept, file):
    file.write_text("questions:\n- {kind: singel, question: Q}\n- {kind: long}\n")
    status, out, err = kept.run("paper", "check", file)
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        f"{file}: line 2, question 1: there is no kind 'singel'; did you mean single?",
        f"{file}: line 3, question 2: there is no question; write one.",
    ]


def test_a_file_that_is_not_there_is_status_2(kept, tmp_path):
    for command in (["check"], ["attach", "--meeting", "m"]):
        status, _, err = kept.run("paper", *command, tmp_path / "no.yaml")
        assert status == 2
        assert err.endswith("no.yaml: No such file or directory.\n")


def test_attach_saves_the_next_revision_and_the_log_tells(kept, file):
    status, out, err = kept.run("paper", "attach", file, "--meeting", "m")
    assert (status, out.splitlines()[0]) == (0, f"{meeting().title}: revision 2")
    assert "before the paper" in err  # an exam of 30 minutes, a paper of 90
    saved, key = kept.store.paper("m"), kept.store.answer_key("m")
    assert (saved.revision, key.revision) == (2, 2)
    assert read_questions(saved.content).title == "Exam"
    assert "two" not in saved.content
    *_, asked, told = log(kept)
    assert asked == ("operator", "asked.paper", "revision 2")
    assert told[:2] == ("server", "paper.saved")
    assert kept.run("audit")[0] == 0


def test_attaching_the_same_again_changes_nothing(kept, file):
    kept.run("paper", "attach", file, "--meeting", "m")
    before = log(kept)
    status, out, _ = kept.run("paper", "attach", file, "--meeting", "m")
    assert (status, out) == (0, "revision 2 is this paper; nothing was changed\n")
    assert (kept.store.paper("m").revision, log(kept)) == (2, before)


def test_another_solution_is_another_revision(kept, file):
    kept.run("paper", "attach", file, "--meeting", "m")
    file.write_text(TEXT.replace("two", "2"))
    assert kept.run("paper", "attach", file, "--meeting", "m")[0] == 0
    assert kept.store.answer_key("m").revision == 3


def test_a_paper_that_would_orphan_answers_is_refused_unless_asked_for(kept, file):
    file.write_text(TEXT.replace("'1'", "other"))
    status, _, err = kept.run("paper", "attach", file, "--meeting", "m")
    assert status == 2
    assert "2 answers would belong to no question" in err
    assert kept.store.paper("m").revision == 1
    assert kept.run("paper", "attach", file, "--meeting", "m", "--anyway")[0] == 0
    assert kept.store.paper("m").revision == 2


def test_on_hold_the_paper_stays_as_it_is(kept, file):
    kept.store.hold("m", "appeal")
    status, _, err = kept.run("paper", "attach", file, "--meeting", "m")
    assert (status, kept.store.paper("m").revision) == (2, 1)
    assert "on hold (appeal)" in err


@pytest.mark.parametrize("command", ["attach", "results"])
def test_a_meeting_that_is_not_there_is_told(kept, file, command):
    arguments = [file, "--meeting", "x"] if command == "attach" else ["x"]
    status, out, err = kept.run("paper", command, *arguments)
    assert (status, out, bool(err)) == (2, "", True)


def test_results_are_a_table_or_json_or_csv_and_the_log_tells(kept, file, tmp_path):
    kept.run("paper", "attach", file, "--meeting", "m")
    kept.store.save_answer(answer(2, '"Two "'))
    status, out, _ = kept.run("paper", "results", "m")
    assert status == 0
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["p", "1", "1", "0", "Ann"],
        ["q", "0", "1", "0", "=Bob"],
    ]
    (told,) = kept.json("paper", "results", "m")
    assert [one["points"] for one in told["candidates"]] == [1, 0]
    assert told["candidates"][1]["answers"][0]["in_words"] == "by =Bob"
    target = tmp_path / "results.csv"
    status, out, err = kept.run("paper", "results", "m", "--csv", target)
    assert (status, out) == (0, f"{target}: 2 candidates\n")
    assert "not sealed" in err
    assert target.stat().st_mode & 0o777 == 0o600
    with target.open(encoding="utf-8-sig", newline="") as lines:
        assert [row["name"] for row in csv.DictReader(lines)] == ["Ann", "'=Bob"]
    exports = [entry for entry in log(kept) if entry[1] == "exported"]
    assert exports == [("operator", "exported", "answers and points, 2 candidates")] * 3


def test_a_file_that_is_there_is_not_written_over(kept, tmp_path):
    target = tmp_path / "results.csv"
    target.write_text("mine")
    status, _, err = kept.run("paper", "results", "m", "--csv", target)
    assert (status, target.read_text()) == (2, "mine")
    assert "is there already" in err


def test_results_of_a_meeting_without_a_paper_that_can_be_read_are_refused(kept):
    status, out, err = kept.run("paper", "results", "m")  # a paper of some other make
    assert (status, out) == (2, "")
    assert err == "This is no paper of this version of OpenProctor.\n"
    kept.store.add_meeting(meeting(id="n"))
    assert "has no paper" in kept.run("paper", "results", "n")[2]
    assert not any(entry[1] == "exported" for entry in log(kept))
    assert json.loads(kept.store.paper("m").content)
