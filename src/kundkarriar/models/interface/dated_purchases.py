"""Dated purchases to come, drawn under business as usual and under treatments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole


@frozen(kw_only=True, eq=False)
class Treatment:
    """Factors on the process of treated customers, constant between the edges of segments of time ahead.

    Attributes:
        treated: whether each customer is treated, (n,).
        edges: the ends of the segments in periods from now, ascending from 0, (k + 1,).
        leaving: factor on the odds of dropping out at each chance (models of chances), or on the dropout rate, (k, S).
        returning: factor on the rate of coming back of inactive customers, (k, S).
        purchases: factor on the purchase rate, (k, S). Additional purchases carry no additional chance to drop out, and
            purchases that do not take place have had theirs.
        first: factor on the rate of first purchases, (k, S), of customers who have not bought yet; None: 1. Nothing
            else of a treatment acts on these.
    """

    treated: Mask
    edges: Array
    leaving: Array
    returning: Array
    purchases: Array
    first: Array | None = None


@frozen(kw_only=True, eq=False)
class DatedPurchases:
    """Drawn purchases of n customers under S parameter draws, ordered by customer, then draw, then time.

    Attributes:
        row: customer of each purchase, 0 to n - 1, (m,).
        draw: draw of each purchase, 0 to S - 1, (m,).
        time: time of each purchase in periods from now, above 0, at most the horizon, (m,).
        active: from edges of time, (k + 1,), to the time that each customer is active between them in each draw,
            (n, S, k); computed on demand, because most uses need purchases alone.
    """

    row: Whole
    draw: Whole
    time: Array
    active: Callable[[Array], Array]


def usual(n: int, draws: int, *, edges: Array, treated: Mask | None = None) -> Treatment:
    """A treatment that changes nothing: every factor is 1; `treated` is by default nobody."""
    ones = np.ones((len(edges) - 1, draws))
    nobody = np.zeros(n, dtype=bool)
    return Treatment(
        treated=nobody if treated is None else treated, edges=edges, leaving=ones, returning=ones, purchases=ones
    )
