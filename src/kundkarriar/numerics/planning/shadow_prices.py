"""Shadow prices of constraints: the Lagrangian dual of the allocation.

A constraint has one variable, its price: positive where its cap binds, negative where its floor does (Sinha & Zoltners
1979). The dual is convex and piecewise linear. Its minimum is an upper bound of the value of any allocation.

For few customers it is one linear programme. Of many, a part is solved first, which gives a small box around the
prices. Most customers have the same best option everywhere in the box: only the others are solved again, in the same
way. A minimum inside the box is the minimum of all, because the dual is convex.
"""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.planning.cutting_planes import Cut, cutting_planes
from kundkarriar.numerics.planning.options import AT_ONCE, Best, Options, best_options, undecided, used

FEW = 2048
"""Customers of one linear programme."""
PART = 8
BOXES = 12
"""Most boxes of one search; each has four times the width of the one before, where that was too small."""
ERRORS = 3.0
"""Half the width of a box, in relative errors of a sum over the part: one by the square root of its customers."""


class Limits(NamedTuple):
    """Caps and floors of what is used.

    Attributes:
        most: the largest sums, (R,); infinite without a cap.
        least: the smallest sums, (R,); minus infinity without a floor.
    """

    most: Array
    least: Array

    def hold(self, sums: Array) -> bool:
        """Whether sums (R,) are within the limits, up to ties."""
        slack = TIE_TOLERANCE * sums
        return bool(((sums - slack <= self.most) & (sums + slack >= self.least)).all())

    def less(self, sums: Array) -> "Limits":
        """What is left of the limits after some customers have used `sums` (R,)."""
        return Limits(self.most - sums, self.least - sums)


class Box(NamedTuple):
    """Prices from `low` to `high`, (R,) each."""

    low: Array
    high: Array

    def around(self, centre: Array, width: Array) -> "Box":
        """The part of the box within `width` (R,) of a point in it."""
        return Box(np.maximum(self.low, centre - width), np.minimum(self.high, centre + width))

    def at_a_side(self, prices: Array, *, within: "Box") -> Mask:
        """Whether each price is at a side of this box that is not one of the box around it, (R,)."""
        width = self.high - self.low
        at_low = (prices <= self.low + 1e-3 * width) & (self.low > within.low)
        at_high = (prices >= self.high - 1e-3 * width) & (self.high < within.high)
        return (width > 0) & (at_low | at_high)


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
    # without floors no price is larger
    for _ in range(BOXES if floors.any() else 1):
        whole = Box(np.where(floors, -far, 0.0), np.where(capped, far, 0.0))
        dual = _at(options, limits, _minimum(options, limits, whole))
        wider = Box(np.where(floors, -np.inf, 0.0), np.where(capped, np.inf, 0.0))
        if dual.bound < worst or not whole.at_a_side(dual.prices, within=wider).any():
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
        return _linear_programme(options, limits, box)
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


def _linear_programme(options: Options, limits: Limits, box: Box) -> Array:
    """Prices at the minimum of the dual in a box, (R,).

    Variables are the prices, from the middle of the box in half its widths, then for each customer the best value,
    from what it is in the middle, and what is paid for each limit that may be a cap or a floor. What is best at no
    price in the box is left out.
    """
    from scipy.optimize import linprog  # noqa: PLC0415  # loaded on first use: importing the package stays cheap
    from scipy.sparse import coo_array, csr_array, hstack, vstack  # noqa: PLC0415

    n, size = len(options.value), len(box.low)
    middle, half = (box.low + box.high) / 2, (box.high - box.low) / 2
    uses = [np.broadcast_to(use, options.value.shape) for use in options.uses]
    reduced = options.value - sum(price * use for price, use in zip(middle, uses, strict=True))
    change = sum(off * use for off, use in zip(half, uses, strict=True))
    base = np.maximum(reduced.max(axis=1, initial=0.0), 0.0)
    surely = np.maximum((reduced - change).max(axis=1, initial=0.0), 0.0)
    at, option = np.nonzero(reduced + change >= surely[:, None])
    own = np.column_stack([off * use[at, option] for off, use in zip(half, uses, strict=True)])
    scale = float(own.max(initial=0.0)) or 1.0
    both = np.flatnonzero((box.low < 0) & (box.high > 0))
    limit = np.where(box.high > 0, limits.most, limits.least)
    limit[(half == 0) | (box.low < 0) & (box.high > 0)] = 0.0
    of_best = coo_array((-np.ones(len(at)), (np.arange(len(at)), at)), shape=(len(at), n + len(both)))
    rows = [hstack([csr_array(-own / scale), of_best])]
    right = [(base[at] - reduced[at, option]) / scale]
    for end in (limits.most, limits.least):
        paid = np.zeros((len(both), size + n + len(both)))
        paid[np.arange(len(both)), both] = end[both] * half[both] / scale
        paid[np.arange(len(both)), size + n + np.arange(len(both))] = -1.0
        rows.append(csr_array(paid))
        right.append(-end[both] * middle[both] / scale)
    answer = linprog(
        np.concatenate([limit * half / scale, np.ones(n + len(both))]),
        A_ub=vstack(rows).tocsr(),
        b_ub=np.concatenate(right),
        bounds=[*[(-1, 1)] * size, *((-worth / scale, None) for worth in base.tolist()), *[(None, None)] * len(both)],
        method="highs-ds",
    )
    if answer.x is None:
        raise ConvergenceError.because(
            f"the shadow prices of the constraints were not found ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    prices = middle + answer.x[:size] * half
    # exactly at a side, above all at 0
    at_high = np.where(answer.x[:size] >= 1 - 1e-9, box.high, prices)
    return np.where(answer.x[:size] <= -1 + 1e-9, box.low, at_high)
