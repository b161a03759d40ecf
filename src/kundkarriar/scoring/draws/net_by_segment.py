"""Net value of drawn purchases by segment of time: what each customer brings between two edges, in each draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.scoring.terms import Terms


def net_by_segment(
    *,
    row: Whole,
    draw: Whole,
    time: Array,
    amount: Array,
    active: Callable[[Array], Array],
    terms: Terms,
    edges: Array,
    draws: int,
    rate: float,
    years_per_period: float,
    cost_factor: Array | None = None,
    market_factor: Array | None = None,
    since: Array | None = None,
) -> Array:
    """Discounted margin less the costs to serve, to handle orders and to market, (n, draws, k).

    The sum over segments is the net value of `numerics.money.net_value` for the same purchases, but for the time alive,
    which is discounted at the middle of each segment.

    Args:
        row: customer of each purchase, (m,).
        draw: draw of each purchase, (m,).
        time: time of each purchase in periods from now, (m,).
        amount: spend of each purchase, net of returns, (m,).
        active: from edges to the time active between them, (n, draws, k).
        terms: margin and costs of each customer, (n,).
        edges: ends of the segments in periods from now, ascending from 0, (k + 1,); purchases after the last do not
            count.
        draws: number of draws.
        rate: continuous discount rate per period.
        years_per_period: years per period.
        cost_factor: factor on the cost to serve, (n, draws, k); None: 1.
        market_factor: factor on the cost to market, alike.
        since: from when on marketing is paid for, (n, draws), infinite for never; None: from now on.
    """
    n, k = len(terms["margin"]), len(edges) - 1
    segment = np.clip(np.searchsorted(edges, time, side="left") - 1, 0, k - 1)
    paid = (terms["margin"][row] * amount - terms["handle"][row]) * np.exp(-rate * time) * (time <= edges[-1])
    sums = np.bincount((row * draws + draw) * k + segment, weights=paid, minlength=n * draws * k)
    net: Array = sums.reshape(n, draws, k).astype(np.float64)
    middle, years = (edges[1:] + edges[:-1]) / 2, np.diff(edges) * years_per_period
    discount = np.exp(-rate * middle)
    if terms["serve"].any():
        serve = terms["serve"][:, None, None] * active(edges) * years_per_period * discount
        net -= serve if cost_factor is None else serve * cost_factor
    if terms["market"].any():
        if since is not None:
            length = np.clip(edges[1:] - np.maximum(edges[:-1], since[..., None]), 0.0, None)
            years, discount = length * years_per_period, np.exp(-rate * (edges[1:] - length / 2))
        market = terms["market"][:, None, None] * years * discount
        net -= market if market_factor is None else market * market_factor
    return net
