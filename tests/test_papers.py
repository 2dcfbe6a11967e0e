"""A paper is given to a meeting, with what the log says of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from papers import of_yaml
from whole_paper import attach_whole, whole

from proctoring.audit.events import OPERATOR
from proctoring.audit.papers import ASKED_PAPER
from proctoring.office import papers
from proctoring.store import Rejected
from proctoring.types import Answer

NOW = datetime.now(UTC)
OTHER = of_yaml("questions:\n  - {kind: long, id: halting, question: Why}\n")


def attach(services, meeting, written, **more):
    return papers.attach(services.store, meeting.id, written, OPERATOR, NOW, **more)


def test_the_same_paper_again_is_no_new_revision(services, meeting):
    first, is_new = attach(services, meeting, whole())
    assert (first.revision, is_new) == (1, True)
    assert attach(services, meeting, whole()) == (first, False)
    assert attach(services, meeting, OTHER)[0].revision == 2
    log = (entry.event for entry in services.store.audit_log(meeting.id))
    asked = [event.detail for event in log if event.action == ASKED_PAPER]
    assert asked == ["revision 1", "revision 2"]


def test_answers_that_would_belong_to_no_question_are_named(services, meeting, ada):
    attach_whole(services.store, meeting.id)
    for question in ("vector", "halting", "~marked", "~opened.quick"):
        services.store.save_answer(Answer(ada.id, question, 1, json.dumps("x"), NOW))
    with pytest.raises(papers.AnswersLost) as lost:
        attach(services, meeting, OTHER)
    assert (lost.value.count, lost.value.ids) == (1, ["vector"])
    assert attach(services, meeting, OTHER, is_anyway=True)[0].revision == 2


def test_on_hold_a_paper_stays_as_it_is(services, meeting):
    attach(services, meeting, whole())
    services.store.hold(meeting.id, "Appeal")
    with pytest.raises(Rejected, match="Appeal"):
        attach(services, meeting, OTHER)


def test_what_was_answered_is_marked_and_notes_are_no_answers(services, meeting, ada):
    assert papers.marked(services.store, meeting.id) is None
    attach_whole(services.store, meeting.id)
    for question, value in (("light", "299792458"), ("~marked", ["light"])):
        services.store.save_answer(Answer(ada.id, question, 1, json.dumps(value), NOW))
    marked = papers.marked(services.store, meeting.id)
    assert marked is not None
    (result,) = marked.results
    assert (marked.revision, result.marks.points) == (1, 1.0)
