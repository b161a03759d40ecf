"""Draws of events to come of customers with gamma-distributed rates."""

from typing import Any

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole

MOST = 1 - 1e-9
"""A parameter of the logarithmic distribution beyond which it has no exact draws."""


def draw_events(
    *, counts: Whole, exposure: Array, mean: Any, shape: Any, horizon: int, generator: Generator, factor: float = 1.0
) -> tuple[Whole, Whole, Whole]:
    """Events of n customers within `horizon` days in S draws: customer, draw and day (1 to `horizon`), (m,) each.

    A customer with a number of `counts` in the time of `exposure` has a rate from Gamma(shape + counts, shape / mean +
    exposure), and as many events as Poisson draws of it. Such a count is a Poisson number of clusters, whose sizes are
    logarithmic (Quenouille, 1949). So the clusters of all customers are drawn at once, and placed: rare events cost
    hardly more than the intensities of the clusters.

    Args:
        counts: events so far, (n,).
        exposure: time exposed so far in days, (n,).
        mean: mean rate a day in each draw, (S,).
        shape: shape of the gamma in each draw, (S,); infinite: all customers have the mean rate.
        horizon: days ahead.
        generator: the random stream.
        factor: factor on all rates ahead, > 0.

    Returns:
        Ordered by customer, then draw, then day.
    """
    mean, shape = (np.asarray(each, dtype=float) for each in (mean, shape))
    n, S = len(counts), len(mean)
    if np.isfinite(shape).all():
        odds = factor * horizon / (shape / mean + exposure[:, None])
        intensity = (shape + counts[:, None]) * np.log1p(odds)
    else:
        odds, intensity = None, np.broadcast_to(factor * mean * horizon, (n, S))
    ends = np.cumsum(intensity)
    if not len(ends):
        return (np.empty(0, np.int64),) * 3
    clusters = int(generator.poisson(ends[-1]))
    cell = np.searchsorted(ends, ends[-1] * generator.random(clusters), side="right")
    cell = np.minimum(cell, len(ends) - 1)
    if odds is not None:
        p = (odds / (1 + odds)).ravel()[cell]
        cell = np.repeat(cell, generator.logseries(np.minimum(p, MOST)))
    day = generator.integers(1, horizon + 1, size=len(cell))
    order = np.lexsort((day, cell))
    row, draw = np.divmod(cell[order], S)
    return row, draw, day[order]
