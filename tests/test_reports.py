"""What a page may say: each thing once, in order, in measure, and never of the past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctoring.live.reports import BEAT, BURST, MOST_DOCUMENTS, MOST_REMEMBERED, PER_S, Reports
from proctoring.types import PAGE_ODD


class Page:
    """One load of an honest page, and what somebody types into its console."""

    def __init__(self, prefix="7-7"):
        self.reports, self.prefix, self.count, self.heard = Reports(), prefix, 0, []

    def say(self, name, now, *, number=None, detail="", ago_s=0.0, prefix=None):
        if number is None:
            self.count = number = self.count + 1
        taken = self.reports.take(f"{prefix or self.prefix}-{number}", name, detail, ago_s, now)
        return self._hear(taken)

    def beat(self, now, count=None):
        count = self.count if count is None else count
        return self._hear(self.reports.beat(self.prefix, count, "visible", now))

    def _hear(self, taken):
        events = list(taken)
        self.heard += events
        return [event.name for event in events]

    @property
    def oddities(self):
        return [event.detail for event in self.heard if event.name == PAGE_ODD]


def test_an_honest_page_is_heard_as_it_speaks():
    page = Page()
    for second in range(600):
        assert page.say("pasted", second) == ["pasted"]
        assert page.beat(second + 0.5) == [BEAT]
    assert page.oddities == []


def test_what_is_sent_again_counts_once():
    page = Page()
    page.say("page_hidden", 1.0)
    assert page.say("page_hidden", 9.0, number=1) == []
    assert page.oddities == []


def test_what_was_kept_without_a_line_is_put_where_it_happened():
    page = Page()
    page.beat(100.0)
    page.say("page_hidden", 140.0, ago_s=35.0)
    page.say("page_visible", 140.1, ago_s=10.1)
    hidden, visible = page.heard[-2:]
    assert hidden.t - hidden.ago_s == pytest.approx(105.0)
    assert visible.t - visible.ago_s == pytest.approx(130.0)


def test_nothing_is_put_before_what_was_heard_already():
    page = Page()
    page.beat(100.0)
    page.say("page_visible", 101.0, ago_s=3600.0)
    assert page.heard[-1].t - page.heard[-1].ago_s == 100.0


def test_a_report_that_is_missing_is_seen_at_the_next():
    page = Page()
    page.say("page_visible", 1.0)
    assert page.say("page_visible", 2.0, number=5) == [PAGE_ODD, "page_visible"]
    assert page.oddities == ["3 reports are missing"]


def test_a_report_that_was_swallowed_is_seen_at_the_next_sign_of_life():
    page = Page()
    page.say("watch_started", 1.0)
    assert page.beat(5.0, count=2) == [PAGE_ODD, BEAT]
    assert page.oddities == ["a report is missing"]


def test_a_number_that_was_used_up_silences_no_true_report():
    page = Page()
    page.say("watch_started", 1.0)
    page.say("page_visible", 2.0, number=2)  # from the console, ahead of the page
    assert "page_hidden" in page.say("page_hidden", 3.0)
    assert page.oddities == ["two reports with one number"]


def test_a_flood_is_told_once_and_not_a_thousand_times():
    page = Page()
    for number in range(5000):
        page.say("pasted", number / 1000, detail="99 other")
    assert len(page.heard) <= BURST + 5 * PER_S + 2
    floods = [words for words in page.oddities if "too many" in words]
    assert len(floods) == 1


def test_after_a_flood_the_page_is_heard_again():
    page = Page()
    for _ in range(1000):
        page.say("pasted", 1.0)
    assert "page_hidden" in page.say("page_hidden", 60.0)


def test_what_it_remembers_is_bounded():
    page = Page()
    for number in range(3 * MOST_REMEMBERED):
        page.say("pasted", float(number), number=1, prefix=f"{number}-1")
        page.say("pasted", float(number))
    documents = page.reports._documents
    assert len(documents) <= MOST_DOCUMENTS
    assert all(len(document.said) <= MOST_REMEMBERED for document in documents.values())
    assert set(page.oddities) == {"more loads of the page than anybody makes"}


def test_a_page_that_is_loaded_anew_now_and_then_is_nothing():
    page = Page()
    for load in range(20):
        page.prefix, page.count = f"{load}-7", 0
        for second in range(3):
            page.say("watch_started", 10.0 * load + second)
            page.beat(10.0 * load + second)
    assert page.oddities == []


@given(
    st.lists(
        st.tuples(
            st.floats(0, 5),  # s from one to the next
            st.floats(0, 1e6),  # ago
            st.integers(1, 50),
            st.sampled_from(["page_hidden", "page_visible", "pasted"]),
        ),
        max_size=60,
    )
)
def test_whatever_is_said_time_never_goes_back(said):
    reports, now, newest = Reports(), 0.0, 0.0
    for wait_s, ago_s, number, name in said:
        now += wait_s
        for event in reports.take(f"a-{number}", name, "", ago_s, now):
            if event.name == PAGE_ODD:
                continue
            happened = event.t - event.ago_s
            assert newest - 1e-6 <= happened <= now + 1e-6
            newest = max(newest, happened)
