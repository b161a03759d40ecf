"""Allocation of actions to customers under a budget of money and one of hours: a multiple-choice knapsack.

The summed net gain is maximised, with at most one action a customer (Sinha & Zoltners 1979). At the shadow prices of
the two budgets (`shadow_prices.py`) each customer's best action is chosen independently. Only for the few customers
who are nearly indifferent at those prices a small integer programme is solved, with equal customers as counts. The
minimum of the dual is an upper bound, so the gap of the solution is known.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties
from kundkarriar.numerics.planning.shadow_prices import choice_at_prices, shadow_prices, used_budget

CORE_SIZE = 48
"""Nearly indifferent customers in the integer programme; a base this small is solved exactly."""


class Constraint(NamedTuple):
    """A limit of what an allocation uses: of money, of hours, of money on one group."""

    use: Array
    most: float = np.inf
    least: float = 0.0


class Allocation(NamedTuple):
    """Result of an allocation.

    Attributes:
        choice: action of each customer, (n,), -1 for none.
        prices: shadow prices of `most`: net gain of one more unit, (R,), >= 0.
        floor_prices: what one more unit of `least` costs, (R,), >= 0.
        value: summed net gain of the choice.
        bound: upper bound of the summed net gain of any allocation.
    """

    choice: Whole
    prices: Array
    floor_prices: Array
    value: float
    bound: float


def allocate(*, net: Array, constraints: Sequence[Constraint]) -> Allocation:
    """Until the general one is there."""
    rows = [np.unique(np.atleast_2d(each.use), axis=0) for each in constraints if np.isfinite(each.most)]
    if any(len(each) > 1 for each in rows) or len(rows) > 2 or any(each.least for each in constraints):
        raise NotImplementedError
    found = _allocate(
        net=net, use=np.array([each[0] for each in rows]), budget=np.array([each.most for each in constraints])
    )
    return found


def _allocate(*, net: Array, use: Array, budget: Array) -> Allocation:
    """Allocate at most one action to each customer, with the largest summed net gain within both budgets.

    Args:
        net: gain less cost of each customer and action, (n, A); NaN where the action is not possible. Only
            positive entries are ever chosen. Gains of one action that tie (`merge_ties`) count as the largest of them;
            gains of different actions are compared as they are. The order of rows decides between equal customers.
        use: money and hours of each action, (2, A), >= 0.
        budget: money and hours, (2,), >= 0. It may be exceeded by a tie (`TIE_TOLERANCE`): three times .1 is more than
            .3 in doubles.

    >>> net = np.array([[5.0, 8.0], [4.0, np.nan], [-1.0, 6.0]])
    >>> use = np.array([[1.0, 3.0], [0.0, 1.0]])
    >>> _allocate(net=net, use=use, budget=np.array([5.0, 1.0])).choice.tolist()
    [0, 0, 1]
    """
    affordable = (use <= budget[:, None] * (1 + TIE_TOLERANCE)).all(axis=0)
    # read column by column, several dozen times
    value = np.full(net.shape, -np.inf, order="F")
    for action in np.flatnonzero(affordable):
        gains = net[:, action] > 0
        value[gains, action] = merge_ties(net[gains, action])
    prices, bound = shadow_prices(value=value, use=use, budget=budget)
    choice, margin = choice_at_prices(value, prices @ use)
    if (used_budget(choice, use) > budget * (1 + TIE_TOLERANCE)).any() or prices.any():
        choice = _solve_jointly(choice, margin, value=value, use=use, budget=budget)
    rows = np.flatnonzero(choice >= 0)
    return Allocation(choice, prices, np.zeros(2), float(value[rows, choice[rows]].sum()), bound)


def _solve_jointly(choice: Whole, margin: Array, *, value: Array, use: Array, budget: Array) -> Whole:
    """Solve jointly, within the budgets, for the customers with the smallest margins; the others keep their choice."""
    eligible = int(np.isfinite(margin).sum())
    size = min(CORE_SIZE, eligible)
    while True:
        core = margin <= np.partition(margin, size - 1)[size - 1]
        left = budget - used_budget(np.where(core, -1, choice), use)
        if (left >= -TIE_TOLERANCE * budget).all():
            break
        size = min(4 * size, eligible)
    answer = choice.copy()
    members = np.flatnonzero(core & np.isfinite(margin))
    answer[members] = _integer_programme(value[members], use=use, budget=np.maximum(left, 0.0) + TIE_TOLERANCE * budget)
    return answer


def _integer_programme(value: Array, *, use: Array, budget: Array) -> Whole:
    """Optimal choice of a few customers, (n,), by how many of each kind of equal customers get each action."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  # as in shadow_prices.py
    from scipy.sparse import csr_array  # noqa: PLC0415

    kinds, kind_of, count = np.unique(value, axis=0, return_inverse=True, return_counts=True)
    kind, action = np.nonzero(np.isfinite(kinds))
    # the solver's tolerance is absolute (1e-6): rows are scaled to what the dearest action uses
    dearest = use.max(axis=1)
    scale = np.where(dearest > 0, dearest, 1.0)
    of_kind = csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(len(kinds), len(kind)))
    answer = milp(
        -kinds[kind, action] / kinds[kind, action].max(),
        integrality=np.ones(len(kind), dtype=np.int64),
        bounds=Bounds(0, count[kind]),
        constraints=[
            LinearConstraint(of_kind, -np.inf, count),
            LinearConstraint(use[:, action] / scale[:, None], -np.inf, budget / scale),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": 20_000},
    )
    if answer.x is None:
        raise ConvergenceError.because(
            f"the allocation of the last few customers found no answer ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    chosen = _within_budget(np.rint(answer.x), worth=kinds[kind, action], use=use[:, action], budget=budget)
    return _assign_to_members(chosen, kind=kind, action=action, kind_of=kind_of.reshape(-1))


def _within_budget(counts: Array, *, worth: Array, use: Array, budget: Array) -> Whole:
    """Counts without the least valuable actions, until the solver's tolerance exceeds no budget."""
    kept = counts.astype(np.int64)
    while (over := use @ kept > budget).any():
        taken = np.where((kept > 0) & (use[over].sum(axis=0) > 0), worth, np.inf)
        kept[int(np.argmin(taken))] -= 1
    return kept


def _assign_to_members(counts: Whole, *, kind: Whole, action: Whole, kind_of: Whole) -> Whole:
    """Choice of each customer, (n,): members of a kind get its actions in the order of rows."""
    choice = np.full(len(kind_of), -1)
    for each in np.unique(kind[counts > 0]):
        gets = np.repeat(action[kind == each], counts[kind == each])
        choice[np.flatnonzero(kind_of == each)[: len(gets)]] = gets
    return choice
