"""Coverage of prediction intervals from drawn futures."""

from __future__ import annotations

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

    Args:
        draws: realised futures, (n, S).
        actual: outcomes, (n,).
        levels: of the intervals, each between 0 and 1.

    Returns:
        (inside, share), both (len(levels), n): 1 or 0, and 0 to 1.

    >>> draws = np.tile(np.arange(99.0), (2, 1))
    >>> inside, share = interval_coverage(draws=draws, actual=np.array([50.5, 98.5]), levels=[0.9])
    >>> inside.tolist(), share.tolist()
    ([[1.0, 0.0]], [[1.0, 0.0]])
    """
    S = draws.shape[1]
    ordered = np.sort(draws, axis=1)
    below = (draws < actual[:, None]).sum(axis=1) / (S + 1)
    through = ((draws <= actual[:, None]).sum(axis=1) + 1) / (S + 1)
    inside, share = (np.empty((len(levels), len(actual))) for _ in range(2))
    for at, level in enumerate(levels):
        low, high = (1 - level) / 2, (1 + level) / 2
        bounds = [_order_statistic(ordered, (S + 1) * p) for p in (low, high)]
        inside[at] = (bounds[0] <= actual) & (actual <= bounds[1])
        share[at] = np.maximum(np.minimum(through, high) - np.maximum(below, low), 0.0) / (through - below)
    return inside, share


def _order_statistic(ordered: Array, place: float) -> Array:
    """Order statistic of each row at `place`, counted from 1 and interpolated in between, (n,)."""
    at = min(max(place, 1.0), float(ordered.shape[1])) - 1
    lower = int(at)
    upper = min(lower + 1, ordered.shape[1] - 1)
    value: Array = ordered[:, lower] + (at - lower) * (ordered[:, upper] - ordered[:, lower])
    return value
