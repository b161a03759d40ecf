"""Simulated customers of BG/BB have the distribution of the likelihood."""

import numpy as np
from scipy.special import comb

from kundkarriar.numerics.bgbb import likelihood, simulate


def test_simulated_customers_are_those_of_the_likelihood():
    """Chi-square over all histories of four opportunities, in 200,000 customers: 10 degrees of freedom, 99.9 %."""
    params = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    x, t_x = simulate.draw_histories(n=np.full(200_000, 4.0), **params, generator=np.random.default_rng(3))
    cells = [(0, 0, 4), *((k, t, 4) for t in range(1, 5) for k in range(1, t + 1))]
    rows = dict(zip(("x", "t_x", "n"), np.array(cells, dtype=float).T, strict=True))
    ways = np.where(rows["x"] > 0, comb(rows["t_x"] - 1, rows["x"] - 1), 1.0)
    expected = 200_000 * ways * np.exp(likelihood.log_likelihood(**rows, **params))
    observed = np.array([np.sum((x == k) & (t_x == t)) for k, t, _ in cells])
    assert observed.sum() == 200_000
    assert np.sum((observed - expected) ** 2 / expected) < 29.6


def test_extreme_parameters_give_customers_who_always_or_never_buy():
    generator, n = np.random.default_rng(3), np.full(2000, 5.0)
    x, t_x = simulate.draw_histories(n=n, alpha=1e9, beta=1e-9, gamma=1e-12, delta=1.0, generator=generator)
    assert (x == 5).all()
    assert (t_x == 5).all()
    x, t_x = simulate.draw_histories(n=n, alpha=1e-12, beta=1.0, gamma=1.0, delta=1e-9, generator=generator)
    assert not x.any()
    assert not t_x.any()
