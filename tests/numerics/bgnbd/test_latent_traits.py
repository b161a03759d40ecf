"""Traits under (M)BG/CNBD-k against the posterior on a grid: prior x likelihood given rate and dropout probability."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cumulative_simpson
from scipy.interpolate import CubicSpline
from scipy.special import logit

from kundkarriar.numerics.bgnbd import latent_traits, likelihood

HISTORIES = [(0.0, 0.0, 39.0), (0.0, 0.0, 0.5), (1.0, 20.0, 39.0), (3.0, 12.0, 60.0), (24.0, 51.0, 52.0)]
PARAMS = {"r": 0.7, "alpha": 3.0, "a": 0.9, "b": 2.1}
LOG_RATE, LOGIT = np.linspace(-40.0, 5.0, 9001), np.linspace(-34.0, 34.0, 9001)
"""Grids of ln of the stage rate and of the logit of the dropout probability."""


def traits(history, *, k, at_first, level=0.9):
    x, t_x, T = (np.array([value]) for value in history)
    chances, rates = x + at_first, {"r": PARAMS["r"], "alpha": PARAMS["alpha"]}
    log_alive = likelihood.log_p_alive(x=x, t_x=t_x, T=T, chances=chances, k=k, **PARAMS)
    alive, done = np.exp(log_alive), likelihood.stages_done(x=x, t_x=t_x, T=T, k=k, **rates)
    return (
        latent_traits.purchase_rate(x=x, t_x=t_x, T=T, p_alive=alive, done=done, **rates, level=level),
        latent_traits.dropout_probability(chances=chances, p_alive=alive, a=PARAMS["a"], b=PARAMS["b"], level=level),
    )


def posteriors_on_a_grid(history, *, k, at_first):
    """Grid and marginal posterior density on it of the stage rate, and of the dropout probability.

    The likelihood given both is (1 - p)^chances x alive + p (1 - p)^(chances - 1) x inactive, so each marginal needs
    four one-dimensional sums.
    """
    x, t_x, T = history
    rate, p, q = np.exp(LOG_RATE), 1 / (1 + np.exp(-LOGIT)), 1 / (1 + np.exp(LOGIT))
    prior_rate = stats.gamma(PARAMS["r"], scale=1 / PARAMS["alpha"]).pdf(rate) * rate
    prior_p = stats.beta(PARAMS["a"], PARAMS["b"]).pdf(p) * p * q
    alive = rate ** (k * x) * np.exp(-rate * t_x) * stats.poisson(rate * (T - t_x)).cdf(k - 1)
    inactive = rate ** (k * x) * np.exp(-rate * t_x)
    chances = x + at_first
    survives = q**chances
    leaves = p * q ** (chances - 1) if chances > 0 else np.zeros_like(p)
    if chances == 0:
        inactive = np.zeros_like(rate)
    of_rate = prior_rate * (alive * (prior_p @ survives) + inactive * (prior_p @ leaves))
    of_p = prior_p * (survives * (prior_rate @ alive) + leaves * (prior_rate @ inactive))
    return (LOG_RATE, of_rate / of_rate.sum()), (LOGIT, of_p / of_p.sum())


def distribution_function(grid, probabilities):
    """By Simpson's rule and a cubic spline."""
    return CubicSpline(grid, cumulative_simpson(probabilities, initial=0.0))


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize(("k", "at_first"), [(1, 0), (1, 1), (3, 0), (3, 1)])
def test_traits_are_those_of_the_posterior(history, k, at_first):
    """Oracle: within the grid's error of 1e-7."""
    (mean_rate, *rates), (mean_p, *chances) = traits(history, k=k, at_first=at_first)
    (_, of_rate), (_, of_p) = grids = posteriors_on_a_grid(history, k=k, at_first=at_first)
    assert mean_rate[0] == pytest.approx(np.exp(LOG_RATE) @ of_rate / k, rel=1e-9)
    assert mean_p[0] == pytest.approx((1 / (1 + np.exp(-LOGIT))) @ of_p, rel=1e-9)
    for ends, grid in zip(
        ([np.log(k * end[0]) for end in rates], [logit(end[0]) for end in chances]), grids, strict=True
    ):
        assert distribution_function(*grid)(ends) == pytest.approx([0.05, 0.95], abs=1e-7)


def test_with_no_opportunity_the_dropout_probability_is_that_of_all_customers():
    """Under BG/NBD a customer without a repeat purchase has told nothing of it."""
    _, (mean, low, high) = traits((0.0, 0.0, 500.0), k=1, at_first=0)
    of = stats.beta(PARAMS["a"], PARAMS["b"])
    assert [mean[0], low[0], high[0]] == pytest.approx([of.mean(), of.ppf(0.05), of.ppf(0.95)], rel=1e-9)


@pytest.mark.parametrize("k", [1, 3])
def test_traits_stay_in_their_range_where_parameters_are_extreme(k):
    """Law: parameters from e^-28 to e^28: finite, ordered, rates at least 0 and probabilities up to 1."""
    generator, n = np.random.default_rng(0), 1000
    r, alpha, a, b = np.exp(generator.uniform(-28, 28, (4, n)))
    x, T = np.floor(np.exp(generator.uniform(-1, 7, n))), np.exp(generator.uniform(-3, 9, n))
    seen = {"x": x, "t_x": np.where(x > 0, T * generator.random(n), 0.0), "T": T}
    alive = np.exp(likelihood.log_p_alive(**seen, chances=x + 1, k=k, r=r, alpha=alpha, a=a, b=b))
    done = likelihood.stages_done(**seen, k=k, r=r, alpha=alpha)
    rate = latent_traits.purchase_rate(**seen, p_alive=alive, done=done, r=r, alpha=alpha, level=0.9)
    chance = latent_traits.dropout_probability(chances=x + 1, p_alive=alive, a=a, b=b, level=0.9)
    for mean, low, high in (rate, chance):
        assert np.isfinite([mean, low, high]).all()
        assert (low <= high).all()
        assert (low >= 0).all()
    assert np.max(chance) <= 1
