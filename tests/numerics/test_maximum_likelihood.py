"""The search for the top."""

import numpy as np

from kundkarriar.numerics.maximum_likelihood import Box, maximise


def test_the_top_is_found_where_values_no_longer_tell():
    """A log-likelihood of a billion has no digits for the last ten-thousandth of a step; its gradient has."""

    def high_hill(theta):
        return 1e9 - float(theta @ theta), -2 * theta, -2 * np.eye(2)

    box = Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))
    top = maximise(high_hill, np.full(2, 1e-4), box)
    assert top.converged
    assert np.abs(top.theta).max() < 1e-9


def test_a_ridge_that_runs_into_an_edge_is_followed_to_its_end():
    """The search ends on the edge and at the ridge's top there, not creeping towards it."""
    calls = 0

    def ridge(theta):
        nonlocal calls
        calls += 1
        off, along = theta[1] + theta[0] / 4, theta[0]
        gradient = np.array([-25 * off + 0.02, -100 * off])
        return 0.02 * along - 50 * off**2, gradient, np.array([[-6.25, -25.0], [-25.0, -100.0]])

    top = maximise(ridge, np.array([0.3, -0.2]), Box(n=1, low=np.full(2, -25.0), high=np.full(2, 25.0)))
    assert top.converged
    assert top.theta.tolist() == [25.0, -6.25]
    assert calls < 20
