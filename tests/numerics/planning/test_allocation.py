"""The allocation against brute force, and what must hold of any allocation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from kundkarriar.numerics.planning import nearly_indifferent
from kundkarriar.numerics.planning.allocation import Constraint, allocate

SLACK = 1e-9


def best_by_brute_force(net, use, budget):
    """The optimum of the whole integer programme, solved at once for all customers."""
    n, actions = net.shape
    worth = np.where(np.isnan(net), -1e6, net).ravel()
    one_each = np.kron(np.eye(n), np.ones(actions))
    answer = milp(
        -worth,
        integrality=np.ones(worth.size, dtype=int),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(one_each, -np.inf, 1), LinearConstraint(np.tile(use, n), -np.inf, budget)],
        options={"mip_rel_gap": 0.0},
    )
    return float(worth @ np.rint(answer.x))


@st.composite
def problems(draw, most=12):
    n, actions = draw(st.integers(1, most)), draw(st.integers(1, 3))
    whole = st.integers(-5, 40)
    net = np.array(draw(st.lists(whole, min_size=n * actions, max_size=n * actions)), dtype=float) / 2
    holes = draw(st.lists(st.booleans(), min_size=n * actions, max_size=n * actions))
    net[np.array(holes)] = np.nan
    use = np.array(draw(st.lists(st.integers(0, 8), min_size=2 * actions, max_size=2 * actions)), dtype=float).reshape(
        2, actions
    )
    budget = np.array(draw(st.tuples(st.integers(0, 40), st.integers(0, 40))), dtype=float)
    return net.reshape(n, actions), use, budget


def caps(use, budget):
    return [Constraint(use=each, most=most) for each, most in zip(use, budget, strict=True)]


def used(choice, use):
    return use @ np.bincount(choice[choice >= 0], minlength=use.shape[1])


@given(problems())
def test_small_problems_are_solved_exactly(problem):
    """No allocation has more net gain than the one found, and the bound is one."""
    net, use, budget = problem
    answer = allocate(net=net, constraints=caps(use, budget))
    best = best_by_brute_force(net, use, budget)
    assert answer.value == pytest.approx(best, abs=1e-6)
    assert answer.bound >= best - 1e-6


@given(problems(), st.integers(1, 4))
def test_solving_for_a_few_leaves_at_most_an_increment_per_budget(problem, core):
    """With only a few customers solved for jointly, the gap is at most one increment for each budget."""
    net, use, budget = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearly_indifferent, "CORE_SIZE", core)
        answer = allocate(net=net, constraints=caps(use, budget))
    assert (used(answer.choice, use) <= budget * (1 + SLACK)).all()
    increments = np.where(net > 0, net, 0.0)
    assert answer.value >= best_by_brute_force(net, use, budget) - 2 * np.nanmax(increments) - 1e-6


@given(problems())
def test_no_budget_is_exceeded_and_only_positive_gains_are_chosen(problem):
    """Money and hours suffice, and every chosen action is possible and adds more than it costs."""
    net, use, budget = problem
    choice = allocate(net=net, constraints=caps(use, budget)).choice
    assert (used(choice, use) <= budget * (1 + SLACK)).all()
    rows = np.flatnonzero(choice >= 0)
    assert (net[rows, choice[rows]] > 0).all()


@given(problems(), st.integers(0, 10), st.integers(0, 10))
def test_a_larger_budget_is_never_worse(problem, money, hours):
    """More money or more hours never lowers the net gain."""
    net, use, budget = problem
    more = allocate(net=net, constraints=caps(use, budget + np.array([money, hours])))
    assert more.value >= allocate(net=net, constraints=caps(use, budget)).value - 1e-9


def test_many_different_customers_reach_the_bound():
    """Of 20,000 customers the answer is within two increments of the best there could be."""
    rng = np.random.default_rng(1)
    net = rng.lognormal(2, 1.5, (20_000, 4)) - 5
    net[rng.random(net.shape) < 0.4] = np.nan
    use = np.array([[2.0, 10, 0, 5], [0, 0.2, 0.5, 0.05]])
    budget = np.array([10_000.0, 400.0])
    answer = allocate(net=net, constraints=caps(use, budget))
    assert (used(answer.choice, use) <= budget * (1 + SLACK)).all()
    assert 0 <= answer.bound - answer.value + 1e-6 <= 2 * np.nanmedian(net[net > 0])
    assert (answer.prices > 0).all()


def test_equal_customers_share_two_actions_in_the_best_proportion():
    """1,000 equal customers, a cheap and a dear action: 2/3 and 1/3 spend the budget with the most net."""
    net = np.tile([[5.0, 8.0]], (999, 1))
    use = np.array([[1.0, 4.0], [0.0, 0.0]])
    answer = allocate(net=net, constraints=caps(use, np.array([1998.0, 0.0])))
    assert np.bincount(answer.choice).tolist() == [666, 333]
    assert answer.value == answer.bound == 666 * 5 + 333 * 8
    assert answer.prices.tolist() == pytest.approx([1.0, 0.0])


def test_two_budgets_that_need_each_other_are_both_spent():
    """Equal customers, mirrored actions: only half and half uses both budgets up."""
    use = np.array([[2.0, 1.0], [1.0, 2.0]])
    answer = allocate(net=np.ones((1000, 2)), constraints=caps(use, np.array([1200.0, 1200.0])))
    assert np.bincount(answer.choice + 1).tolist() == [200, 400, 400]


def test_the_shadow_price_is_what_one_more_unit_brings():
    """Budget for two of three: one more unit of money brings the third customer's net gain per unit."""
    net = np.array([[9.0], [8.0], [6.0]])
    use = np.array([[2.0], [0.0]])
    answer = allocate(net=net, constraints=caps(use, np.array([5.0, 0.0])))
    assert answer.value == 17.0
    assert answer.prices.tolist() == pytest.approx([3.0, 0.0])


def test_without_actions_or_use_nothing_breaks():
    assert allocate(net=np.zeros((3, 0)), constraints=caps(np.zeros((2, 0)), np.ones(2))).choice.tolist() == [
        -1,
        -1,
        -1,
    ]
    nothing = allocate(net=np.full((2, 1), np.nan), constraints=caps(np.ones((2, 1)), np.ones(2)))
    assert nothing.choice.tolist() == [-1, -1]
    assert nothing.value == nothing.bound == 0.0


@given(problems())
def test_budgets_hold_even_at_wrong_prices(problem):
    """At prices that are far too low, more customers are solved for jointly, until both budgets hold."""
    net, use, budget = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearly_indifferent, "CORE_SIZE", 1)
        patch.setattr(allocation, "shadow_prices", lambda **_: (np.zeros(2), np.inf))
        choice = allocate(net=net, constraints=caps(use, budget)).choice
    assert (used(choice, use) <= budget * (1 + SLACK)).all()


def test_what_the_budget_cannot_pay_raises_no_bound():
    """An action of one and a half budgets is never taken, so money is worth nothing and the bound is 0."""
    found = allocate(net=np.array([[10.0]]), constraints=caps(np.array([[1.5], [0.0]]), np.array([1.0, 0.0])))
    assert found.choice.tolist() == [-1]
    assert (found.value, found.bound, found.prices.tolist()) == (0.0, 0.0, [0.0, 0.0])
