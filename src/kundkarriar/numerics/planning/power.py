"""Power of a comparison of treated customers with a randomised holdout, and the spread of what it compares."""

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import bisected

LEVEL = 0.05
"""Two-sided significance level."""
POWER = 0.8
MOST_DISPERSED = 50.0
"""Largest logarithm of the overdispersion that is searched for."""


def customers_per_arm(*, sd: float, effect: float, level: float = LEVEL, power: float = POWER) -> float:
    """Customers in each of two equal arms to see a difference of means of `effect`: 2 (z_1-a/2 + z_power)^2 sd^2 / d^2.

    At a level of 5 % and a power of 80 % this is 15.7 sd^2 / d^2.

    >>> customers_per_arm(sd=11.59, effect=0.10) // 100 * 100
    210800.0
    """
    return 2.0 * _quantiles(level, power) ** 2 * sd**2 / effect**2


def smallest_visible(
    *, sd: Array, treated: Array, held_out: Array, level: float = LEVEL, power: float = POWER
) -> Array:
    """Smallest difference of means that a two-sided test of `level` finds with probability `power`, (G,).

    The difference has the variance sd^2 (1 / treated + 1 / held_out), so sd^2 / (n h (1 - h)) with a share h of n held
    out. Infinite where an arm is empty. The normal approximation is used: of very skewed amounts in arms of a few
    dozen, it promises too much.

    >>> smallest_visible(sd=np.array([11.59]), treated=np.array([210_865]), held_out=np.array([210_865])).round(4)
    array([0.1])
    """
    one, other = np.asarray(treated, dtype=np.float64), np.asarray(held_out, dtype=np.float64)
    seen = (one > 0) & (other > 0)
    arms = np.divide(one + other, one * other, out=np.ones_like(one), where=seen)
    return np.where(seen, _quantiles(level, power) * sd * np.sqrt(arms), np.inf)


def visible_at_error(error: Array, *, level: float = LEVEL, power: float = POWER) -> Array:
    """Smallest effect that a two-sided test of `level` finds with probability `power`, of standard errors, (...).

    >>> visible_at_error(np.array([0.145])).round(3)
    array([0.406])
    """
    return np.asarray(_quantiles(level, power) * error)


def overdispersion(*, purchases: Array, p_purchase: Array) -> Array:
    """How much the variance of each customer's number of purchases exceeds its mean, as a share of the mean, (n,).

    A customer's number is taken to be negative binomial, with mean m and probability p of at least one: the variance is
    m (1 + c), where log(1 + c) / c = -log(1 - p) / m. It is Poisson (c = 0) where p is at least that of Poisson. The
    uncertain rate and the chance that the customer has left both raise c. A chance to have left puts mass on 0 that a
    negative binomial has only with a long tail, so the variance is on the safe side: of 1,200 customers of CDNOW over
    twelve months the pooled standard deviation is 2.81, and 2.23 in the model's own draws, so that `smallest_visible`
    has a power of .90 rather than .80.

    >>> overdispersion(purchases=np.array([1.0, 1.0]), p_purchase=np.array([0.5, 1 - np.exp(-1)])).round(4).tolist()
    [1.0, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(purchases > 0, -np.log1p(-p_purchase) / purchases, 1.0)
    low, high = np.full_like(ratio, -MOST_DISPERSED), np.full_like(ratio, MOST_DISPERSED)
    log_c, _ = bisected(lambda u: np.log1p(np.exp(u)) * np.exp(-u) > ratio, low, high, halvings=60)
    return np.where(ratio >= 1 - 1e-9, 0.0, np.exp(log_c))


def p_purchase_at(*, purchases: Array, c: Array, factor: Array) -> Array:
    """Probability of at least one purchase when a customer's whole rate is multiplied by `factor` >= 0, (n,).

    1 - (1 + c factor)^(-m / c), by the negative binomial of `overdispersion`, which tells c, at a fixed shape.

    >>> p_purchase_at(purchases=np.array([1.0]), c=np.array([1.0]), factor=np.array([3.0]))
    array([0.75])
    """
    small = c * factor < 1e-9
    per_unit = np.where(small, factor, np.log1p(c * factor) / np.where(c > 0, c, 1.0))
    return np.asarray(-np.expm1(-purchases * per_unit))


def pooled_sd(*, mean: Array, variance: Array) -> float:
    """Standard deviation of an outcome among customers, each with an own `mean` and `variance`, (n,).

    Its square is the mean of the variances and the variance of the means. A comparison within strata of like
    customers sees more.

    >>> pooled_sd(mean=np.array([0.0, 2.0]), variance=np.array([3.0, 3.0]))
    2.0
    """
    return float(np.sqrt(variance.mean() + mean.var()))


def _quantiles(level: float, power: float) -> float:
    return float(ndtri(1 - level / 2) + ndtri(power))
