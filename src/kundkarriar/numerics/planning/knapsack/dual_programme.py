"""The dual of the allocation to few customers, as one linear programme in the prices of the constraints."""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.options import Options

SIDE = 1e-9
"""How near to a side of the box, in halves of its width, a price is at it."""


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


def dual_programme(options: Options, limits: Limits, box: Box) -> Array:
    """Prices at the minimum of the dual in a box, (R,): see `shadow_prices`.

    Variables are the prices, from the middle of the box in halves of its width; for each customer the best value, from
    what it is in the middle; and what is paid for each constraint whose cap or floor may bind. Options that are best at
    no price in the box are left out.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  # on first use: importing stays cheap
    from scipy.sparse import csr_array  # noqa: PLC0415

    n, size = len(options.value), len(box.low)
    middle, half = (box.low + box.high) / 2, (box.high - box.low) / 2
    both = np.flatnonzero((box.low < 0) & (box.high > 0))
    base, at, gain, own = _rivals(options, middle, half)
    scale = float(own.max(initial=0.0)) or 1.0
    rows = np.arange(len(at))
    entries = np.concatenate([own.ravel() / scale, np.ones(len(at))])
    places = (np.append(np.repeat(rows, size), rows), np.append(np.tile(np.arange(size), len(at)), size + at))
    variables = size + n + len(both)
    constraints = [LinearConstraint(csr_array((entries, places), shape=(len(at), variables)), gain / scale, np.inf)]
    for end in (limits.most[both], limits.least[both]) if len(both) else ():
        paid = np.zeros((len(both), variables))
        paid[np.arange(len(both)), both] = -end * half[both] / scale
        paid[:, size + n :] = np.eye(len(both))
        constraints.append(LinearConstraint(paid, end * middle[both] / scale, np.inf))
    limit = np.where(box.high > 0, limits.most, limits.least)
    limit[(half == 0) | ((box.low < 0) & (box.high > 0))] = 0.0
    unbounded = np.full(len(both), np.inf)
    answer = milp(
        np.concatenate([limit * half / scale, np.ones(n + len(both))]),
        bounds=Bounds(
            np.concatenate([np.full(size, -1.0), -base / scale, -unbounded]),
            np.concatenate([np.ones(size), np.full(n, np.inf), unbounded]),
        ),
        constraints=constraints,
    )
    if answer.x is None:
        raise ConvergenceError.because(
            f"the shadow prices of the constraints were not found ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    moved = answer.x[:size]
    # exactly at a side, above all at 0
    inside = np.where(moved >= 1 - SIDE, box.high, middle + moved * half)
    return np.where(moved <= SIDE - 1, box.low, inside)


def _rivals(options: Options, middle: Array, half: Array) -> tuple[Array, Whole, Array, Array]:
    """Each customer's best value in the middle of the box (n,), and the options that may be best somewhere in it.

    Of the m options: the customer (m,), the reduced value in the middle less the customer's best (m,), and by how much
    it falls to the side of the box by each price, (m, R).
    """
    uses = [np.broadcast_to(use, options.value.shape) for use in options.uses]
    reduced = options.value - sum(price * use for price, use in zip(middle, uses, strict=True))
    change = sum(off * use for off, use in zip(half, uses, strict=True))
    base = np.maximum(reduced.max(axis=1, initial=0.0), 0.0)
    surely = np.maximum((reduced - change).max(axis=1, initial=0.0), 0.0)
    at, option = np.nonzero(reduced + change >= surely[:, None])
    own = np.stack([off * use[at, option] for off, use in zip(half, uses, strict=True)], axis=1)
    return base, at, reduced[at, option] - base[at], own
