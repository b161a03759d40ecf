"""Distinct rows: nothing is lost, and every row finds its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.purchase_rows import PurchaseRows

few = st.integers(0, 5)


def rows_of(rows, *, unit):
    x, t_x, more, weights = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    return PurchaseRows(x=x, t_x=t_x / unit, T=(t_x + more) / unit, weights=weights)


@pytest.mark.parametrize("unit", [1.0, 7.0, 365.25 / 12, np.pi])
@given(rows=st.lists(st.tuples(few, few, few, st.integers(1, 9)), min_size=1, max_size=40))
def test_gathering_brings_back_the_rows(unit, rows):
    """In whole days (of days, weeks, months) and in times that are no whole days; weights add up."""
    period = {1.0: "D", 7.0: "W"}.get(unit, "M")
    given_rows = rows_of(rows, unit=unit)
    distinct = given_rows.distinct(period=period)
    for name in ("x", "t_x", "T"):
        assert getattr(distinct.rows, name)[distinct.inverse].tolist() == getattr(given_rows, name).tolist()
    keys = list(zip(distinct.rows.x, distinct.rows.t_x, distinct.rows.T, strict=True))
    assert len(keys) == len(set(keys))
    assert distinct.rows.weights.sum() == given_rows.weights.sum()


def test_order_of_first_appearance():
    rows = PurchaseRows(x=[3, 1, 3, 0], t_x=[7, 7, 7, 0], T=[9, 9, 9, 9], weights=[1, 1, 1, 1]).distinct(period="W")
    assert rows.rows.x.tolist() == [3, 1, 0]
    assert rows.inverse.tolist() == [0, 1, 0, 2]


def test_times_of_a_wide_range_do_not_collide():
    """Keys are joined into one integer: three wide ranges are numbered again before they would overflow."""
    generator = np.random.default_rng(1)
    x = np.array([0.0, 1.0, 2.0**40, 2.0**40, 5.0])
    T = generator.random(5) * 1e6
    rows = PurchaseRows(x=x, t_x=0.5 * T, T=T, weights=np.ones(5)).distinct(period="W")
    assert rows.inverse.tolist() == [0, 1, 2, 3, 4]
