"""The scale of a stated effect: how much of it a comparison has shown, with what was stated as the prior."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri


class EffectScale(NamedTuple):
    """The scale s of an effect, of which 1 is as stated and 0 none: a normal posterior.

    Attributes:
        mean, sd: of the posterior.
        weight: share of what was measured in the mean; the rest is the prior's.
    """

    mean: float
    sd: float
    weight: float


def posterior_scale(*, estimate: float, error: float, prior_sd: float) -> EffectScale:
    """The posterior of the scale, with prior N(1, prior_sd^2) and an estimate of standard error `error` > 0.

    >>> posterior_scale(estimate=0.0, error=1.0, prior_sd=1.0)
    EffectScale(mean=0.5, sd=0.7071067811865476, weight=0.5)
    """
    weight = prior_sd**2 / (prior_sd**2 + error**2)
    return EffectScale(1.0 + weight * (estimate - 1.0), float(prior_sd * np.sqrt(1.0 - weight)), weight)


def stated_sd(*, mean: float, low: float, high: float, level: float, multiplies: bool) -> float:
    """Standard deviation of the scale by the stated range, the central interval of probability `level`.

    A multiplier m acts at scale s as m^s, so that its logarithm is scaled; money is scaled itself. NaN of an effect
    that changes nothing, or may be a factor of 0.

    >>> round(stated_sd(mean=1.2, low=1.0, high=1.44, level=0.9, multiplies=True), 3)
    0.608
    """
    if multiplies and low <= 0:
        return np.nan
    ends = np.log([low, mean, high]) if multiplies else np.array([low, mean, high])
    return float((ends[2] - ends[0]) / (2 * ndtri((1 + level) / 2) * abs(ends[1]))) if ends[1] else np.nan


def scaled_effect(scale: EffectScale, *, mean: float, level: float, multiplies: bool) -> tuple[float, float, float]:
    """Mean, low and high of the effect under the posterior of its scale; the range has probability `level`.

    >>> scaled_effect(EffectScale(0.5, 0.0, 1.0), mean=1.21, level=0.9, multiplies=True)
    (1.1, 1.1, 1.1)
    """
    size = float(np.log(mean)) if multiplies else mean
    reach = float(ndtri((1 + level) / 2)) * scale.sd * abs(size)
    centre = scale.mean * size
    low, middle, high = centre - reach, centre, centre + reach
    if multiplies:
        middle += (scale.sd * size) ** 2 / 2  # the expectation of a log-normal, kept within the range
        low, middle, high = (float(np.exp(each)) for each in (low, min(middle, high), high))
    return round(middle, 12), round(min(low, middle), 12), round(max(high, middle), 12)
