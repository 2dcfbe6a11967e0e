"""Sets of frames against NumPy's own functions for sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proctoring.perception.frames import are_in, distinct

FRAMES = st.lists(st.integers(0, 400_000), max_size=40).map(lambda some: np.array(some, np.int_))


@given(st.lists(FRAMES, max_size=4))
def test_distinct_is_their_union(parts):
    expected = np.unique(np.concatenate([np.empty(0, np.int_), *parts]))
    assert distinct(parts).tolist() == expected.tolist()


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(0, 200))
def test_are_in_tells_which_of_a_stretch_are_there(frames, first):
    given_ = np.array(frames, np.int_)
    expected = np.isin(np.arange(first, first + 100), given_)
    assert are_in(first, 100, given_).tolist() == expected.tolist()
