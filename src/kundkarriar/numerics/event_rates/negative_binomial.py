"""Counts of events of customers whose rates are gamma-distributed: negative binomial, with a time exposed of each.

A customer with n events in E days has a rate that is Gamma(k + n, k / m + E), where m is the mean rate and k the shape
of the gamma. Both are fitted by maximum likelihood, in their logarithms.
"""

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.optimize.newton import Box, maximise

LOW_SHAPE, HIGH_SHAPE = -7.0, 12.0
"""Bounds of the log of the shape. At the upper one customers differ by less than half a per cent: as good as not."""
SHAPE_SD = 1.0
"""Largest standard deviation of the log of a drawn shape. Where the data hardly tell it, the normal approximation would
draw shapes near 0, with thousands of events of one customer and none of all others."""


@frozen(kw_only=True, eq=False)
class RateLaw:
    """The gamma of rates.

    Attributes:
        mean: mean rate m; 0 where nothing happened.
        shape: shape k; infinite where the counts show no more variance than a common rate has.
        covariance: covariance of the logs of mean and shape, (2, 2); 0 for what is not estimated.
    """

    mean: float
    shape: float
    covariance: Array

    def draw(self, draws: int, generator: Generator) -> tuple[Array, Array]:
        """Drawn means and shapes, (S,) each, from a normal approximation of their logarithms.

        The expectation of a drawn mean is the estimate.
        """
        first, second = generator.standard_normal((2, draws))
        (in_mean, both), (_, in_shape) = self.covariance
        sd = np.sqrt(in_mean)
        mean = self.mean * np.exp(sd * first - in_mean / 2)
        if not in_shape > 0:
            return mean, np.full(draws, self.shape)
        slope = both / sd if sd > 0 else 0.0
        shift = slope * first + np.sqrt(max(in_shape - slope**2, 0.0)) * second
        return mean, self.shape * np.exp(shift * min(1.0, SHAPE_SD / np.sqrt(in_shape)))


def fit_rate_law(counts: Whole, exposure: Array) -> RateLaw:
    """The gamma of rates, by maximum likelihood, from each customer's number of events and time exposed.

    Args:
        counts: numbers of events, (n,).
        exposure: times exposed, (n,); customers with none are left out, with what they count.

    >>> generator = np.random.default_rng(0)
    >>> exposure = generator.uniform(100, 900, 20_000)
    >>> law = fit_rate_law(generator.poisson(exposure * generator.gamma(0.5, 0.004, 20_000)), exposure)
    >>> round(law.mean, 4), round(law.shape, 2)
    (0.002, 0.51)
    """
    some = np.lexsort((exposure, counts))  # sums are the same to the last digit in any order of customers
    some = some[(exposure > 0)[some]]
    counts, exposure = counts[some], exposure[some]
    events = float(counts.sum())
    if events == 0:
        return RateLaw(mean=0.0, shape=np.inf, covariance=np.zeros((2, 2)))
    mean = events / float(exposure.sum())
    expected = mean * exposure
    common = RateLaw(mean=mean, shape=np.inf, covariance=np.diag([1 / events, 0.0]))
    # twice the derivative of the log-likelihood in 1 / k at a common rate
    excess = float(((counts - expected) ** 2 - counts).sum())
    if excess <= 0:
        return common
    objective = _Objective(counts=counts, exposure=exposure)
    start = np.array([np.log(mean), np.log(float((expected**2).sum()) / excess)])
    low, high = np.array([start[0] - 10.0, LOW_SHAPE]), np.array([start[0] + 10.0, HIGH_SHAPE])
    found = maximise(objective.at, start, Box(low=low, high=high, n=len(counts), gradient_tolerance=1e-9))
    if found.theta[1] >= HIGH_SHAPE:
        return common
    return RateLaw(
        mean=float(np.exp(found.theta[0])),
        shape=float(np.exp(found.theta[1])),
        covariance=_covariance(-found.hessian),
    )


@frozen(kw_only=True, eq=False)
class _Objective:
    """The log-likelihood in (log m, log k), up to terms without them."""

    counts: Whole
    exposure: Array

    def at(self, theta: Array) -> tuple[float, Array, Array]:
        """Value, gradient (2,) and Hessian (2, 2)."""
        k, mu, n = np.exp(theta[1]), np.exp(theta[0]) * self.exposure, self.counts
        customers = np.bincount(n)
        steps = k + np.arange(len(customers) - 1)  # Gamma(k + n) / Gamma(k) is the product of the first n
        rising, first, second = (
            float(customers[1:] @ np.cumsum(term)) for term in (np.log(steps), 1 / steps, -1 / steps**2)
        )
        total, share = k + mu, (n - mu) / (k + mu)
        value = rising - n @ np.log(total) + n.sum() * theta[0] - k * np.log1p(mu / k).sum()
        in_k = first - np.log1p(mu / k).sum() - share.sum()
        in_kk = second + (mu / total).sum() / k + (share / total).sum()
        gradient = np.array([k * share.sum(), k * in_k])
        in_mm, both = -k * (mu * (k + n) / total**2).sum(), k * (share @ (mu / total))
        return float(value), gradient, np.array([[in_mm, both], [both, gradient[1] + k**2 * in_kk]])


def _covariance(information: Array) -> Array:
    """The inverse of the information; of the mean alone where the shape has none."""
    if information[1, 1] > 0 and np.linalg.det(information) > 0:
        return np.asarray(np.linalg.inv(information))
    return np.diag([1 / information[0, 0], 0.0])
