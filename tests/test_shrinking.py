"""A failing law must not look like a hang: shrinking stops in time and shows the best example so far."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine

PURCHASES = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 500), st.floats(0, 1e6)), max_size=40)
A_CALL, PART = 0.05, 1 / 20


def test_a_slow_law_is_shown_broken_within_the_limit(monkeypatch):
    """With calls of .05 s a twentieth of the limit leaves ten to shrink by; left alone, this law takes 326."""
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", engine.MAX_SHRINKING_SECONDS * PART)
    broken = []

    @given(rows=PURCHASES)
    def law(rows):
        wrong = len({day for _, day, amount in rows if amount > 1000 and day > 7}) >= 6
        if wrong:
            broken.append(rows)
            time.sleep(A_CALL)
        assert not wrong

    with pytest.raises(AssertionError) as error:
        law()
    assert len(broken) < 40
    assert f"law(\n    rows=[{broken[-1][0]}" in error.value.__notes__[0]
