"""Which action on which customer, under a budget of money and one of hours.

A multiple-choice knapsack with two budgets (Sinha & Zoltners 1979): maximise the summed net gain, at most one
action a customer. Its Lagrangian dual has only two variables, the shadow prices of money and of an hour, and is
solved by cutting planes (Kelley 1960). At those prices every customer decides alone, except the few who are
nearly indifferent: for them (equal customers together, as counts) the small integer programme is solved. The
dual value is a proven upper bound, so the answer carries its own gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.money.equal_amounts import TIE, alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

CORE = 48
"""Nearly indifferent customers decided jointly; a base this small is solved exactly."""
CUTS = 80
CLOSE = 1e-8
"""The dual's own gap at which the prices are good enough; the last few customers are settled exactly anyway."""


class Allocation(NamedTuple):
    """The answer: who gets which action, what a further unit of each budget would bring.

    Attributes:
        choice: action of each customer (n,), -1 for none.
        prices: net gain of one more unit of money and of one more hour, (2,), >= 0.
        value: summed net gain of the choice.
        bound: no allocation whatever can exceed this summed net gain.
    """

    choice: NDArray[np.int64]
    prices: NDArray[np.float64]
    value: float
    bound: float


def allocate(*, net: NDArray[np.float64], use: NDArray[np.float64], budget: NDArray[np.float64]) -> Allocation:
    """At most one action per customer, the summed net gain as large as both budgets allow.

    Args:
        net: gain less cost of each customer and action, (n, A); NaN where the action is not possible. Only
            positive entries are ever chosen. The order of rows decides between equal customers; gains that tie are
            equal.
        use: what each action uses of money and of hours, (2, A), >= 0.
        budget: money and hours there are, (2,), >= 0. What exceeds it by no more than a tie (`TIE`) fits: three
            times .1 is more than .3 in doubles.

    >>> net = np.array([[5.0, 8.0], [4.0, np.nan], [-1.0, 6.0]])
    >>> use = np.array([[1.0, 3.0], [0.0, 1.0]])
    >>> allocate(net=net, use=use, budget=np.array([5.0, 1.0])).choice.tolist()
    [0, 0, 1]
    """
    affordable = (use <= budget[:, None] * (1 + TIE)).all(axis=0)
    # column by column is how it is read, several dozen times
    value = np.full(net.shape, -np.inf, order="F")
    for action in np.flatnonzero(affordable):
        gains = net[:, action] > 0
        value[gains, action] = alike(net[gains, action])
    prices, bound = shadow_prices(value=value, use=use, budget=budget)
    choice, margin = _choose_alone(value, prices @ use)
    if (_used(choice, use) > budget * (1 + TIE)).any() or prices.any():
        choice = _settle_the_nearly_indifferent(choice, margin, value=value, use=use, budget=budget)
    rows = np.flatnonzero(choice >= 0)
    return Allocation(choice, prices, float(value[rows, choice[rows]].sum()), bound)


def shadow_prices(
    *, value: NDArray[np.float64], use: NDArray[np.float64], budget: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """The prices (2,) of money and hours at which the dual D is least, and D there (an upper bound).

    D(prices) = prices . budget + sum_i max(0, max_a value_ia - prices . use_a), convex and piecewise linear.
    """
    scale = np.where(budget > 0, budget, 1.0)
    cuts: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
    prices, best, bound = np.zeros(2), np.zeros(2), np.inf
    for _ in range(CUTS):
        choice, _margin = _choose_alone(value, prices @ use)
        rows = np.flatnonzero(choice >= 0)
        used = _used(choice, use)
        dual = float(value[rows, choice[rows]].sum()) + float(prices @ (budget - used))
        if dual < bound:
            bound, best = dual, prices
        slope = budget - used
        if (prices == 0).all() and (slope >= -TIE * budget).all():
            break
        cuts.append((dual, slope, prices))
        prices, lower = _lowest_of_cuts(cuts, scale)
        if bound - lower <= CLOSE * abs(bound):
            break
    return best, bound


def _lowest_of_cuts(
    cuts: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Where the highest of the cuts is lowest, and how low: a linear programme in three variables.

    The dual is never above its value at prices of zero, D0; prices beyond D0 / budget therefore cannot be
    optimal, which bounds the search. Prices are scaled by the budgets, money by D0.
    """
    from scipy.optimize import linprog  # noqa: PLC0415  # loaded on first use: importing the package stays cheap

    top = max(cuts[0][0], 1e-300)
    rows = [[*(slope / scale), -1.0] for _, slope, _ in cuts]
    limits = [float(slope @ at - dual) / top for dual, slope, at in cuts]
    answer = linprog([0.0, 0.0, 1.0], A_ub=rows, b_ub=limits, bounds=[(0, 1), (0, 1), (0, None)], method="highs")
    if answer.x is None:
        raise ConvergenceError.because(
            f"the shadow prices of the budgets were not found ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values.",
        )
    return np.maximum(answer.x[:2], 0.0) * top / scale, float(answer.x[2]) * top


def _choose_alone(
    value: NDArray[np.float64], charge: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each customer's best action at the prices (n,), -1 for none, and by how much it beats the next best."""
    best = np.zeros(len(value))
    second = np.full(len(value), -np.inf)
    choice = np.full(len(value), -1)
    for action, price in enumerate(charge):
        reduced = value[:, action] - price
        better = reduced > best
        second = np.where(better, best, np.maximum(second, reduced))
        best = np.where(better, reduced, best)
        choice[better] = action
    return choice, best - second


def _used(choice: NDArray[np.int64], use: NDArray[np.float64]) -> NDArray[np.float64]:
    """Money and hours of a choice, (2,): counts times use, so that the order of rows changes no digit."""
    return use @ np.bincount(choice[choice >= 0], minlength=use.shape[1])


def _settle_the_nearly_indifferent(
    choice: NDArray[np.int64],
    margin: NDArray[np.float64],
    *,
    value: NDArray[np.float64],
    use: NDArray[np.float64],
    budget: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Decide again, jointly and within the budgets, for those whose margin is small; the others keep theirs."""
    open_to = int(np.isfinite(margin).sum())
    size = min(CORE, open_to)
    while True:
        core = margin <= np.partition(margin, size - 1)[size - 1]
        left = budget - _used(np.where(core, -1, choice), use)
        if (left >= -TIE * budget).all():
            break
        size = min(4 * size, open_to)
    answer = choice.copy()
    members = np.flatnonzero(core & np.isfinite(margin))
    answer[members] = _exact(value[members], use=use, budget=np.maximum(left, 0.0) + TIE * budget)
    return answer


def _exact(
    value: NDArray[np.float64],
    *,
    use: NDArray[np.float64],
    budget: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The best choice (n,) for a few kinds of customers: how many of each kind get which action."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  # as above
    from scipy.sparse import csr_array  # noqa: PLC0415

    kinds, kind_of, count = np.unique(value, axis=0, return_inverse=True, return_counts=True)
    kind, action = np.nonzero(np.isfinite(kinds))
    # the solver's tolerance is absolute (1e-6): rows are scaled to what the dearest action uses
    dearest = use.max(axis=1)
    scale = np.where(dearest > 0, dearest, 1.0)
    belongs = csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(len(kinds), len(kind)))
    answer = milp(
        -kinds[kind, action] / kinds[kind, action].max(),
        integrality=np.ones(len(kind), dtype=np.int64),
        bounds=Bounds(0, count[kind]),
        constraints=[
            LinearConstraint(belongs, -np.inf, count),
            LinearConstraint(use[:, action] / scale[:, None], -np.inf, budget / scale),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": 20_000},
    )
    if answer.x is None:
        raise ConvergenceError.because(
            f"the allocation of the last few customers found no answer ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    chosen = _within(np.rint(answer.x), worth=kinds[kind, action], use=use[:, action], budget=budget)
    return _hand_out(chosen, kind=kind, action=action, kind_of=kind_of.reshape(-1))


def _within(
    counts: NDArray[np.float64],
    *,
    worth: NDArray[np.float64],
    use: NDArray[np.float64],
    budget: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Take back the least valuable while the solver's own tolerance lets a budget be exceeded."""
    kept = counts.astype(np.int64)
    while (over := use @ kept > budget).any():
        taken = np.where((kept > 0) & (use[over].sum(axis=0) > 0), worth, np.inf)
        kept[int(np.argmin(taken))] -= 1
    return kept


def _hand_out(
    counts: NDArray[np.int64],
    *,
    kind: NDArray[np.int64],
    action: NDArray[np.int64],
    kind_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Members of a kind get its actions in their order: first come, first served."""
    choice = np.full(len(kind_of), -1)
    for each in np.unique(kind[counts > 0]):
        gets = np.repeat(action[kind == each], counts[kind == each])
        choice[np.flatnonzero(kind_of == each)[: len(gets)]] = gets
    return choice
