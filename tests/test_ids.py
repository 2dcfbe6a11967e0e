from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from proctoring.ids import new_id


def test_ids_are_uuids_of_version_7():
    made = UUID(new_id())
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_later_ids_sort_after_earlier_ones():
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: [new_id() for _ in range(1000)], range(8)))
    assert len({i for ids in made for i in ids}) == 8000
