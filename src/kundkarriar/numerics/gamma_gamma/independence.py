"""Whether spend is independent of purchase frequency, as Gamma-Gamma assumes, and what dependence does to totals.

Also where it is independent, frequency and mean spend are correlated: single orders are skewed, so that the mean of few
lies below its expectation more often than the mean of many. With exponential orders Spearman's correlation is about
.13. So the quantile of each mean spend among customers of the same frequency, as the model has it, takes the place of
the mean spend: it is uniform at each frequency if the model holds.
"""

import math

import numpy as np
from attrs import frozen
from scipy.special import betainc, stdtr

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast.accuracy import ranks


@frozen(kw_only=True)
class Correlation:
    """Spearman's rank correlation, and the probability of one as large where there is none, two-sided."""

    rho: float
    p_value: float


def spend_quantile(*, x: Array, m: Array, p: float, q: float, gamma: float) -> Array:
    """P(mean spend of x purchases <= m), (n,), uniform for each x: x m / (gamma + x m) is Beta(p x, q) by eq. 1a.

    >>> spend_quantile(x=np.array([1.0, 9.0]), m=np.array([35.0, 35.0]), p=6.25, q=3.74, gamma=15.44).round(2)
    array([0.65, 0.65])
    """
    z = x * m
    return np.asarray(betainc(p * x, q, z / (gamma + z)))


def spearman(a: Array, b: Array) -> Correlation | None:
    """Spearman's rank correlation of two columns, (n,) each, tested by t with n - 2 degrees of freedom.

    None where one of them is constant, or n < 3.

    >>> found = spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    >>> round(found.rho, 3), round(found.p_value, 3)
    (0.8, 0.2)
    """
    n = len(a)
    u, v = (ranks(values) - (n + 1) / 2 for values in (a, b))
    size = math.sqrt(float((u * u).sum()) * float((v * v).sum()))
    if n < 3 or size == 0:
        return None
    rho = min(max(float((u * v).sum()) / size, -1.0), 1.0)
    t = abs(rho) * math.sqrt((n - 2) / (1 - rho * rho)) if abs(rho) < 1 else math.inf
    return Correlation(rho=rho, p_value=float(2 * stdtr(n - 2, -t)))


def spend_dependence(*, x: Array, m: Array, expected: Array, purchases: Array) -> tuple[float, float]:
    """By how much expected sales change with what customers of each frequency spent; and a bound of its standard error.

    Repeat buyers are given their own mean spend `m` in place of the `expected` value of an order, and one-time buyers
    the mean spend of customers with one repeat purchase, the nearest that is known. Both have the same expectation if
    spend is independent of frequency. The error holds what is systematic in the changes of single customers too, so it
    is rather too large. Without customers of one repeat purchase, one-time buyers stay as they are.

    Of repeat purchases `x`, mean spend (not read where x is 0), expected order value and expected `purchases`, (n,)
    each. Relative to the sum of purchases x expected, > 0.
    """
    repeat, once = x > 0, x == 1
    change = np.where(repeat, purchases * (np.where(repeat, m, 0.0) - expected), 0.0)
    total = float(purchases @ expected)
    if not once.any():
        return float(change.sum()) / total, math.sqrt(float((change**2).sum())) / total
    mean = float(m[once].mean())
    weight = float(purchases[~repeat].sum())
    influence = change + np.where(once, weight * (np.where(once, m, 0.0) - mean) / once.sum(), 0.0)
    of_once = weight * mean - float(purchases[~repeat] @ expected[~repeat])
    return (float(change.sum()) + of_once) / total, math.sqrt(float((influence**2).sum())) / total
