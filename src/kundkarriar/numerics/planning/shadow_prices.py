"""Shadow prices of the budgets of money and of hours: the Lagrangian dual of the allocation, by cutting planes.

The dual has only two variables, the prices of money and of an hour (Sinha & Zoltners 1979). It is convex and piecewise
linear, and is minimised by cutting planes (Kelley 1960). Its minimum is an upper bound of the summed net gain.
"""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE

CUTS = 80
GAP_TOLERANCE = 1e-8
"""Relative gap of the dual at which the prices are good enough: the allocation solves for the last few exactly."""


def shadow_prices(*, value: Array, use: Array, budget: Array) -> tuple[Array, float]:
    """Prices of money and of an hour, (2,), at the minimum of the dual D, and the minimum (an upper bound).

    D(prices) = prices . budget + sum_i max(0, max_a value_ia - prices . use_a)

    `value` (n, A) is the net gain, minus infinity where the action is not chosen; `use` (2, A) and `budget` (2,) are
    money and hours, >= 0.
    """
    scale = np.where(budget > 0, budget, 1.0)
    cuts: list[tuple[float, Array, Array]] = []
    prices, best, bound = np.zeros(2), np.zeros(2), np.inf
    for _ in range(CUTS):
        choice, _margin = choice_at_prices(value, prices @ use)
        rows = np.flatnonzero(choice >= 0)
        used = used_budget(choice, use)
        dual = float(value[rows, choice[rows]].sum()) + float(prices @ (budget - used))
        if dual < bound:
            bound, best = dual, prices
        subgradient = budget - used
        if (prices == 0).all() and (subgradient >= -TIE_TOLERANCE * budget).all():
            break
        cuts.append((dual, subgradient, prices))
        prices, lower = _minimum_of_cuts(cuts, scale)
        if bound - lower <= GAP_TOLERANCE * abs(bound):
            break
    return best, bound


def choice_at_prices(value: Array, charge: Array) -> tuple[Whole, Array]:
    """Best action of each customer at the charge of each action, (n,), -1 for none, and its margin over the next best.

    `value` as of `shadow_prices`; `charge` (A,) is the price of what each action uses.
    """
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


def used_budget(choice: Whole, use: Array) -> Array:
    """Money and hours of a choice, (2,): counts times use, so that the order of rows changes no digit."""
    return use @ np.bincount(choice[choice >= 0], minlength=use.shape[1])


def _minimum_of_cuts(cuts: list[tuple[float, Array, Array]], scale: Array) -> tuple[Array, float]:
    """Minimiser and minimum of the largest cut: a linear programme in three variables.

    The minimum of the dual is at most its value at prices of zero, D0. Prices beyond D0 / budget therefore cannot be
    optimal, which bounds the search. Prices are scaled by the budgets, money by D0.
    """
    from scipy.optimize import linprog  # noqa: PLC0415  # loaded on first use: importing the package stays cheap

    largest = max(cuts[0][0], 1e-300)
    rows = [[*(subgradient / scale), -1.0] for _, subgradient, _ in cuts]
    limits = [float(subgradient @ at - dual) / largest for dual, subgradient, at in cuts]
    answer = linprog([0.0, 0.0, 1.0], A_ub=rows, b_ub=limits, bounds=[(0, 1), (0, 1), (0, None)], method="highs")
    if answer.x is None:
        raise ConvergenceError.because(
            f"the shadow prices of the budgets were not found ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values.",
        )
    return np.maximum(answer.x[:2], 0.0) * largest / scale, float(answer.x[2]) * largest
