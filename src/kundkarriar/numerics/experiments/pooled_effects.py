"""Effects in groups, each pulled towards the mean of all groups as far as its estimate is uncertain (partial pooling).

estimate_c ~ N(effect_c, error_c^2), effect_c ~ N(mu, tau^2), mu flat, tau ~ half-Cauchy(s), where s is the median
standard error (Rubin 1981, Journal of Educational Statistics 6(4); Gelman 2006, Bayesian Analysis 1(3)). The scatter
tau is averaged over, not set to its best value: few groups hardly tell it, and the best value is often 0.

`numerics/planning/selection.py` pulls effects of different actions towards a mean that is near 0. Here one arm's
effects in different groups have a mean of their own, of which nothing is assumed.
"""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask

GRID = 60
"""Scales of the scatter, at equal steps of the prior's distribution function."""


class PooledEffects(NamedTuple):
    """Posterior of effects in groups.

    Attributes:
        mean: expected effects, (..., C).
        sd: their posterior standard deviations, (..., C).
    """

    mean: Array
    sd: Array


def pooled_effects(*, estimate: Array, error: Array) -> PooledEffects:
    """The posterior of effects with these estimates and standard errors, (..., C): a problem for each leading index.

    An estimate that is NaN, or has an error of NaN or infinity, tells nothing: its group gets the common mean. An
    effect with an error of 0 is known, and stays as it is. Without any estimate the answer is NaN.

    >>> pooled = pooled_effects(estimate=np.array([1.0, 0.0, 0.2, 0.5]), error=np.array([0.3, 0.3, 0.1, np.inf]))
    >>> pooled.mean.round(2).tolist(), pooled.sd.round(2).tolist()
    ([0.66, 0.16, 0.22, 0.35], [0.32, 0.25, 0.1, 0.7])
    """
    known = np.isfinite(estimate) & np.isfinite(error)
    y, variance = np.where(known, estimate, 0.0), np.where(known, error, 0.0) ** 2
    s = _median_error(np.where(known & (error > 0), error, np.nan))
    scales = np.tan(np.pi / 2 * (np.arange(GRID) + 0.5) / GRID)
    fits = [_at_scale(y, variance, known, tau=scale * s) for scale in scales]
    log_weight = np.stack([fit[0] for fit in fits])
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight /= weight.sum(axis=0)
    mean = sum(w[..., None] * fit[1] for w, fit in zip(weight, fits, strict=True))
    square = sum(w[..., None] * (fit[2] + fit[1] ** 2) for w, fit in zip(weight, fits, strict=True))
    told = known.any(axis=-1, keepdims=True)
    sd = np.sqrt(np.maximum(square - mean**2, 0.0))
    return PooledEffects(np.where(told, mean, np.nan), np.where(told, sd, np.nan))


def _median_error(error: Array) -> Array:
    """The median over groups, (...); 1 where no error is above 0, when the scale is of no consequence."""
    ordered = np.sort(error, axis=-1)  # NaN last
    count = np.isfinite(ordered).sum(axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    ends = [np.take_along_axis(ordered, np.minimum(at, error.shape[-1] - 1)[..., None], -1) for at in (low, high)]
    return np.asarray(np.where(count > 0, 0.5 * (ends[0] + ends[1])[..., 0], 1.0))


def _at_scale(y: Array, variance: Array, known: Mask, *, tau: Array) -> tuple[Array, Array, Array]:
    """Log density of the estimates at a scatter tau, (...), and means and variances of the effects there, (..., C)."""
    square = (tau**2)[..., None]
    total = variance + square
    precision = np.where(known, 1.0 / total, 0.0)
    all_precision = np.maximum(precision.sum(axis=-1), np.finfo(float).tiny)
    centre = ((precision * y).sum(axis=-1) / all_precision)[..., None]
    fit = (precision * (y - centre) ** 2).sum(axis=-1)
    log_weight = -0.5 * (np.log(all_precision) + np.where(known, np.log(total), 0.0).sum(axis=-1) + fit)
    pull = np.where(known, variance / total, 1.0)
    own = np.where(known, variance * square / total, square)
    return log_weight, y + pull * (centre - y), own + pull**2 / all_precision[..., None]
