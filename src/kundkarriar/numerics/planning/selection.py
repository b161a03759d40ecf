"""What effects are expected to be after the best of their estimates were selected.

A plan chooses the actions whose estimates are largest, so that it chooses errors too: the sum of the chosen estimates
promises too much (the optimizer's curse: Smith & Winkler 2006, Management Science 52(3)). The expectation given the
estimates is the same whatever was selected by them, provided that it is taken under a prior. Here the prior is
learnt from the effects themselves: they scatter around a common mean (Rubin 1981, Journal of Educational Statistics
6(4)), with two scales that few effects do not tell, and are given a weak prior.

Roads not taken: a parametric bootstrap of the selection around the estimates takes off too little, because the
estimates scatter more than the effects do; a flat prior on the common mean takes off nothing from a single effect, and
too little where acting at all was decided by the same estimates (`benchmarks/selection.py`).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from kundkarriar.arrays import Array

GRID = 200
"""Scales of the scatter, at equal steps of the prior's distribution function."""


class ShrunkenEffects(NamedTuple):
    """Posterior of effects, each with an estimate: a mixture of normal distributions over the scatter between effects.

    Attributes:
        estimate, error: as given, (K,).
        weight: posterior probability of each scale of the scatter, (G,).
        centre, centre_sd: mean and standard deviation of the common mean at each scale, (G,).
        pull: share of the way from the estimate to the common mean at each scale, (G, K).
    """

    estimate: Array
    error: Array
    weight: Array
    centre: Array
    centre_sd: Array
    pull: Array

    @property
    def mean(self) -> Array:
        """Expected effects, (K,)."""
        means = self.estimate + self.pull * (self.centre[:, None] - self.estimate)
        return np.asarray(self.weight @ means)

    def drawn(self, draws: int, generator: np.random.Generator) -> Array:
        """Joint draws of the effects, (draws, K)."""
        at = generator.choice(len(self.weight), draws, p=self.weight)
        common = self.centre[at] + self.centre_sd[at] * generator.standard_normal(draws)
        pull = self.pull[at]
        own = np.sqrt(1 - pull) * self.error * generator.standard_normal(pull.shape)
        return np.asarray(self.estimate + pull * (common[:, None] - self.estimate) + own)


def shrunken_effects(*, estimate: Array, error: Array) -> ShrunkenEffects:
    """The posterior of effects with these estimates and standard errors, (K,) each; 0 is no effect.

    estimate_k ~ N(effect_k, error_k^2), effect_k ~ N(mu, tau^2), mu ~ N(0, tau^2 + s^2), tau ~ half-Cauchy(s), where s
    is the median standard error. The prior of mu weighs as much as one more effect, which did nothing. An effect with
    an error of 0 is known, and stays as it is.

    >>> effects = shrunken_effects(estimate=np.array([0.2, 0.05, 0.1]), error=np.array([0.08, 0.08, 0.001]))
    >>> effects.mean.round(3).tolist()
    [0.122, 0.084, 0.1]
    """
    uncertain = error[error > 0]
    if not len(uncertain):
        point = np.zeros(1)
        return ShrunkenEffects(estimate, error, np.ones(1), point, point, np.zeros((1, len(estimate))))
    s = float(np.median(uncertain))
    tau = s * np.tan(np.pi / 2 * (np.arange(GRID) + 0.5) / GRID)
    variance = error**2 + tau[:, None] ** 2
    prior = 1.0 / (tau**2 + s**2)
    precision = prior + (1.0 / variance).sum(axis=1)
    centre = (estimate / variance).sum(axis=1) / precision
    # log density of the estimates at each tau, with mu integrated out
    fit = (estimate**2 / variance).sum(axis=1) - centre**2 * precision
    log_weight = 0.5 * (np.log(prior) - np.log(precision) - np.log(variance).sum(axis=1) - fit)
    weight = np.exp(log_weight - logsumexp(log_weight))
    return ShrunkenEffects(estimate, error, weight, centre, 1.0 / np.sqrt(precision), error**2 / variance)
