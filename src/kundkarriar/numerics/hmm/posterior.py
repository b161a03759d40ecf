"""Draws from the posterior of a hidden Markov model.

All unconstrained parameters are drawn jointly, as normal: the data often determine a combination of them well, such as
the mean of all months, and not each one. The odds of steps against staying then get other margins: gamma rather than
lognormal ones, with the same variance of the log. Of a rare step the lognormal mean is far above the estimate, which
would bias lifetime values, as they depend on rare steps.
"""

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator
from scipy.special import gammaincinv, ndtr, polygamma

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM
from kundkarriar.numerics.optimize.central_differences import derivatives

STEP = 1e-5
"""Step of numerical derivatives."""
LEAST = 1e-9
"""Least odds of a step in a draw."""
FIXED = 1e-14
"""Log odds with a smaller variance are constant, such as those of staying against staying."""


@frozen(kw_only=True, eq=False)
class HMMPosterior:
    """Approximate posterior around a fitted model.

    Attributes:
        model: the model of the highest posterior density, with effects of one more of each contact.
        unconstrained: layout of theta.
        covariance: of theta, with contacts divided by `scale`, (k, k).
        scale: standard deviations of the contacts, (C,).
        centre: mean contacts, (C,).
    """

    model: HiddenMarkovModel
    unconstrained: UnconstrainedHMM
    covariance: Array
    scale: Array
    centre: Array

    def draw(self, draws: int, generator: Generator) -> list[HiddenMarkovModel]:
        """Draw `draws` models."""
        theta = self._theta
        variances, directions = np.linalg.eigh(self.covariance)
        root = directions * np.sqrt(np.maximum(variances, 0.0))
        deviations = generator.standard_normal((draws, len(theta))) @ root.T
        odds = self._odds(theta, deviations)
        low, high = self.unconstrained.bounds()
        drawn = []
        for point, own in zip(np.clip(theta + deviations, low, high), odds, strict=True):
            model = self.unconstrained.model(point)
            rho = model.rho / self.scale
            drawn.append(evolve(model, rho=rho, mu=_thresholds(own) + (rho @ self.centre)[:, None]))
        return drawn

    def _odds(self, theta: Array, deviations: Array) -> Array:
        """Odds of each step against staying under the mean contacts, for each draw, (draws, S, S)."""
        P = self._transitions(theta)
        jacobian = derivatives(self._log_odds, theta, step=STEP)
        log_deviations = np.einsum("dk,ksj->dsj", deviations, jacobian)
        variance = np.einsum("ksj,kl,lsj->sj", jacobian, self.covariance, jacobian)
        varies = variance > FIXED
        shape = _shape(np.where(varies, variance, 1.0))
        factor = gammaincinv(shape, ndtr(log_deviations / np.sqrt(np.where(varies, variance, 1.0)))) / shape
        return np.asarray(np.maximum(P / np.diag(P)[:, None] * np.where(varies, factor, 1.0), LEAST))

    @property
    def _theta(self) -> Array:
        return self.unconstrained.theta(evolve(self.model, rho=self.model.rho * self.scale))

    def _log_odds(self, theta: Array) -> Array:
        P = self._transitions(theta)
        return np.asarray(np.log(P / np.diag(P)[:, None]))

    def _transitions(self, theta: Array) -> Array:
        """Transition probabilities under the mean contacts, (S, S)."""
        return np.asarray(self.unconstrained.model(theta).P((self.centre / self.scale)[None, :])[0])


def mean_transitions(model: HiddenMarkovModel, *, a: Array, share: Array) -> Array:
    """Transition probabilities averaged over the contacts that customers in each state had, (S, S).

    `share` (S, A) of the steps from each state were under each of the sets of contacts `a` (A, C).
    """
    return np.asarray(np.einsum("su,usj->sj", share, model.P(a)))


def _thresholds(shares: Array) -> Array:
    """Thresholds of an ordered logit whose rows are proportional to `shares`, (S, S - 1)."""
    below = np.cumsum(shares, axis=1)[:, :-1]
    above = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return np.asarray(np.log(below / above))


def _shape(variance: Array) -> Array:
    """Shape of a gamma whose logarithm has the given variance: trigamma(shape) = variance, by Newton's method."""
    shape = 0.5 + 1.0 / variance
    for _ in range(12):
        trigamma = polygamma(1, shape)
        shape = shape + trigamma * (1 - trigamma / variance) / polygamma(2, shape)
    return np.asarray(shape)
