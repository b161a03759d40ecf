"""Forecasts of customers who pause and return, against sums over fine grids of traits (make_returning.py).

The model sums over few nodes, laid where a customer's posterior is: log-likelihoods within 1e-5, probabilities and
expected numbers within 1e-4 of their size, chances of single counts within 1e-3.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kundkarriar.models.families.returning_family import ReturningFamily
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

FAMILY = ReturningFamily()
TABLE = pd.read_csv(Path(__file__).with_name("returning_forecasts.csv"))
LAWS = [of for _, of in TABLE.groupby("m1")]
laws = pytest.mark.parametrize("stored", LAWS, ids=range(len(LAWS)))
AHEAD = {"horizon": 39.0}


def rows_params(stored):
    """All histories of a law, in weeks, and its parameters."""
    gaps = [np.array(json.loads(days)) / 7 for days in stored["gaps"]]
    x, t_x = (np.array([of(each) for each in gaps], dtype=float) for of in (len, np.sum))
    packed = PurchaseGaps(length=np.concatenate(gaps), starts=np.concatenate([[0], np.cumsum(x)]))
    rows = PurchaseRows(x=x, t_x=t_x, T=t_x + stored["silence"] / 7, weights=np.ones(len(x)), gaps=packed)
    law = stored.iloc[0]
    s1, s2, nu = np.exp(law[["log_s1", "log_s2", "log_nu"]].to_numpy(float))
    return rows, {"m1": law["m1"], "s1": s1, "m2": law["m2"], "s2": s2, "nu": nu}


@laws
def test_log_likelihood(stored):
    found = FAMILY.log_likelihood(*rows_params(stored))
    assert found == pytest.approx(stored["log_likelihood"].to_numpy(), rel=0, abs=1e-5)


@laws
def test_forecasts(stored):
    rows, params = rows_params(stored)
    found = {
        "p_on": np.exp(FAMILY.log_p_alive(rows, params)),
        "p_on_at_horizon": FAMILY.p_alive_later(rows, params, t=AHEAD["horizon"]),
        "expected_purchases": FAMILY.expected_purchases(rows, params, period="W", **AHEAD),
        "p_purchase": FAMILY.p_purchase(rows, params, **AHEAD),
    }
    for name, values in found.items():
        assert values == pytest.approx(stored[name].to_numpy(), rel=1e-4), name


@laws
@pytest.mark.parametrize(("column", "horizon"), [("discounted_purchases", 39.0), ("discounted_lifelong", np.inf)])
def test_discounted_purchases(stored, column, horizon):
    """Of those on now and of those off now, who may return."""
    rows, params = rows_params(stored)
    rate = stored["discount_rate"].iloc[0]
    ahead = FAMILY.residual(rows, params, period="W", horizon=horizon, discount_rate=rate)
    on, off = ahead.discounted_purchases, ahead.returning.discounted_purchases
    found = ahead.p_alive * on + (1 - ahead.p_alive) * off
    assert found == pytest.approx(stored[column].to_numpy(), rel=1e-4)


@laws
def test_counts(stored):
    found = FAMILY.p_counts(*rows_params(stored), **AHEAD, up_to=5)
    assert found == pytest.approx(stored[[f"p_{n}" for n in range(6)]].to_numpy(), rel=1e-3)
