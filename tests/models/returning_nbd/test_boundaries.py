"""Customers who tell too little of pausing and returning: which sentence says so, and that forecasts stay lawful."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.fitting.likelihood_fit import UNIDENTIFIED

SENTENCES = {name: sentence for name, sentence in UNIDENTIFIED.items() if "typical" in name or "spread" in name}
SENTENCES["log_return"] = UNIDENTIFIED["log_return"]


def simulated(n, weeks=60.0, *, seed=1, **params):
    model = kk.FittedReturningNBD(params=kk.ReturningNBDParams(**params), period="W")
    return model.simulate([weeks] * n, seed=seed)


def without_pauses(n, *, seed):
    """Purchase days of an NBD: nobody pauses or leaves."""
    generator = np.random.default_rng(seed)
    rates = generator.gamma(2.0, 1 / 70, n)  # a day
    cells = [np.flatnonzero(generator.random(420) < rate) + 1 for rate in rates]
    gaps = [np.diff(days, prepend=0) for days in cells]
    return pd.DataFrame(
        {
            "frequency": [len(days) for days in cells],
            "recency": [days[-1] / 7 if len(days) else 0.0 for days in cells],
            "T": 60.0,
            "gaps": [" ".join(map(str, each)) for each in gaps],
            "period": "W",
        }
    )


def lawful(fitted, summary):
    """Forecasts that are numbers within their ranges and agree with each other."""
    predicted = fitted.predict(summary, horizon=26, also=["p_purchase", "p_alive_later"])
    columns = ["p_alive", "expected_purchases", "p_purchase", "p_alive_later"]
    assert np.isfinite(predicted[columns]).all(axis=None)
    assert predicted[["p_alive", "p_purchase", "p_alive_later"]].min(axis=None) >= 0
    assert predicted[["p_alive", "p_purchase", "p_alive_later"]].max(axis=None) <= 1 + 1e-12
    assert (predicted["p_purchase"] <= predicted["expected_purchases"] * (1 + 1e-9)).all()
    lifelong = fitted.discounted(summary, discount_rate=0.1)["discounted_purchases"]
    assert np.isfinite(lifelong).all()
    assert (lifelong >= 0).all()
    return predicted


@pytest.mark.weak_fit
def test_nobody_returns():
    summary = simulated(500, m1=-1.5, s1=0.7, m2=-2.5, s2=0.7, nu=np.exp(-28))
    fitted = kk.ReturningNBD().fit(summary)
    lawful(fitted, summary)
    assert fitted.boundary in {None, SENTENCES["log_return"]}
    assert fitted.params.nu < 0.01
    if fitted.boundary:
        assert fitted.estimates()["std_error"].isna().all()


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_leaves(seed):
    summary = without_pauses(300, seed=seed)
    fitted = kk.ReturningNBD().fit(summary)
    predicted = lawful(fitted, summary)
    assert fitted.boundary in set(SENTENCES.values())
    nbd = kk.NBD().fit(summary).predict(summary, horizon=26)["expected_purchases"]
    assert predicted["expected_purchases"].sum() == pytest.approx(nbd.sum(), rel=0.1)


@pytest.mark.weak_fit
def test_customers_who_are_all_alike():
    summary = simulated(400, m1=-1.5, s1=0.001, m2=-2.3, s2=0.001, nu=0.05)
    fitted = kk.ReturningNBD().fit(summary)
    lawful(fitted, summary)
    assert fitted.boundary in {SENTENCES["log_spread_purchases"], SENTENCES["log_spread_leaving"]}
    assert fitted.params.m1 == pytest.approx(-1.5, abs=0.15)


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", range(3))
def test_fifty_customers(seed):
    summary = simulated(50, seed=seed, m1=-2.5, s1=1.0, m2=-2.5, s2=0.8, nu=0.03)
    fitted = kk.ReturningNBD().fit(summary)
    lawful(fitted, summary)
    assert fitted.boundary in {None, *SENTENCES.values()}


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", range(3))
def test_few_purchases(seed):
    """A purchase of one in ten customers."""
    summary = simulated(300, 20.0, seed=seed, m1=-6.0, s1=1.0, m2=-2.5, s2=0.8, nu=0.03)
    assert 0 < summary["frequency"].sum() < 60
    fitted = kk.ReturningNBD().fit(summary)
    lawful(fitted, summary)
    assert fitted.boundary in {None, *SENTENCES.values()}


@pytest.mark.weak_fit
def test_one_extreme_buyer(paused):
    """Two thousand purchases, one every day, among customers who buy now and then: even this one may pause."""
    days = 2000
    extreme = pd.DataFrame(
        {"customer_id": [0], "frequency": days, "recency": days / 7, "T": days / 7, "gaps": " ".join(["1"] * days)}
    ).assign(period="W", n_transactions=days + 1)
    summary = pd.concat([paused, extreme], ignore_index=True)
    fitted = kk.ReturningNBD().fit(summary)
    predicted = lawful(fitted, summary)
    assert 0.85 * 26 * 7 < predicted["expected_purchases"].iloc[-1] < 26 * 7
    assert predicted["p_alive"].iloc[-1] == pytest.approx(1, abs=1e-9)
