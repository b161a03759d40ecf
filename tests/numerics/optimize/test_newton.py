"""The search for the top."""

import numpy as np
import pytest

from kundkarriar.numerics.optimize.newton import Box, best_start, maximise


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


def cliff(theta):
    """A hill with its top at 2/3; from 1 on higher, but without a curvature, and from 2 on no number at all."""
    if theta[0] >= 2:
        return np.nan, np.full(1, np.nan), np.full((1, 1), np.nan)
    if theta[0] >= 1:
        return 5.0, np.ones(1), np.full((1, 1), -np.inf)
    return float(theta[0] ** 2 - theta[0] ** 3), 2 * theta - 3 * theta**2, np.full((1, 1), 2 - 6 * theta[0])


def test_no_step_leads_to_where_the_surface_is_not_finite():
    """The first step, where the hill is nearly straight, leads beyond 1: it is refused, and comes out shorter."""
    top = maximise(cliff, np.array([0.32]), Box(n=1, low=np.full(1, -9.0), high=np.full(1, 9.0)))
    assert top.converged
    assert top.theta[0] == pytest.approx(2 / 3)


def test_a_start_that_is_not_finite_loses():
    """However many there are; where there is no other, the search ends infinitely low and not converged."""
    box = Box(n=1, low=np.full(1, -9.0), high=np.full(1, 9.0))
    assert best_start(cliff, [np.array([3.0]), np.array([0.1]), np.array([1.5])], box) == pytest.approx(2 / 3)
    nowhere = maximise(cliff, np.array([3.0]), box)
    assert not nowhere.converged
    assert nowhere.value == -np.inf


def test_the_top_is_found_though_values_round_far_above_their_last_digit():
    """Values that are the difference of large terms: one that rounds up must not hold the search."""

    def grainy(theta):
        grain = 1e-9 * np.sin(1e9 * float(theta.sum()))
        return -1000 - float(theta @ theta) + grain, -2 * theta, -2 * np.eye(2)

    box = Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))
    for begin in np.linspace(1e-6, 3e-5, 50):
        top = maximise(grainy, np.full(2, begin), box)
        assert top.converged
        assert np.abs(top.theta).max() < 1e-9
