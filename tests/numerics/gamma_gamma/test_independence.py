"""Independence of spend and frequency: no correlation where there is none, and what dependence does to totals."""

import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from kundkarriar.numerics.gamma_gamma.expectation import expected_order_value
from kundkarriar.numerics.gamma_gamma.independence import spearman, spend_dependence, spend_quantile

PARAMS = {"p": 1.0, "q": 4.0, "gamma": 60.0}


def made(seed, *, slope=0.0, n=4000):
    """Repeat purchases and mean spend; orders grow as frequency to the power of `slope`."""
    g = np.random.default_rng(seed)
    x = g.negative_binomial(0.8, 0.15, n)
    nu = g.gamma(PARAMS["q"], 1 / PARAMS["gamma"], n)
    m = g.gamma(PARAMS["p"] * np.maximum(x, 1)) / (nu * np.maximum(x, 1)) * np.maximum(x, 1.0) ** slope
    return x.astype(float), np.where(x > 0, m, np.nan)


def test_spearman_is_scipys():
    """With ties, and for a perfect order."""
    g = np.random.default_rng(3)
    a, b = g.integers(0, 5, 80).astype(float), g.integers(0, 4, 80).astype(float)
    found, known = spearman(a, b), spearmanr(a, b)
    assert found.rho == pytest.approx(known.statistic)
    assert found.p_value == pytest.approx(known.pvalue)
    assert spearman(np.arange(4.0), -np.arange(4.0)).rho == -1.0
    assert spearman(np.arange(4.0), -np.arange(4.0)).p_value == 0.0
    assert spearman(np.ones(4), np.arange(4.0)) is None
    assert spearman(np.arange(2.0), np.arange(2.0)) is None


def test_quantiles_of_independent_spend_are_uniform_and_uncorrelated():
    """While mean spend itself is correlated with frequency by about .13, as single orders are skewed."""
    plain, quantiles = [], []
    for seed in range(8):
        x, m = made(seed)
        x, m = x[x > 0], m[x > 0]
        u = spend_quantile(x=x, m=m, **PARAMS)
        plain.append(spearman(x, m).rho)
        quantiles.append(spearman(x, u).rho)
        assert kstest(u, "uniform").pvalue > 1e-3
    assert np.mean(plain) == pytest.approx(0.13, abs=0.02)
    assert np.mean(quantiles) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("slope", [0.0, 0.8, -0.5])
def test_what_dependence_does_to_totals(slope):
    """Against purchases at the true mean of each frequency; independent spend changes nothing but by chance."""
    found, errors, true = [], [], []
    for seed in range(8):
        x, m = made(seed, slope=slope)
        params = PARAMS | {"gamma": float(np.nanmean(m)) * (PARAMS["q"] - 1) / PARAMS["p"]}
        expected = expected_order_value(x=x, m=np.nan_to_num(m), **params)
        purchases = np.full(len(x), 0.5)
        one, error = spend_dependence(x=x, m=m, expected=expected, purchases=purchases)
        own = 20.0 * np.maximum(x, 1) ** slope  # one-time buyers as those of one repeat purchase
        found.append(one)
        errors.append(error)
        true.append(float(purchases @ own) / float(purchases @ expected) - 1)
    assert np.mean(found) == pytest.approx(np.mean(true), abs=0.02)
    assert np.std(found) < np.mean(errors) < 0.04
    assert abs(np.mean(found)) < 0.01 if not slope else abs(np.mean(true)) > 0.1


def test_without_anyone_of_one_repeat_purchase_one_time_buyers_stay():
    m, expected, purchases = np.array([np.nan, 12.0]), np.array([10.0, 10.0]), np.array([1.0, 1.0])
    often = spend_dependence(x=np.array([0.0, 2.0]), m=m, expected=expected, purchases=purchases)
    assert often == pytest.approx((0.1, 0.1))
    once = spend_dependence(x=np.array([0.0, 1.0]), m=m, expected=expected, purchases=purchases)
    assert once == pytest.approx((0.2, 0.1))
