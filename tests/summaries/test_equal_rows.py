"""Equal rows: sorting and hashing find the same groups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.summaries.equal_rows import count_equal_rows, group_equal_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows

SMALL = st.integers(0, 3)
LARGE = st.integers(0, 2**40)


@given(rows=st.lists(st.tuples(SMALL, SMALL, st.one_of(SMALL, LARGE)), max_size=40))
def test_sorting_finds_the_rows_that_hashing_finds(rows):
    """Law: the same distinct rows, with the same counts."""
    columns = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(3)]
    distinct, counts = count_equal_rows(columns)
    assert dict(zip(zip(*(part.tolist() for part in distinct), strict=True), counts.tolist(), strict=True)) == {
        row: rows.count(row) for row in rows
    }
    assert list(zip(*(part.tolist() for part in distinct), strict=True)) == sorted(set(rows))
    inverse, first = group_equal_rows(columns)
    assert [rows[at] for at in first[inverse]] == rows


@given(rows=st.lists(st.tuples(SMALL, st.integers(1, 5)), min_size=1, max_size=20))
def test_weights_are_repeated_rows(rows):
    """Law: a row of weight w is the row w times."""
    numbers, weights = (np.array(part) for part in zip(*rows, strict=True))
    weighted, sums = count_equal_rows([numbers], weights=weights.astype(float))
    repeated, counts = count_equal_rows([np.repeat(numbers, weights)])
    assert (weighted[0].tolist(), sums.tolist()) == (repeated[0].tolist(), counts.tolist())


def test_rows_that_do_not_fit_into_an_integer_are_not_counted():
    far = np.array([0, 2**40])
    assert count_equal_rows([far, far]) is None


@given(
    rows=st.lists(st.tuples(SMALL, st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=30),
    period=st.sampled_from([("D", 1.0), ("W", 7.0), ("M", 365.25 / 12)]),
    seed=st.integers(0, 9),
)
def test_merged_rows_are_the_distinct_ones(rows, period, seed):
    """Law: `merged` has the rows and weights of `distinct`, in an order independent of that of the customers."""
    unit, days = period
    x, t_x, more = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    given_rows = PurchaseRows(x=x, t_x=t_x / days, T=(t_x + more) / days, weights=np.ones(len(x)))
    merged, distinct = given_rows.merged(period=unit), given_rows.distinct(period=unit).rows
    order = np.lexsort((distinct.x, distinct.t_x, distinct.T))
    for name in ("x", "t_x", "T", "weights"):
        np.testing.assert_allclose(getattr(merged, name), getattr(distinct, name)[order], rtol=1e-15)
    shuffled = given_rows.at(np.random.default_rng(seed).permutation(len(x))).merged(period=unit)
    for name in ("x", "t_x", "T", "weights"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(shuffled, name))
    continuous = PurchaseRows(x=x, t_x=t_x + 0.3, T=t_x + more + 0.4, weights=np.ones(len(x)))
    assert len(continuous.merged(period="D")) == len(set(rows))
