"""Traits under Pareto/NBD and GGompertz/NBD against the posterior on a grid: prior x likelihood given both rates."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cumulative_simpson
from scipy.interpolate import CubicSpline

from kundkarriar.numerics.pareto_nbd.latent_traits import purchase_and_dropout_rates

HISTORIES = [(0.0, 0.0, 39.0), (0.0, 0.0, 0.5), (1.0, 20.0, 39.0), (3.0, 12.0, 60.0), (24.0, 51.0, 52.0)]
PARAMS = {"r": 0.7, "alpha": 3.0, "s": 0.8, "beta": 9.0}
FINE, COARSE = np.linspace(-36.0, 4.0, 4001), np.linspace(-36.0, 6.0, 301)
"""Grids of the logarithm of the rate whose posterior is sought, and of the other one."""


def likelihood(purchase_rate, dropout_rate, history, *, b):
    """Of a history given both rates; dropout at rate x exp(b t), integrated over (t_x, T) by 40 nodes."""
    x, t_x, T = history

    def survival(t):
        return np.exp(-purchase_rate * t - dropout_rate * (np.expm1(b * t) / b if b else t))

    nodes, weights = np.polynomial.legendre.leggauss(40)
    times, weights = t_x + (T - t_x) * (nodes + 1) / 2, weights * (T - t_x) / 2
    left = sum(weight * dropout_rate * np.exp(b * t) * survival(t) for t, weight in zip(times, weights, strict=True))
    return purchase_rate**x * (survival(T) + left)


def prior(log_rate, shape, scale):
    return stats.gamma(shape, scale=1 / scale).pdf(np.exp(log_rate)) * np.exp(log_rate)


def posteriors_on_a_grid(history, *, b):
    """Marginal posteriors of the purchase rate and of the dropout rate: probabilities on `FINE`."""
    r, alpha, s, beta = PARAMS.values()
    for of_purchases in (True, False):
        logs = (FINE[:, None], COARSE[None]) if of_purchases else (COARSE[None], FINE[:, None])
        joint = prior(logs[0], r, alpha) * prior(logs[1], s, beta)
        joint = joint * likelihood(np.exp(logs[0]), np.exp(logs[1]), history, b=b)
        marginal = joint.sum(axis=1)
        yield marginal / marginal.sum()


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("b", [0.0, 0.04])
def test_rates_are_those_of_the_posterior(history, b):
    """Oracle: within the grid's error of 1e-6."""
    x, t_x, T = (np.array([value]) for value in history)
    found = purchase_and_dropout_rates(x=x, t_x=t_x, T=T, **PARAMS, b=b, level=0.9)
    for (mean, *ends), probabilities in zip(found, posteriors_on_a_grid(history, b=b), strict=True):
        assert mean[0] == pytest.approx(np.exp(FINE) @ probabilities, rel=1e-7)
        function = CubicSpline(FINE, cumulative_simpson(probabilities, initial=0.0))
        assert function([np.log(end[0]) for end in ends]) == pytest.approx([0.05, 0.95], abs=1e-6)


def test_rows_in_blocks_are_the_rows_one_by_one(monkeypatch):
    monkeypatch.setattr("kundkarriar.numerics.pareto_nbd.latent_traits.AT_ONCE", 2)
    columns = dict(zip(("x", "t_x", "T"), np.array(HISTORIES).T, strict=True))
    own = {name: value * np.arange(1.0, 6.0) for name, value in PARAMS.items()}
    blocks = np.array(purchase_and_dropout_rates(**columns, **own, level=0.9))
    for row in range(5):
        at = {name: values[[row]] for name, values in (columns | own).items()}
        one = np.array(purchase_and_dropout_rates(**at, level=0.9))[:, :, 0]
        assert blocks[:, :, row] == pytest.approx(one, rel=1e-10)


@pytest.mark.parametrize("b", [0.0, 1e-9, 5.0])
def test_rates_stay_finite_where_parameters_are_extreme(b):
    """Law: parameters from e^-28 to e^28, ages up to 1e4: finite, ordered, at least 0."""
    generator = np.random.default_rng(2)
    n = 300
    r, alpha, s, beta = np.exp(generator.uniform(-28, 28, (4, n)))
    x, T = np.floor(np.exp(generator.uniform(-1, 8, n))), np.exp(generator.uniform(-3, 9, n))
    t_x = np.where(x > 0, T * generator.random(n), 0.0)
    ageing = np.full(n, b)
    rates = purchase_and_dropout_rates(x=x, t_x=t_x, T=T, r=r, alpha=alpha, s=s, beta=beta, b=ageing, level=0.9)
    for mean, low, high in rates:
        assert np.isfinite([mean, low, high]).all()
        assert (low <= high).all()
        assert (low >= 0).all()
