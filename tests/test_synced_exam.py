"""Papers, answers and the list of staff on servers that share a remote store."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from exams import act, answer, answer_key, paper, staff
from faults import DOWN, FINE, LOST
from making import at
from sites import Site, here, settle, site, there
from stores import add_people, at_once, participant
from waiting import wait_until

from proctoring.store import Rejected, StoreError
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import StaffRole

__all__ = ["here", "site", "there"]  # the fixtures


# --- papers --------------------------------------------------------------------------------


def test_a_paper_reaches_the_servers_that_follow_its_meeting(
    here: SyncedStore, there: SyncedStore
) -> None:
    assert there.paper("m") is None
    for revision in (1, 2):
        here.save_paper(paper(revision), answer_key(revision))
        wait_until(lambda revision=revision: there.paper("m") == paper(revision))  # type: ignore[misc]
        assert there.answer_key("m") == answer_key(revision)
    assert here.waiting == 0, "what was agreed is not sent"


def test_two_servers_never_ask_different_questions(here: SyncedStore, there: SyncedStore) -> None:
    there.paper("m")
    refused = []

    def save(server: SyncedStore, content: str) -> None:
        try:
            server.save_paper(paper(1, content), answer_key(1, content))
        except Rejected:
            refused.append(content)

    at_once(lambda: save(here, '{"by": 1}'), lambda: save(there, '{"by": 2}'))
    assert len(refused) == 1
    wait_until(lambda: here.paper("m") and here.paper("m") == there.paper("m"))
    wait_until(lambda: here.answer_key("m") == there.answer_key("m"))
    assert here.refused == there.refused == 0


def test_a_paper_is_not_saved_while_the_line_is_cut(site: Site, here: SyncedStore) -> None:
    here.save_paper(paper(), answer_key())
    site.cut()
    with pytest.raises(StoreError, match="503") as told:
        here.save_paper(paper(2), answer_key(2))
    assert not isinstance(told.value, Rejected)
    assert here.paper("m") == paper(), "what is there is read all the same"
    site.mend()
    here.save_paper(paper(2), answer_key(2))
    assert site.remote.paper("m") == here.paper("m") == paper(2)


def test_that_of_a_meeting_that_nobody_else_knows_is_kept_until_it_can_be_sent(
    site: Site, here: SyncedStore
) -> None:
    site.cut()
    add_people(here, "n", "q")
    for revision in (1, 2):
        of_n = {"meeting_id": "n"}
        here.save_paper(paper(revision, **of_n), answer_key(revision, **of_n))
    assert here.paper("n") == paper(2, meeting_id="n")
    assert here.waiting == 3
    site.mend()
    settle(here)
    assert site.remote.answer_key("n") == answer_key(2, meeting_id="n")


def test_an_answer_that_was_lost_leaves_the_paper_where_it_arrived(
    site: Site, here: SyncedStore
) -> None:
    site.line.fault = lambda verb: LOST if verb == "save_paper" else FINE
    with pytest.raises(StoreError, match="reset"):
        here.save_paper(paper(), answer_key())
    site.mend()
    here.save_paper(paper(), answer_key())
    assert site.remote.paper("m") == here.paper("m") == paper()


# --- answers -------------------------------------------------------------------------------


def test_who_comes_back_to_another_server_has_all_answers_at_once(
    here: SyncedStore, there: SyncedStore
) -> None:
    assert there.answers("p") == []
    for revision, server in enumerate((here, there, here), start=1):
        server.save_answer(answer(revision, str(revision)))
        server.save_answer(answer(1, str(revision), question_id=f"only {revision}"))
        settle(server)
        for one in (here, there):
            assert one.answers("p")[0] == answer(revision, str(revision))
            assert len(one.answers("p")) == 1 + revision
    assert here.refused == there.refused == 0


def test_answers_are_kept_while_the_line_is_cut_and_the_highest_wins_in_the_end(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participant("p")
    site.cut()
    for revision in (1, 2, 3):
        here.save_answer(answer(revision, str(revision)))
    there.save_answer(answer(2, '"there"'))
    assert here.answers("p") == [answer(3, "3")]
    assert there.answers("p") == [answer(2, '"there"')]
    assert here.waiting == 1, "one row, for the newest"
    site.mend()
    settle(here, there)
    for store in (site.remote, here, there):
        wait_until(lambda store=store: store.answers("p") == [answer(3, "3")])  # type: ignore[misc]


def test_of_two_with_one_revision_all_servers_have_the_one_that_arrived(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participant("p")
    site.cut()
    here.save_answer(answer(2, '"here"'))
    site.remote.save_answer(answer(2, '"there"'))
    site.mend()
    settle(here)
    for store in (site.remote, here, there):
        arrived = [answer(2, '"there"')]
        wait_until(lambda store=store, arrived=arrived: store.answers("p") == arrived)  # type: ignore[misc]
    assert here.refused == 0


def test_answers_of_who_was_erased_elsewhere_go_and_are_no_refusal(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.save_answer(answer())
    settle(there)
    assert len(here.answers("p")) == 1
    site.line.fault = lambda verb: DOWN if verb in ("participants", "answers") else FINE
    there.erase("p", at(100))
    here.save_answer(answer(2))
    settle(here)
    assert here.refused == 0
    site.mend()
    here.participants("m")
    wait_until(lambda: here.participant("p").erased_at)
    for store in (here, there, site.remote):
        assert store.answers("p") == []


def test_answers_of_who_waits_in_the_outbox_are_read_here(site: Site, here: SyncedStore) -> None:
    site.line.fault = lambda verb: DOWN if verb == "add_participant" else FINE
    here.add_participant(participant(id="q"))
    here.save_answer(answer(participant_id="q"))
    assert here.answers("q") == [answer(participant_id="q")]


# --- acts ----------------------------------------------------------------------------------


def test_acts_of_one_server_reach_the_other_and_its_feed(
    here: SyncedStore, there: SyncedStore
) -> None:
    assert there.act_feed("m").acts == ()
    given = [act(number) for number in (1, 2, 3)]
    for one, server in zip(given, (here, there, here), strict=True):
        server.save_act(one)
    for server in (here, there):
        wait_until(lambda server=server: server.acts("p") == given)  # type: ignore[misc]
        ids = {one.id for one in server.act_feed("m").acts}
        assert ids == {one.id for one in given}
    assert here.refused == there.refused == 0


def test_acts_are_kept_while_the_line_is_cut(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participant("p")
    site.cut()
    here.save_act(act(1))
    there.save_act(act(2))
    assert (here.acts("p"), there.acts("p")) == ([act(1)], [act(2)])
    site.mend()
    settle(here, there)
    for store in (site.remote, here, there):
        wait_until(lambda store=store: store.acts("p") == [act(1), act(2)])  # type: ignore[misc]


def test_an_act_of_somebody_new_brings_them_along(here: SyncedStore, there: SyncedStore) -> None:
    there.act_feed("m")
    here.add_participant(participant(id="q", name="Bob"))
    here.save_act(act(participant_id="q"))
    wait_until(lambda: [one.participant_id for one in there.act_feed("m").acts] == ["q"])


def test_acts_of_who_was_erased_elsewhere_go_and_are_no_refusal(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.save_act(act())
    settle(there)
    wait_until(lambda: here.acts("p") == [act()])
    site.line.fault = lambda verb: DOWN if verb in ("participants", "act_feed") else FINE
    there.erase("p", at(100))
    here.save_act(act(2))
    settle(here)
    assert here.refused == 0
    site.mend()
    here.participants("m")
    wait_until(lambda: here.participant("p").erased_at)
    for store in (here, there, site.remote):
        assert store.acts("p") == []


# --- staff ---------------------------------------------------------------------------------


def test_one_list_of_staff_counts_on_every_server(here: SyncedStore, there: SyncedStore) -> None:
    here.save_staff(staff())
    here.save_staff(staff("@uni.example"))
    assert there.staff() == here.staff() == [staff("@uni.example"), staff()]
    there.save_staff(staff(role=StaffRole.REVIEWER))
    there.remove_staff("@uni.example")
    assert here.staff() == there.staff() == [staff(role=StaffRole.REVIEWER)]


def test_the_list_is_read_while_the_line_is_cut_and_not_changed(
    site: Site, here: SyncedStore
) -> None:
    here.save_staff(staff())
    site.cut()
    assert here.staff() == [staff()]
    for change in (lambda: here.save_staff(staff("@x.example")), lambda: here.remove_staff("x@x")):
        with pytest.raises(StoreError, match="503"):
            change()
    site.mend()
    wait_until(lambda: here.staff() == [staff()])
    assert here.waiting == 0


def test_a_list_from_before_there_was_a_remote_store_is_sent(site: Site, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "old")) as alone:
        add_people(alone, "m", "p")
        alone.save_staff(staff())
        alone.save_paper(paper(), answer_key())
        alone.save_answer(answer())
        alone.save_act(act())
    site.remote.save_staff(staff("@uni.example"))
    server = site.server("old")
    settle(server)
    assert site.remote.staff() == server.staff() == [staff("@uni.example"), staff()]
    assert (site.remote.paper("m"), site.remote.answer_key("m")) == (paper(), answer_key())
    assert site.remote.answers("p") == [answer()]
    assert site.remote.acts("p") == [act()]
    server.close()
    with closing(SqliteStore(tmp_path / "old")) as alone:  # for a while without the remote store
        alone.remove_staff("ann@uni.example")
        alone.save_staff(replace(staff("@uni.example"), role=StaffRole.EXAMINER))
        alone.save_staff(staff("bo@uni.example"))
    again = site.server("old")
    settle(again)
    wait_until(
        lambda: (
            again.staff() == [staff("@uni.example", StaffRole.EXAMINER), staff("bo@uni.example")]
        )
    )
    assert site.remote.staff() == again.staff()
