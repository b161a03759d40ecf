"""Distinct rows of purchase models, and the laws of `gap_log_sum`."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows

few = st.integers(0, 5)


def rows_of(rows, *, unit):
    x, t_x, more, weights = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    return PurchaseRows(x=x, t_x=t_x / unit, T=(t_x + more) / unit, weights=weights)


@pytest.mark.parametrize("unit", [1.0, 7.0, 365.25 / 12, np.pi])
@given(rows=st.lists(st.tuples(few, few, few, st.integers(1, 9)), min_size=1, max_size=40))
def test_distinct_rows_expand_to_the_rows(unit, rows):
    """Law: `values[inverse]` gives the rows back, in whole days and in continuous times; weights add up."""
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
    """Packed keys do not overflow: wide ranges are factorised first."""
    generator = np.random.default_rng(1)
    x = np.array([0.0, 1.0, 2.0**40, 2.0**40, 5.0])
    T = generator.random(5) * 1e6
    rows = PurchaseRows(x=x, t_x=0.5 * T, T=T, weights=np.ones(5)).distinct(period="W")
    assert rows.inverse.tolist() == [0, 1, 2, 3, 4]


def test_gap_log_sum_of_equal_rows_is_their_mean():
    rows = PurchaseRows(x=[2, 0, 2], t_x=[9, 0, 9], T=[9, 9, 9], weights=[1, 1, 3], gap_log_sum=[3.0, 0.0, 1.0])
    alike = rows.distinct(period="W").rows
    assert alike.gap_log_sum.tolist() == [1.5, 0.0]
    assert alike.weights @ alike.gap_log_sum == rows.weights @ rows.gap_log_sum
    assert rows.at(np.array([0, 2])).gap_log_sum.tolist() == [3.0, 1.0]


@pytest.mark.parametrize(
    ("gaps", "law"),
    [
        ([0.0, np.log(7.5), 6.0], "`gap_log_sum` is at most frequency x ln(recency / frequency): where gaps are even"),
        ([0.0, 1.0, 5.0], "`gap_log_sum` is ln(recency) where there is one gap"),
        ([-0.5, np.log(7.5), 5.0], "`gap_log_sum` is 0 where there is no gap"),
    ],
)
def test_impossible_gap_log_sum_is_refused(gaps, law):
    frame = pd.DataFrame(
        {"frequency": [0, 1, 2], "recency": [0.0, 7.5, 26.0], "T": [30.0, 30, 30], "period": "W", "gap_log_sum": gaps}
    )
    with pytest.raises(kk.DataError) as raised:
        read_purchase_rows(frame, need="BG/CNBD.fit")
    lines = str(raised.value).splitlines()
    assert lines[0] == f"BG/CNBD.fit: {law}: broken by 1 of 3 rows."
    assert lines[2].split() == ["row", "frequency", "recency", "T", "gap_log_sum"]
    assert lines[-1] == (
        "Hint: it sums the natural logarithms of the gaps in the unit of `recency`: "
        "kk.summarize(transactions, as_of=..., regularity=True)."
    )


def test_gap_log_sum_in_days_with_recency_in_weeks_is_refused(cdnow_sample):
    days, weeks = (kk.summarize(cdnow_sample, as_of="1997-09-30", period=p, regularity=True) for p in ("D", "W"))
    assert read_purchase_rows(weeks, need="a fit").rows.gap_log_sum is not None
    with pytest.raises(kk.DataError, match="`gap_log_sum` is at most"):
        read_purchase_rows(weeks.assign(gap_log_sum=days["gap_log_sum"]), need="a fit")
