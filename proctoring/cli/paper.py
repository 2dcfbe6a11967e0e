"""`paper check | attach | results`: the questions of a meeting, and what was answered to them."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proctoring.audit import events
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, WRONG, opened, read_settings
from proctoring.office import papers
from proctoring.paper import results
from proctoring.paper.content import ContentError
from proctoring.paper.problems import PaperError
from proctoring.paper.questions import Questions
from proctoring.paper.reading import read_file
from proctoring.settings import SettingsError
from proctoring.store import Store, StoreError

_ROW = "{:<38} {:>9} {:>9} {:>8}  {}"


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "paper",
        help="check a paper's file, give it to a meeting, write out answers and marks",
        description="A paper is a YAML or CSV file: see docs/papers.md.",
    )
    which = parser.add_subparsers(dest="what", required=True, metavar="check | attach | results")
    check: argparse.ArgumentParser = which.add_parser("check", help="say what is wrong in a file")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(act=_check)
    attach: argparse.ArgumentParser = which.add_parser(
        "attach", help="give it to a meeting, in place of the paper that it has"
    )
    attach.add_argument("file", type=Path, metavar="FILE")
    attach.add_argument("--meeting", metavar="ID", required=True)
    attach.add_argument(
        "--anyway", action="store_true", help="though answers would belong to no question any more"
    )
    attach.set_defaults(act=_attach)
    told: argparse.ArgumentParser = which.add_parser(
        "results",
        help="all answers, and the points of what can be marked by itself",
        description="The log says that they were written out.",
    )
    told.add_argument("meeting", metavar="MEETING")
    form = told.add_mutually_exclusive_group()
    form.add_argument("--csv", type=Path, metavar="FILE", help="must not be there yet")
    form.add_argument("--json", action="store_true", help="one JSON object on stdout")
    told.set_defaults(act=_results)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        return int(options.act(options))
    except PaperError as error:
        output.problem("\n".join(f"{options.file}: {line}" for line in str(error).split("\n")))
        return WRONG
    except (StoreError, SettingsError, ContentError) as error:
        output.problem(error)
    except OSError as error:
        output.problem(f"{error.filename or 'It'}: {error.strerror or error}.")
    return COULD_NOT


def _check(options: argparse.Namespace) -> int:
    _summarise(read_file(options.file).questions)
    return 0


def _summarise(questions: Questions) -> None:
    kinds = Counter(question.form.kind for question in questions)
    by_hand = kinds["long"] + kinds["code"]
    print(questions.title or "(no title)")
    points = "1 point" if questions.points == 1 else f"{results.as_text(questions.points)} points"
    print(f"{output.count(kinds.total(), 'question')}, {points}")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    if questions.time_s:
        print(f"{questions.time_s / 60:g} minutes")
    if by_hand:
        print(f"{by_hand} to be marked by a person")


def _attach(options: argparse.Namespace) -> int:
    written = read_file(options.file)
    with opened(read_settings()) as store:
        meeting = store.meeting(options.meeting)
        try:
            paper, is_new = papers.attach(
                store,
                meeting.id,
                written,
                events.OPERATOR,
                datetime.now(UTC),
                is_anyway=options.anyway,
            )
        except papers.AnswersLost as lost:
            raise StoreError(f"{lost}, or say --anyway.") from None
        if not is_new:
            print(f"revision {paper.revision} is this paper; nothing was changed")
            return 0
    print(f"{meeting.title}: revision {paper.revision}")
    _summarise(written.questions)
    if (written.questions.time_s or 0) > meeting.length_s:
        output.problem(f"The exam ends after {meeting.length_s / 60:g} minutes, before the paper.")
    return 0


def _results(options: argparse.Namespace) -> int:
    if options.csv and options.csv.exists():
        output.problem(f"{options.csv} is there already; nothing was written.")
        return COULD_NOT
    with opened(read_settings()) as store:
        meeting = store.meeting(options.meeting)
        marked = papers.marked(store, meeting.id)
        if marked is None:
            raise StoreError("This meeting has no paper; give it one with paper attach.")
        questions, found = marked.questions, marked.results
        _log(store, meeting.id, events.EXPORTED, f"answers and points, {len(found)} candidates")
    if options.json:
        print(results.as_json(meeting.id, marked.revision, questions, found))
    elif options.csv:
        _write(options.csv, results.as_csv(questions, found))
        print(f"{options.csv}: {output.count(len(found), 'candidate')}")
        output.problem("It is not sealed: give it to nobody else, and delete it afterwards.")
    else:
        _table(found)
    return 0


def _table(found: list[results.Result]) -> None:
    print(_ROW.format("candidate", "points", "of", "to mark", "name"))
    for one in found:
        marks, person = one.marks, one.participant
        numbers = (results.as_text(marks.points), results.as_text(marks.of), len(marks.to_mark))
        print(_ROW.format(person.id, *numbers, person.name))


def _log(store: Store, meeting_id: str, action: str, detail: str) -> None:
    store.append_audit(events.done(meeting_id, events.OPERATOR, action, meeting_id, detail))


def _write(path: Path, data: bytes) -> None:
    """Readable by its owner alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
