"""Ties in budgets and among equal customers: `allocate` on sums that differ in their last digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.planning.allocation import Constraint, allocate

tenths = st.integers(1, 40)


def caps(use, budget):
    return [Constraint(use=each, most=most) for each, most in zip(use, budget, strict=True)]


@given(tenths, st.integers(1, 40), st.integers(0, 3), st.data())
def test_what_just_fits_on_paper_fits(cost, times, spare, data):
    """A budget for exactly `times` actions, counted in tenths in any of several ways, pays for all of them."""
    money = data.draw(st.sampled_from([cost * times / 10, sum([cost / 10] * times), (cost / 10) * times]))
    net = np.linspace(5.0, 6.0, times + spare)[:, None]
    answer = allocate(net=net, constraints=caps(np.array([[cost / 10], [0.0]]), np.array([money, 0.0])))
    assert (answer.choice >= 0).sum() == times


@pytest.mark.parametrize("budget", [0.3, 0.1 + 0.2])
@pytest.mark.parametrize("cost", [0.3, 0.1 * 3])
def test_one_action_of_the_whole_budget_fits(cost, budget):
    use = np.array([[cost], [0.0]])
    assert allocate(net=np.ones((2, 1)), constraints=caps(use, np.array([budget, 0.0]))).choice.tolist() == [0, -1]


def test_the_last_tenth_of_a_large_budget_is_spent():
    """Ten million tenths of a crown, and money for one less than all: exactly one goes without."""
    net = np.full((200_001, 1), 2.0)
    answer = allocate(net=net, constraints=caps(np.array([[0.1], [0.0]]), np.array([20_000.0, 0.0])))
    assert (answer.choice >= 0).sum() == 200_000


@given(st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=3, max_size=200), st.integers(1, 40))
def test_customers_equal_but_for_rounding_are_served_in_their_order(off, tenths_there):
    """Net gains that differ in the last digits do not decide who comes first: the order given does."""
    net = 7.3 * (1 + np.array(off)[:, None] * 2.0**-52)
    answer = allocate(net=net, constraints=caps(np.array([[0.1], [0.0]]), np.array([tenths_there / 10, 0.0])))
    served = min(tenths_there, len(off))
    assert (answer.choice + 1).tolist() == [1] * served + [0] * (len(off) - served)


def test_nobody_is_served_for_a_budget_that_is_too_small_by_a_millionth():
    use = np.array([[0.3], [0.0]])
    assert allocate(net=np.ones((2, 1)), constraints=caps(use, np.array([0.3 * (1 - 1e-6), 0.0]))).choice.tolist() == [
        -1,
        -1,
    ]
