"""`percentile` against NumPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from proctoring.perception.percentiles import percentile

KINDS = st.sampled_from([np.uint8, np.float32, np.float64])
NUMBERS = KINDS.flatmap(
    lambda kind: of_numpy.arrays(
        kind,
        of_numpy.array_shapes(max_dims=3, max_side=30),
        elements=st.integers(0, 255),
    )
)


@given(NUMBERS, st.floats(0, 100))
def test_it_is_what_numpy_gives(values, share):
    assert percentile(values, share) == pytest.approx(float(np.percentile(values, share)), abs=1e-4)


def test_what_is_given_stays_as_it_is():
    values = np.array([3.0, 1.0, 2.0])
    assert percentile(values, 50) == 2.0
    assert values.tolist() == [3.0, 1.0, 2.0]
