"""What people read of the capacity: the examiner on the home page, whoever waits at the door."""

from datetime import UTC, datetime

import pytest
from test_pages import make_meeting, open_app, services  # noqa: F401

from proctoring.capacity.booked import booked
from proctoring.capacity.figures import Mode
from proctoring.types import Journey

READY = "All places at this server are taken"


def text_of(app):
    return " ".join(one.proto.body for one in app.get("html"))


@pytest.fixture
def full(services, monkeypatch):  # noqa: F811
    """A server that carries one candidate, who is there."""
    seated = {"somebody": Mode.FULL}
    monkeypatch.setattr(services.capacity, "_limit", type(services.capacity._limit)("1"))
    monkeypatch.setattr(services.capacity, "_room", None)
    monkeypatch.setattr(services.capacity, "_seated", lambda: seated)
    return seated


def begin(services):  # noqa: F811
    from proctoring.acts.kinds import make
    from proctoring.types import Role

    meeting = make_meeting(services, journey=Journey(needs_letting_in=True))
    person, token = services.join(meeting.id, "Ann", "a text")
    services.store.save_act(
        make("let_in", {}, participant_id=person.id, actor="a", role=Role.PROCTOR)
    )
    app = open_app("exam", meeting=meeting.id, seat=token, step="ready")
    button = next(one for one in app.button if one.label == "Begin exam")
    button.click().run()
    assert not app.exception
    return app, person


def test_whoever_comes_to_a_full_server_waits_and_has_not_begun(services, full):  # noqa: F811
    app, person = begin(services)
    assert READY in text_of(app)
    assert services.store.participant(person.id).started_at is None
    app.run()
    assert READY in text_of(app)  # it is said for as long as it is so


def test_they_begin_by_themselves_once_a_place_is_free(services, full):  # noqa: F811
    app, person = begin(services)
    full.clear()
    app.run()
    assert not app.exception
    assert READY not in text_of(app)
    assert services.store.participant(person.id).started_at is not None


def test_the_home_page_says_how_many_fit_only_where_it_is_known(services, full):  # noqa: F811
    captions = [one.value for one in open_app().caption]
    assert "This server carries about 1 candidate at once; 0 are booked at this time." in captions


def test_nothing_is_said_where_nothing_was_measured(services):  # noqa: F811
    assert not any("carries about" in one.value for one in open_app().caption)


def test_booked_are_those_of_open_exams_who_have_not_finished(services):  # noqa: F811
    now = datetime.now(UTC)
    assert booked(services.store, now) == 0
    meeting = make_meeting(services)
    make_meeting(services, opens_in_s=600)
    ann, _ = services.join(meeting.id, "Ann", "a text")
    services.join(meeting.id, "Bea", "a text")
    assert booked(services.store, now) == 2
    services.finish(ann.id, "submitted")
    assert booked(services.store, now) == 1


def test_whoever_is_reduced_sends_snapshots(services, full, monkeypatch):  # noqa: F811
    assert services.transport_of("ann") == "auto"
    monkeypatch.setattr(services.capacity, "_by_snapshots", {"ann"})
    assert services.transport_of("ann") == "snapshots"
