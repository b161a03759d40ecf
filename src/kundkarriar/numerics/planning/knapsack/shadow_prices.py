"""Shadow prices of constraints: the Lagrangian dual of the allocation.

A constraint has one variable, its price: positive where its cap binds, negative where its floor does (Sinha & Zoltners
1979). The dual is convex and piecewise linear. Its minimum is an upper bound of the value of any allocation.

For few customers it is one linear programme. Of many, a part is solved first, which gives a small box around the
prices. Most customers have the same best option everywhere in the box: only the others are solved again, in the same
way. A minimum inside the box is the minimum of all, because the dual is convex.
"""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.planning.knapsack.cutting_planes import Cut, cutting_planes
from kundkarriar.numerics.planning.knapsack.dual_programme import Box, dual_programme
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.options import AT_ONCE, Best, Options, best_options, undecided, used

FEW = 2048
"""Customers of one linear programme."""
PART = 8
BOXES = 12
"""Most boxes of one search; each has four times the width of the one before, where that was too small."""
GAIN = 1e-9
"""Relative gain of the dual from which a wider box is worth it."""
ERRORS = 3.0
"""Half the width of a box, in relative errors of a sum over the part: one by the square root of its customers."""


class Dual(NamedTuple):
    """A minimum of the dual.

    Attributes:
        prices: prices, (R,): positive of a cap, negative of a floor.
        bound: the dual at these prices: an upper bound of the value.
        best: the best options at these prices.
    """

    prices: Array
    bound: float
    best: Best


def shadow_prices(options: Options, limits: Limits) -> Dual:
    """Prices of the constraints, at the minimum of the dual D, which is an upper bound.

    D(prices) = sum_r max(prices_r most_r, prices_r least_r) + sum_i max(0, max_b value_ib - sum_r prices_r use_rib)

    Where the floors cannot be met, the dual has no minimum, and the bound is below the value of any choice.
    """
    floors, capped = np.isfinite(limits.least), np.isfinite(limits.most)
    dual = _at(options, limits, np.zeros(len(capped)))
    if limits.hold(used(options, dual.best.choice)):
        return dual
    far = _largest_prices(options, limits)
    worst = worst_value(options) if floors.any() else -np.inf
    unlimited = Box(np.where(floors, -np.inf, 0.0), np.where(capped, np.inf, 0.0))
    # without floors no price is larger
    for _ in range(BOXES if floors.any() else 1):
        whole = Box(np.where(floors, -far, 0.0), np.where(capped, far, 0.0))
        wider = _at(options, limits, _minimum(options, limits, whole))
        # a floor of all there is has a price that may be as large as one likes, at the same bound
        better = wider.bound < dual.bound - GAIN * abs(dual.bound)
        dual = wider if better else dual
        if not better or dual.bound < worst or not whole.at_a_side(dual.prices, within=unlimited).any():
            break
        far = 100 * far
    return dual


def worst_value(options: Options) -> float:
    """A value that any choice exceeds: that of each customer's worst option, or of none, less rounding."""
    worst = np.zeros(len(options.value))
    for value in options.value.T:
        np.minimum(worst, value, out=worst, where=np.isfinite(value))
    return float(worst.sum()) * (1 + 1e-9) - 1e-9 * float(np.abs(worst).max(initial=0.0))


def _at(options: Options, limits: Limits, prices: Array) -> Dual:
    best = best_options(options, prices)
    limit = np.where(prices > 0, limits.most, limits.least)
    paid = prices != 0
    return Dual(prices, float(prices[paid] @ limit[paid]) + float(best.value.sum()), best)


def _largest_prices(options: Options, limits: Limits) -> Array:
    """Prices at which a limit costs all that is at stake, (R,)."""
    at_stake = np.zeros(len(limits.most))
    for start in range(0, len(options.value), AT_ONCE):
        part = options.rows(slice(start, start + AT_ONCE))
        size = np.where(np.isfinite(part.value), np.abs(part.value), 0.0)
        at_stake += [np.where(use > 0, size, 0.0).max(axis=1, initial=0.0).sum() for use in part.uses]
    limit = np.where(limits.least > 0, limits.least, limits.most)
    return np.divide(at_stake, limit, out=np.zeros(len(limit)), where=limit > 0)


def _minimum(options: Options, limits: Limits, box: Box) -> Array:
    """Prices at the minimum of the dual in a box, (R,)."""
    n = len(options.value)
    if n <= FEW:
        return dual_programme(options, limits, box)
    part = options.rows(slice(PART // 2, n, PART))
    share = len(part.value) / n
    centre = _minimum(part, Limits(limits.most * share, limits.least * share), box)
    width = _width(part, centre, box)
    for _ in range(BOXES):
        inner = box.around(centre, width)
        best = best_options(options, centre)
        again = undecided(options, best, centre, np.maximum(inner.high - centre, centre - inner.low))
        few = options.rows(again)
        decided = used(options, np.where(again, -1, best.choice))
        left = limits.less(decided)
        if len(few.value) > max(0.8 * n, FEW):
            centre = _by_cuts(few, left, inner, centre)
        else:
            centre = _minimum(few, left, inner)
        sides = inner.at_a_side(centre, within=box)
        if not sides.any():
            break
        width = np.where(sides, 4.0, 1.0) * width
    return centre


def _width(part: Options, prices: Array, box: Box) -> Array:
    """By how much the prices of a part may differ from those of all, (R,)."""
    best = best_options(part, prices)
    sums = used(part, best.choice)
    worth = abs(float(best.value.sum() + prices @ sums))
    whole = box.high - box.low
    # a part may have too few customers to whom a constraint applies
    unit = np.divide(worth, sums, out=np.full(len(sums), np.inf), where=sums > 0)
    at_the_end = (prices == box.low) & (prices < 0) | (prices == box.high) & (prices > 0)
    width = ERRORS / np.sqrt(len(part.value)) * np.minimum(np.maximum(np.abs(prices), unit), whole)
    return np.where(at_the_end, whole, width)


def _by_cuts(options: Options, limits: Limits, box: Box, start: Array) -> Array:
    """As `_minimum`, for customers of whom most are nearly indifferent at the same prices."""

    def dual(prices: Array) -> Cut:
        found = _at(options, limits, prices)
        sums = used(options, found.best.choice)
        of_none = np.where(box.low < 0, np.clip(sums, limits.least, limits.most), limits.most)
        limit = np.where(prices > 0, limits.most, np.where(prices < 0, limits.least, of_none))
        slope = np.subtract(limit, sums, out=np.zeros(len(sums)), where=box.high > box.low)
        return Cut(found.bound, slope, prices)

    return cutting_planes(dual, low=box.low, high=box.high, start=start)
