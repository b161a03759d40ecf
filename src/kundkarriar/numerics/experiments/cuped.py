"""Adjustment of an outcome by the same quantity before treatment (CUPED), where that makes effects more certain."""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.special.group_deviations import group_deviations

LEAST_SHARE = 0.01
"""Share of the variance that the adjustment must remove to be used."""
LEAST_CHI_SQUARE = 10.83
"""n rho^2 above which the correlation is no chance, at one in a thousand."""


class Cuped(NamedTuple):
    """The adjustment y - theta (x - mean x of the group).

    Attributes:
        theta: money of outcome per money before; 0 where it is not used.
        rho: correlation of outcome and quantity before, within arms of groups.
        adjusted: the adjusted outcome, (n,); the outcome itself where the adjustment is not used.
    """

    theta: float
    rho: float
    adjusted: Array

    @property
    def used(self) -> bool:
        """Whether the outcome was adjusted."""
        return self.theta != 0.0


def cuped(*, outcome: Array, before: Array, arm: Whole, group: Whole, weight: Array, arms: int) -> Cuped:
    """The outcome of each row adjusted by the same quantity before treatment, (n,).

    theta = cov / var, pooled over deviations from the means of each arm in each group. The variance of an effect in a
    group is then (1 - rho^2) times what it was, and so is the number of customers needed. The quantity before does not
    depend on the arm, so effects keep their expectation; theta is estimated, which costs a share of about 1 / n. The
    adjustment is used only where rho^2 is at least .01 and is not due to chance.

    Taken off is what a customer was above the mean of the group. So the mean of a group over its arms stays, and with
    it ratios of means and profits at margins of each arm; about the mean of all customers they would not.

    Args:
        outcome: the quantity in the experiment, (n,).
        before: the same quantity before it, (n,).
        arm: number of the arm of each row, (n,).
        group: number of the group of each row, (n,).
        weight: one over the chance of the arm the row got, (n,).
        arms: how many there are, A.

    Source: Deng, Xu, Kohavi & Walker (2013), WSDM, 123-132.

    >>> x, arm = np.arange(100.0), np.tile([0, 1], 50)
    >>> adjusted = cuped(outcome=3 * x + arm, before=x, arm=arm, group=0 * arm, weight=np.ones(100), arms=2)
    >>> adjusted.theta, adjusted.rho, [adjusted.adjusted[arm == a].mean().item() for a in (0, 1)]
    (3.0, 1.0, [148.5, 149.5])
    """
    y, x = (group_deviations(values, arm + arms * group, weight=weight) for values in (outcome, before))
    xx, xy, yy = (float((weight * product).sum()) for product in (x * x, x * y, y * y))
    if not (xx > 0 and yy > 0):
        return Cuped(0.0, 0.0, outcome)
    theta, rho = xy / xx, xy / float(np.sqrt(xx * yy))
    if rho**2 < LEAST_SHARE or len(outcome) * rho**2 < LEAST_CHI_SQUARE:
        return Cuped(0.0, rho, outcome)
    return Cuped(theta, rho, outcome - theta * group_deviations(before, group, weight=weight))
