"""Sales after a forecast origin."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

START, ORIGIN, UNTIL = np.datetime64("2026-01-01"), np.datetime64("2026-01-10"), np.datetime64("2026-02-10")


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(10, 40), st.integers(1, 10**6)), max_size=30))
def test_sales_add_up_as_on_paper(lines):
    """Sales per customer, cumulative totals and newcomers' sales are exact sums of cents."""
    rows = [(1, 0, 500), *lines]
    transactions = pd.DataFrame(
        {
            "customer_id": [who for who, _, _ in rows],
            "date": [np.datetime64(START + day, "us") for _, day, _ in rows],
            "amount": [cents / 100 for _, _, cents in rows],
        }
    )
    origin = ForecastOrigin.of(
        transactions,
        purchase_days(transactions, as_of=UNTIL),
        begin=START,
        date=ORIGIN,
        until=UNTIL,
        period="W",
    )
    expected = sum(cents for who, _, cents in lines if who == 1) / 100
    assert origin.outcome[1].tolist() == [expected]
    assert origin.newcomers()[2] == sum(cents for who, _, cents in lines if who == 2) / 100
    total_purchases, total_sales = origin.cumulative()
    ends = np.array(origin.steps()) - int(START.astype(int))
    for step, last in enumerate(ends):
        cents_by_then = [cents for who, day, cents in lines if who == 1 and day <= last]
        assert total_sales[step] == sum(cents_by_then) / 100
    assert total_purchases[-1] == len({day for who, day, _ in lines if who == 1})
