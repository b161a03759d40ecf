"""Entries counted up to a day."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.as_of.entries_by_day import EntriesByDay
from kundkarriar.history.sorted_entries import ends, keys, starts

ENTRIES = st.lists(st.tuples(st.integers(0, 4), st.integers(-30, 30)), max_size=30)


@given(entries=ENTRIES, day=st.integers(-31, 31))
def test_ends_equal_those_of_binary_search(entries, day):
    """Law: the positions equal those of the binary search on sorted keys, also for customers without entries."""
    code, days = (np.array(sorted(entries), dtype=np.int64).reshape(-1, 2)[:, k] for k in (0, 1))
    sorted_keys = keys(code=code, day=days)
    by_day = EntriesByDay.of(code=code, day=days, n=6)
    assert by_day.start.tolist() == starts(keys=sorted_keys, n=6).tolist()
    assert by_day.ends(day).tolist() == ends(keys=sorted_keys, n=6, day=day).tolist()
