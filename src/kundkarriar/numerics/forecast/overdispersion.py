"""Overdispersion of outcomes relative to forecasts, as a variance of customers' rates."""

import math

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.forecast.rate_drift import path_variance
from kundkarriar.numerics.special.bisection import bisected

MOST = 100.0
"""Upper bound of drift^2 x years: a rate e^10 times as high at the end is then within one standard deviation."""


@frozen(kw_only=True)
class RateVariance:
    """Variance of the factor by which customers' rates changed between forecast and outcome.

    Attributes:
        scatter: sum of squared errors over the predicted variance, weighted as in `rate_variance`; 1 without
            overdispersion.
        variance: relative variance of the rates; may be below 0 by chance, or with underdispersion.
        std_error: standard error of `variance`, from the customers.
    """

    scatter: float
    variance: float
    std_error: float


def rate_variance(*, actual: Array, mean: Array, variance: Array, group: Whole) -> RateVariance | None:
    """Moment estimate of Var[R], where each customer buys at R times the predicted rate and E[R] = 1.

    Given the customer's latent rate the count is Poisson with mean mu, so the forecast has mean m = E[mu] and variance
    v = m + Var[mu]. With R the variance is v + Var[R] E[mu^2], and E[mu^2] = m^2 + v - m. Summed over customers:

        Var[R] = sum w ((y - m)^2 - v) / sum w (m^2 + v - m)

    The weight w is 1 over the mean variance of the customer's group of similar forecasts: errors are standardised, but
    not by a variance estimated from a few draws. Within each group m is scaled to the level of the outcomes (and v with
    it), which costs one degree of freedom a group: a forecast that is too high or too low, for all or for the heavy
    buyers, is not drift.

    The estimate also contains any other overdispersion, and drift before the forecast. Where customers drop out after a
    purchase, higher rates end sooner, and counts respond less than in proportion. In simulations half of Var[R] was
    found where one purchase in five was the last, and nine tenths where one in thirteen was. That is the drift to draw
    with, as `rate_drift.draw_drifted_purchases` does not change dropout.

    Of `actual` counts, and predicted means and unbiased variances, which may come from few draws, all (n,). None where
    nobody was expected to buy, or no group has two customers.
    """
    _, g = np.unique(group, return_inverse=True)
    n, y, m = (np.bincount(g, weights=w) for w in (np.ones(len(actual)), actual, mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(m > 0, y / m, 0.0)[g]
        loss = np.where(n > 1, n / (n - 1), np.nan)[g]
    adjusted = level * mean
    # Var[mu] may come out below 0 for one customer by the luck of the draws; only its sum counts.
    spread = level**2 * (variance - mean)
    whole = adjusted + spread
    size = np.bincount(g, weights=whole) / n
    used = (size > 0)[g] & np.isfinite(loss)
    if not used.any():
        return None
    w = 1 / size[g][used]
    excess = w * ((actual - adjusted)[used] ** 2 * loss[used] - whole[used])
    weight = w * (adjusted**2 + spread)[used]
    if weight.sum() <= 0:
        return None
    estimate = float(excess.sum() / weight.sum())
    influence = excess - estimate * weight
    return RateVariance(
        scatter=float(1 + excess.sum() / (w * whole[used]).sum()),
        variance=estimate,
        std_error=float(np.sqrt(np.sum(influence**2)) / weight.sum()),
    )


def yearly_drift(*, variance: float, years: float) -> float:
    """Yearly drift, as in `rate_drift.py`, at which the mean rate over `years` has the relative `variance`; >= 0."""
    if variance <= 0:
        return 0.0
    low, high = bisected(
        lambda drift: path_variance(drift=drift, years=years) <= variance, 0.0, math.sqrt(MOST / years), halvings=60
    )
    return float(low + high) / 2
