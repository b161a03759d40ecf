"""How much wider outcomes scatter than forecasts say, as a variance of customers' own rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.forecast.rate_drift import path_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST = 100.0
"""drift^2 x years that nobody has: a rate e^10 times as high at the end is within one standard deviation."""
HALVINGS = 60


@frozen(kw_only=True)
class RateVariance:
    """Variance of what customers' rates were multiplied by between forecast and outcome.

    Attributes:
        scatter: sum of squared errors over the variance forecast, weighted as below; 1 where there is no more.
        variance: relative variance of the rates; may be below 0 by chance, or where outcomes scatter less.
        std_error: of `variance`, from the customers.
    """

    scatter: float
    variance: float
    std_error: float


def rate_variance(*, actual: Array, mean: Array, variance: Array, group: NDArray[np.int64]) -> RateVariance | None:
    """The variance of R where customer i buys at R times the rate that the forecast meant, E[R] = 1, by moments.

    Given the customer's hidden rate the count is Poisson with mean mu, so that the forecast has
    mean m = E[mu] and variance v = m + Var[mu]. With R the variance becomes v + Var[R] E[mu^2], and
    E[mu^2] = m^2 + v - m. Summed over customers:

        Var[R] = sum w ((y - m)^2 - v) / sum w (m^2 + v - m)

    The weight w is 1 over the mean variance of the customer's group of like forecasts: the error is standardised, but
    not by a variance estimated from a few draws. Within each group m is set to the level of the outcomes (and v with
    it), which costs one degree of freedom a group: a forecast that is too high or too low, for all or for the heavy
    buyers, is no drift.

    What it cannot tell from drift is any other scatter that the forecast lacks, and rates that wandered before the
    forecast. Where customers leave after a purchase, faster buying ends sooner, and counts answer to rates less than in
    proportion: simulated with one purchase in five the last, half of Var[R] was found, with one in thirteen nine
    tenths. That is the drift to draw with, where draws leave alone who leaves and when (`rate_drift.drifted`).

    Args:
        actual: counts, (n,).
        mean: their forecast, (n,).
        variance: of the forecast count, (n,), unbiased; may come from few draws.
        group: of like forecasts, (n,).

    Returns:
        None where nobody was expected to buy, or no group has two customers.
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
    """The drift, as in `rate_drift`, under which the mean rate over `years` has this relative variance: >= 0.

    >>> from kundkarriar.numerics.forecast.rate_drift import path_variance
    >>> round(yearly_drift(variance=path_variance(drift=0.3, years=0.5), years=0.5), 9)
    0.3
    >>> yearly_drift(variance=-0.01, years=0.5)
    0.0
    """
    if variance <= 0:
        return 0.0
    low, high = 0.0, math.sqrt(MOST / years)
    for _ in range(HALVINGS):  # the variance rises with the drift
        middle = (low + high) / 2
        low, high = (low, middle) if path_variance(drift=middle, years=years) > variance else (middle, high)
    return (low + high) / 2
