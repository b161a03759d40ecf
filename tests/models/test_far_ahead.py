"""The shortest and longest horizons, the smallest rates and extreme parameters, and the errors beyond them."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

THREE = pd.DataFrame({"frequency": [2, 9, 0], "recency": [20.0, 20.0, 0.0], "T": [39.0, 39.0, 20.0], "period": "W"})
MODELS = [
    kk.FittedNBD(params=kk.NBDParams(r=0.385, alpha=12.07), period="W"),
    kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W"),
    kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(r=0.553, alpha=10.578, b=0.02, s=0.603, beta=0.3), period="W"),
    kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
]
every_model = pytest.mark.parametrize("fitted", MODELS, ids=lambda fitted: fitted.family.name)
HORIZON_HINT = '\n\nHint: a number counts periods; for text write kk.Period.of("12M").in_units("W").'


@every_model
@pytest.mark.parametrize("horizon", [1e-9, 1e12])
def test_the_shortest_and_the_longest_horizon_give_finite_numbers(fitted, horizon):
    """Expected purchases are at most horizon x purchase rate while alive, and equal it for a tiny horizon."""
    predicted = fitted.predict(THREE, horizon=horizon, also=["p_alive_later", "p_purchase"])
    rate = (fitted.params.r + THREE["frequency"]) / (fitted.params.alpha + THREE["T"]) * predicted["p_alive"]
    assert np.isfinite(predicted.iloc[:, 4:]).all(axis=None)
    assert (predicted["expected_purchases"] <= horizon * rate * (1 + 1e-9)).all()
    assert (predicted["p_alive_later"] <= predicted["p_alive"]).all()
    if horizon < 1:
        assert predicted["expected_purchases"].to_numpy() == pytest.approx(horizon * rate.to_numpy(), rel=1e-8)
        assert predicted["p_purchase"].to_numpy() == pytest.approx(horizon * rate.to_numpy(), rel=1e-8)


@every_model
def test_the_smallest_discount_rate_gives_finite_lifelong_sums(fitted):
    """At most the undiscounted purchases of the longest horizon."""
    lifelong = fitted.discounted(THREE, discount_rate=1e-6)["discounted_purchases"]
    assert np.isfinite(lifelong).all()
    assert (lifelong <= fitted.predict(THREE, horizon=1e12)["expected_purchases"] * (1 + 1e-9)).all()


@every_model
@pytest.mark.parametrize("horizon", [1e13, 1e160])
def test_longer_horizons_are_refused(fitted, horizon):
    for call, argument in (
        (lambda: fitted.predict(THREE, horizon=horizon), "horizon"),
        (lambda: fitted.predict(THREE, horizon=1, after=horizon), "after"),
        (lambda: fitted.purchase_counts(THREE, horizon=horizon), "horizon"),
        (lambda: fitted.next_purchase(THREE, by=horizon), "by"),
        (lambda: fitted.new_customer(horizon), "horizon"),
        (lambda: fitted.discounted(THREE, discount_rate=0.1, horizon=horizon), "horizon"),
    ):
        with pytest.raises(kk.DataError) as error:
            call()
        law = f"`{argument}` must be a number of periods from 0 to 1.44626e+12, got {horizon!r}."
        assert str(error.value) == law + HORIZON_HINT


def test_tiny_discount_rates_are_refused():
    """Rates between 0 and a millionth are typing errors, and their sums would not converge."""
    donors = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y")
    table = pd.DataFrame({"frequency": [2], "recency": [4], "n_opportunities": 6})
    for call in (
        lambda: MODELS[-1].discounted(THREE, discount_rate=1e-200),
        lambda: donors.discounted(table, discount_rate=1e-200),
        lambda: kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=1e-200, horizon="12M"),
    ):
        with pytest.raises(kk.DataError) as error:
            call()
        assert str(error.value) == (
            "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got 1e-200.\n\n"
            "Hint: write discount_rate=0.1 for 10 percent a year, effective."
        )


@pytest.mark.parametrize(
    "params", [kk.BGNBDParams, kk.MBGNBDParams, kk.BGCNBDParams, kk.MBGCNBDParams], ids=lambda params: params.__name__
)
@pytest.mark.parametrize("wrong", ["r", "alpha", "a", "b"])
def test_parameters_beyond_the_range_are_refused_by_name(params, wrong):
    fine = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6} | ({"k": 2} if "C" in params.__name__ else {})
    for value in (np.exp(-28.01), np.exp(28.01)):
        with pytest.raises(ValueError, match=rf"`{wrong}` must be a number from 6.9144e-13 to 1.44626e\+12"):
            params(**fine | {wrong: value})
