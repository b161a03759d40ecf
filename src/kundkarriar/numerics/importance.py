"""Draws from a density known up to a constant, by importance sampling with Pareto-smoothed weights.

A few parameters need no Markov chain: points are drawn from a proposal of nearly the right shape and weighed by
target over proposal. Where the weights show that the shape was wrong (k-hat above .7), a second proposal is fitted to
the weighted points and both are used together, as one mixture (Owen & Zhou 2000, "Safe and effective importance
sampling", JASA 95: a mixture is never much worse than its best part).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from scipy.special import logsumexp

from kundkarriar.numerics.pareto_smoothing import GOOD, smooth
from kundkarriar.numerics.split_t import SplitT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDS = 4
"""Proposals tried, at most."""


@frozen(kw_only=True, eq=False)
class WeightedDraws:
    """Points that stand for a density, each with its weight.

    Attributes:
        theta: the points, (S, k).
        log_weights: summing to 1, smoothed, (S,).
        k_hat: Pareto k of the raw weights: at most .7 is good, above 1 the weights have no mean.
    """

    theta: Array
    log_weights: Array
    k_hat: float

    def effective_size(self) -> float:
        """How many independent draws the points are worth: 1 / sum of squared weights (Kish)."""
        return float(1 / np.exp(2 * self.log_weights).sum())

    def resample(self, draws: int, *, generator: Generator) -> Array:
        """Unweighted draws, (draws, k), in random order.

        Systematic: a point of weight w comes floor(w x draws) times or once more. So points may repeat, and where
        `draws` is larger than the number of points they must.
        """
        cumulated = np.cumsum(np.exp(self.log_weights))
        ticks = (np.arange(draws) + generator.random()) / draws * cumulated[-1]
        chosen = np.minimum(np.searchsorted(cumulated, ticks, side="right"), len(self.theta) - 1)
        return self.theta[generator.permutation(chosen)]


def sample(
    log_density: Callable[[Array], Array], *, centre: Array, covariance: Array, size: int, generator: Generator
) -> WeightedDraws:
    """Weighted points of a density with one top.

    Args:
        log_density: of points (S, k), up to a constant, (S,); what is not finite counts as impossible.
        centre: its top, or near it, (k,).
        covariance: the inverse of its curvature there, (k, k), positive.
        size: points of the first proposal; each further one, where needed, gets as many.
        generator: the stream.

    >>> def skewed(theta):
    ...     return 3.0 * theta[:, 0] - np.exp(theta[:, 0])
    >>> start = {"centre": np.log([3.0]), "covariance": np.eye(1) / 3}
    >>> seen = sample(skewed, **start, size=20_000, generator=np.random.default_rng(1))
    >>> drawn = np.exp(seen.resample(20_000, generator=np.random.default_rng(2)))
    >>> seen.k_hat < 0.5, float(drawn.mean().round(1))
    (True, 3.0)
    """
    stages = [SplitT.around(log_density, centre=centre, covariance=covariance)]
    theta = stages[0].draw(size, generator=generator)
    heights = log_density(theta)
    best = newest = _weigh(theta, heights, stages)
    while best.k_hat > GOOD and len(stages) < ROUNDS:
        stages.append(_moments(log_density, newest, covariance=covariance))
        more = stages[-1].draw(size, generator=generator)
        theta = np.concatenate([theta, more])
        heights = np.concatenate([heights, log_density(more)])
        newest = _weigh(theta, heights, stages)
        best = min(best, newest, key=lambda seen: seen.k_hat)
    return best


def _weigh(theta: Array, heights: Array, stages: Sequence[SplitT]) -> WeightedDraws:
    """All points as draws from the mixture of all stages, which have equal parts."""
    proposed = logsumexp([stage.log_density(theta) for stage in stages], axis=0)
    log_weights, k_hat = smooth(heights - proposed)
    return WeightedDraws(theta=theta, log_weights=log_weights, k_hat=k_hat)


def _moments(log_density: Callable[[Array], Array], seen: WeightedDraws, *, covariance: Array) -> SplitT:
    """A proposal of the weighted points' mean and covariance; the first covariance counts as ten draws more."""
    weights, worth = np.exp(seen.log_weights), seen.effective_size()
    mean = weights @ seen.theta
    away = seen.theta - mean
    spread = (weights * away.T) @ away
    return SplitT.around(log_density, centre=mean, covariance=(worth * spread + 10 * covariance) / (worth + 10))
