"""Draws of latent states and futures agree with expectations."""

import numpy as np
import pytest

from kundkarriar.numerics.pareto_nbd import expectation, simulate


@pytest.mark.parametrize("b", [0.0, 0.05])
def test_draws_agree_with_expectations(b):
    """Outcomes and expectations of 200,000 customers alike, within four standard errors of the integrals."""
    generator = np.random.default_rng(3)
    one = np.ones((1000, 200))
    parts = {"shape": 2.5 * one, "rate": 40.0 * one, "s": 0.8 * one, "beta": 30.0 * one, "b": b}
    state = simulate.draw_latent_state(generator, p_alive=0.7 * one, **parts)
    future = {"s": 0.8, "beta": 30.0, "b": b}
    time = expectation.expected_time(52.0, **future)
    worth = expectation.expected_discounted_time(52.0, discount_rate=0.01, **future)
    due = 0.7 * np.array([2.5 / 40 * time, 2.5 / 40 * worth, worth])
    for drawn in (
        simulate.draw_futures(generator, state, horizon=52.0, discount_rate=0.01),
        simulate.expected_futures(state, horizon=52.0, discount_rate=0.01),
    ):
        for part, expected in zip(drawn, due, strict=True):
            assert part.mean() == pytest.approx(expected, abs=4 * part.std() / np.sqrt(part.size))
    buys = simulate.draw_futures(generator, state, horizon=52.0, discount_rate=0.0)[0]
    p_none = 0.3 + 0.7 * (1 - expectation.p_purchase(52.0, shape=2.5, rate=40.0, **future))
    assert (buys == 0).mean() == pytest.approx(p_none, abs=4 * 0.5 / np.sqrt(buys.size))


@pytest.mark.parametrize("b", [0.02, 4.0])
def test_time_alive_given_the_dropout_rate(b):
    """By nodes, against a fine trapezoidal rule."""
    dropout_rate = np.array([[1e-9, 1e-3, 0.05, 2.0]])
    state = simulate.ParetoState(alive=dropout_rate > 0, rate=dropout_rate, dropout_rate=dropout_rate, b=b)
    t = np.linspace(0, 52, 2_000_001)[:, None]
    with np.errstate(over="ignore"):
        survival = np.exp(-0.01 * t - dropout_rate * np.expm1(b * t) / b)
    by_trapezoids = (survival.sum(axis=0) - 0.5 * (survival[0] + survival[-1])) * (t[1, 0] - t[0, 0])
    alive = simulate.expected_futures(state, horizon=52.0, discount_rate=0.01)[2][0]
    assert alive == pytest.approx(by_trapezoids, rel=1e-6)
