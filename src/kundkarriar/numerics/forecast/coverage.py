"""Coverage of prediction intervals from drawn futures."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array


def interval_coverage(*, draws: Array, actual: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """Coverage of each outcome by the central interval of its own draws, at each level.

    The bounds are the order statistics (S + 1) p, between which a further draw falls with the probability of the
    level if S is large enough (S >= 39 for 95 %).

    Counts are discrete: their intervals cover more than the level even under the true model (most customers buy
    nothing, and 0 is within every interval). So the share of each outcome's ranks among the draws that is between the
    bounds is given too: an outcome with r draws below it and e draws equal to it has the ranks r to r + e + 1 of
    S + 1. Under the true model its mean is exactly the level.

    Of `actual` outcomes (n,) with `draws` (n, S). Returns (inside, share), both (len(levels), n): 1 or 0, and 0 to 1.
    """
    S = draws.shape[1]
    ordered = np.sort(draws, axis=1)
    below = (draws < actual[:, None]).sum(axis=1) / (S + 1)
    through = ((draws <= actual[:, None]).sum(axis=1) + 1) / (S + 1)
    low, high = (1 + np.multiply.outer((-1, 1), levels)[..., None]) / 2
    lower, upper = (_order_statistics(ordered, (S + 1) * p) for p in (low, high))
    inside = (lower <= actual) & (actual <= upper)
    share = np.maximum(np.minimum(through, high) - np.maximum(below, low), 0.0) / (through - below)
    return inside.astype(np.float64), share


def _order_statistics(ordered: Array, places: Array) -> Array:
    """Order statistics of each row at `places` (L, 1), counted from 1 and interpolated in between, (L, n)."""
    at = np.clip(places, 1.0, ordered.shape[1]) - 1
    lower = at[:, 0].astype(np.int64)
    below, above = ordered.T[lower], ordered.T[np.minimum(lower + 1, ordered.shape[1] - 1)]
    return np.asarray(below + (at - lower[:, None]) * (above - below))
