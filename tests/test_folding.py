from making import at, occurrence

from proctoring.folding import fold


def starts(*seconds, **changes):
    return [
        (incident.count, (incident.opened_at - at(0)).total_seconds())
        for incident in fold(occurrence(s, **changes) for s in seconds)
    ]


def test_a_recurrence_within_ten_minutes_is_counted_not_listed():
    assert starts(0, 60, 599) == [(3, 0)]


def test_an_incident_covers_ten_minutes_from_its_first_opening():
    assert starts(0, 599, 600, 1199, 1200) == [(2, 0), (2, 600), (1, 1200)]


def test_the_order_in_which_they_came_does_not_matter():
    assert starts(599, 0, 600) == starts(0, 599, 600)


def test_kinds_and_candidates_are_kept_apart():
    incidents = fold(
        [
            occurrence(0),
            occurrence(1, kind="no_face"),
            occurrence(2, participant_id="q"),
        ]
    )
    assert [incident.count for incident in incidents] == [1, 1, 1]


def test_it_is_closed_when_its_last_occurrence_is():
    closed, still_open = occurrence(0, closed_at=at(5)), occurrence(60)
    assert fold([closed])[0].closed_at == at(5)
    assert fold([closed, still_open])[0].closed_at is None


def test_its_numbers_are_those_of_the_longest_time():
    short = occurrence(0, last_seen_at=at(1), summary="3 faces")
    long = occurrence(60, last_seen_at=at(70), summary="2 faces")
    assert fold([short, long])[0].worst is long
