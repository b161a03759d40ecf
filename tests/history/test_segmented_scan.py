"""Running sums within segments."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.segmented_scan import segmented_scan

segments = st.lists(st.lists(st.floats(-1e12, 1e12), max_size=9), max_size=6)


@given(segments, st.sampled_from([np.add, np.maximum]))
def test_a_segment_runs_as_if_it_were_alone(given_segments, join):
    """To the last digit, whatever stands before it; and as numpy runs over it, but for the order of additions."""
    starts = np.cumsum([0, *map(len, given_segments)])
    found = segmented_scan(join, np.array([x for segment in given_segments for x in segment], dtype=float), starts)
    for segment, begin in zip(given_segments, starts, strict=False):
        values = np.array(segment, dtype=float)
        mine = found[begin : begin + len(segment)]
        assert mine.tolist() == segmented_scan(join, values, np.array([0, len(segment)])).tolist()
        np.testing.assert_allclose(mine, join.accumulate(values), rtol=0, atol=1e-15 * np.abs(values).sum())
