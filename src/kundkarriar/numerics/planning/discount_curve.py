"""Gain and cost of a discount by its share, interpolated between shares at which they were evaluated."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen
from scipy.interpolate import PchipInterpolator

from kundkarriar.arrays import Array
from kundkarriar.numerics.planning.discount_path import discount_ceiling


@frozen(kw_only=True, eq=False)
class DiscountCurve:
    """What customers bring and cost at each share of a discount.

    Between the shares it is interpolated by a monotone piecewise cubic (Fritsch & Carlson 1980, SIAM Journal on
    Numerical Analysis 17(2)), of logarithms where they exist: an effect that is log-linear in the share makes spend
    exactly so where it multiplies the spend, and nearly where it acts on purchases or on leaving.

    Attributes:
        share: the shares, ascending from 0, (J,).
        margin: contribution at list prices, before all costs, (J,).
        costs: costs to serve, to handle and to market, (J,).
        spend: list-price spend, each purchase times (1 + g)^climbs, (J,).

    >>> share, lift = np.array([0.0, 0.1, 0.2, 0.4]), 1.5 ** np.array([0.0, 1.0, 2.0, 4.0])
    >>> curve = DiscountCurve(share=share, margin=40 * lift, costs=0 * lift, spend=100 * lift)
    >>> round(curve.ceiling(most=0.4), 6)
    0.261404
    >>> abs(curve.net(curve.ceiling(most=0.4))) < 1e-9
    True
    """

    share: Array
    margin: Array
    costs: Array
    spend: Array

    @cached_property
    def _curves(self) -> tuple[Callable[[float], Any], ...]:
        return tuple(_through(self.share, values) for values in (self.margin, self.costs, self.spend))

    def gain(self, share: float) -> float:
        """What the effect of a share adds, before the discount is paid."""
        margin, costs, _ = self._curves
        return float(margin(share) - self.margin[0] - (costs(share) - self.costs[0]))

    def cost(self, share: float) -> float:
        """What a share costs on the whole path."""
        return float(share * self._curves[2](share))

    def net(self, share: float) -> float:
        """Gain less cost."""
        return self.gain(share) - self.cost(share)

    def ceiling(self, *, most: float) -> float:
        """The largest share up to `most` whose gain covers its cost; see `discount_ceiling`."""
        return discount_ceiling(self.net, most=most)


def _through(at: Array, values: Array) -> Callable[[float], Any]:
    if len(at) == 1:
        return lambda _: values[0]
    if (values > 0).all():
        curve = PchipInterpolator(at, np.log(values))
        return lambda share: np.exp(curve(share))
    plain: Callable[[float], Any] = PchipInterpolator(at, values)
    return plain
