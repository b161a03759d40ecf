"""Hidden chains drawn from their posterior.

All coordinates are drawn together, as normal: what the data settle is often a combination, as the mean of all months,
and not each part. Steps then get another margin: the odds of a step against staying are gamma rather than lognormal,
as spread in logarithms. Of a step that was hardly ever taken the lognormal mean lies far above the estimate, and
values without end, which hang on rare steps, would be pulled to one side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen
from scipy.special import gammaincinv, ndtr, polygamma

from kundkarriar.numerics.hmm.objective import in_units

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.hmm.parameters import HiddenChain, HiddenCoordinates

    Array = NDArray[np.float64]

LITTLE = 1e-5
LEAST = 1e-9
"""No step is drawn less likely than this."""
FIXED = 1e-14
"""What varies less does not vary at all, as the odds of staying against staying."""


@frozen(kw_only=True, eq=False)
class HiddenPosterior:
    """Around what, and how widely, chains are drawn.

    Attributes:
        chain: the most probable one, with effects of one more of each contact.
        coordinates: of the search.
        covariance: of the coordinates, with contacts divided by `scale`, (k, k).
        scale: standard deviations of the contacts, (C,).
        centre: mean contacts, (C,).
    """

    chain: HiddenChain
    coordinates: HiddenCoordinates
    covariance: Array
    scale: Array
    centre: Array

    def drawn(self, draws: int, generator: Generator) -> list[HiddenChain]:
        """So many chains."""
        theta = self._theta
        bends, directions = np.linalg.eigh(self.covariance)
        spread = directions * np.sqrt(np.maximum(bends, 0.0))
        away = generator.standard_normal((draws, len(theta))) @ spread.T
        odds = self._odds(theta, away)
        low, high = self.coordinates.edges()
        found = []
        for point, own in zip(np.clip(theta + away, low, high), odds, strict=True):
            chain = in_units(self.coordinates.chain(point), self.scale)
            found.append(evolve(chain, mu=_thresholds(own) + (chain.rho @ self.centre)[:, None]))
        return found

    def _odds(self, theta: Array, away: Array) -> Array:
        """Odds of each step against staying under the mean contacts, for each draw, (draws, S, S)."""
        P = self._moves(theta)
        steps = np.eye(len(theta)) * LITTLE
        slopes = np.stack([self._log_odds(theta + step) - self._log_odds(theta - step) for step in steps]) / (
            2 * LITTLE
        )
        moved = np.einsum("dk,ksj->dsj", away, slopes)
        variance = np.einsum("ksj,kl,lsj->sj", slopes, self.covariance, slopes)
        some = variance > FIXED
        shape = _shape(np.where(some, variance, 1.0))
        drawn = gammaincinv(shape, ndtr(moved / np.sqrt(np.where(some, variance, 1.0)))) / shape
        return np.asarray(np.maximum(P / np.diag(P)[:, None] * np.where(some, drawn, 1.0), LEAST))

    @property
    def _theta(self) -> Array:
        return self.coordinates.theta(evolve(self.chain, rho=self.chain.rho * self.scale))

    def _log_odds(self, theta: Array) -> Array:
        P = self._moves(theta)
        return np.asarray(np.log(P / np.diag(P)[:, None]))

    def _moves(self, theta: Array) -> Array:
        """Transition probabilities under the mean contacts, (S, S)."""
        return np.asarray(self.coordinates.chain(theta).P((self.centre / self.scale)[None, :])[0])


def usual_moves(chain: HiddenChain, *, a: Array, share: Array) -> Array:
    """Transition probabilities averaged over the contacts that customers in each state used to have, (S, S).

    Args:
        chain: the parameters.
        a: sets of contacts, (A, C).
        share: of the months of each state that came after each set, (S, A).
    """
    return np.asarray(np.einsum("su,usj->sj", share, chain.P(a)))


def _thresholds(shares: Array) -> Array:
    """Thresholds of an ordered logit whose rows are proportional to `shares`, (S, S - 1)."""
    below = np.cumsum(shares, axis=1)[:, :-1]
    above = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return np.asarray(np.log(below / above))


def _shape(variance: Array) -> Array:
    """The shape of a gamma whose logarithm has this variance: trigamma(shape) = variance, by Newton's steps."""
    shape = 0.5 + 1.0 / variance
    for _ in range(12):
        given = polygamma(1, shape)
        shape = shape + given * (1 - given / variance) / polygamma(2, shape)
    return np.asarray(shape)
