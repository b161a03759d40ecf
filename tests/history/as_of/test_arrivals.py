"""Entries counted up to a day."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.as_of.arrivals import Arrivals
from kundkarriar.history.as_of.windows import ends, keys, starts

ENTRIES = st.lists(st.tuples(st.integers(0, 4), st.integers(-30, 30)), max_size=30)


@given(entries=ENTRIES, day=st.integers(-31, 31))
def test_a_count_is_what_a_search_per_customer_finds(entries, day):
    """Positions are those of the binary search on sorted keys, for customers without an entry too."""
    code, days = (np.array(sorted(entries), dtype=np.int64).reshape(-1, 2)[:, k] for k in (0, 1))
    sorted_keys = keys(code=code, day=days)
    came = Arrivals.of(code=code, day=days, n=6)
    assert came.start.tolist() == starts(keys=sorted_keys, n=6).tolist()
    assert came.ends(day).tolist() == ends(keys=sorted_keys, n=6, day=day).tolist()
