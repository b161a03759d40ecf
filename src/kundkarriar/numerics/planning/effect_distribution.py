"""Distribution of an uncertain effect: normal, or log-normal, on each side of its median."""

import numpy as np
from scipy.special import ndtr, ndtri

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import bisected


def effect_quantiles(z: Array, *, mean: float, low: float, high: float, level: float, multiplies: bool) -> Array:
    """Effects at standard normal deviates `z`, (S,): `low` and `high` are the ends of the central `level` interval.

    A multiplier is log-normal with one spread below its median and another above it, and money is normal in the same
    way: with three numbers given one spread would not do. The median is the one that makes the expectation `mean`.
    Where none does, as `mean` lies too near an end, it is that end.

    >>> z = np.array([-1.6448536269514722, 1.6448536269514722])
    >>> effect_quantiles(z, mean=0.8, low=0.7, high=1.0, level=0.9, multiplies=True).round(6).tolist()
    [0.7, 1.0]
    """
    end = float(ndtri((1 + level) / 2))
    bottom, top = (np.log([low, high]) if multiplies else np.array([low, high])).tolist()

    def spreads(median: float) -> tuple[float, float]:
        return (median - bottom) / end, (top - median) / end

    def expectation(median: float) -> float:
        below, above = spreads(median)
        if not multiplies:
            return median + (above - below) / float(np.sqrt(2 * np.pi))
        halves = np.exp(below**2 / 2) * ndtr(-below), np.exp(above**2 / 2) * ndtr(above)
        return float(np.exp(median) * sum(halves))

    rises = expectation(bottom) < expectation(top)
    median = float(bisected(lambda at: (expectation(at) < mean) == rises, bottom, top, halvings=60)[0])
    below, above = spreads(median)
    drawn: Array = median + np.where(z < 0, below, above) * z
    return np.exp(drawn) if multiplies else drawn
