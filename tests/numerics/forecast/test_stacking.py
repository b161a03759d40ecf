"""Stacking weights against a search over the whole simplex, and where models say the same or exclude what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kundkarriar.numerics.forecast.stacking import GAP, stacking_weights


def score(log_p, weights):
    """The mean log probability of a mixture."""
    return np.mean(np.log(np.exp(log_p) @ weights))


def test_against_a_grid():
    """No weights on a grid of hundredths have a higher mean log score, and the nearest ones have nearly the same."""
    log_p = np.log(np.random.default_rng(1).beta(0.7, 1.5, (400, 3)))
    found = stacking_weights(log_p)
    steps = np.arange(101) / 100
    grid = [(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1 + 1e-9]
    best = max(grid, key=lambda weights: score(log_p, np.maximum(weights, 0)))
    assert score(log_p, found) >= score(log_p, np.maximum(best, 0))
    assert found == pytest.approx(best, abs=0.01)


def test_by_hand():
    """Of two models with 2 of 3 outcomes at .9 against .5, one at .1: 1/2 - 2/5 w = (1/2 + 2/5 w) / 2, so w = 5/12."""
    log_p = np.log([[0.9, 0.5], [0.9, 0.5], [0.1, 0.5]])
    assert stacking_weights(log_p) == pytest.approx([5 / 12, 7 / 12], abs=1e-8)


@settings(max_examples=60)
@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 5)), elements=st.floats(-800, 0)), st.data())
def test_no_weights_are_better(log_p, data):
    """Law: weights are at least 0 and sum to 1, and no model is better than the mixture by more than the gap.

    The mean of p / mixture over outcomes bounds what any weights could gain.
    """
    excluded = data.draw(arrays(bool, log_p.shape, elements=st.booleans()))
    log_p = np.where(excluded, -np.inf, log_p)
    weights = stacking_weights(log_p)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    told = np.isfinite(log_p).any(axis=1)
    if told.any():
        p = np.exp(log_p[told] - log_p[told].max(axis=1, keepdims=True))
        assert np.mean(p / (p @ weights)[:, None], axis=0).max() <= 1 + 10 * GAP


def test_shares_of_two_populations():
    """Outcomes of which seven tenths are of one distribution are stacked as seven tenths of it."""
    generator, n = np.random.default_rng(3), 40_000
    y = np.where(generator.random(n) < 0.7, generator.poisson(1.0, n), generator.poisson(6.0, n))
    log_p = np.column_stack([y * np.log(m) - m for m in (1.0, 6.0)])
    assert stacking_weights(log_p) == pytest.approx([0.7, 0.3], abs=0.01)


def test_models_that_say_the_same_share_their_weight():
    """A copy of a model takes of the model's weight, and nothing of the others'."""
    log_p = np.log(np.random.default_rng(4).beta(0.7, 1.5, (300, 3)))
    single, double = stacking_weights(log_p), stacking_weights(log_p[:, [0, 1, 1, 2]])
    assert [double[0], double[1] + double[2], double[3]] == pytest.approx(single, abs=1e-6)


def test_what_nobody_foresaw_says_nothing():
    """An outcome that all models excluded changes no weight; without any other outcome weights are equal."""
    log_p = np.log(np.random.default_rng(5).beta(0.7, 1.5, (50, 2)))
    nobody = np.full((3, 2), -np.inf)
    assert stacking_weights(np.vstack([log_p, nobody])).tolist() == stacking_weights(log_p).tolist()
    assert stacking_weights(nobody).tolist() == [0.5, 0.5]
