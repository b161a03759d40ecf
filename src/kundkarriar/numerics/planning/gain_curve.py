"""Gain by the strength of an effect, interpolated between the strengths at which it was evaluated."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import bisected


def break_even_strength(strength: Array, gain: Array, *, cost: float) -> float:
    """Strength at which the gain is `cost`; NaN where no strength up to the strongest is enough.

    At strength 0 the gain is 0. Between the strengths (G,) at which `gain` (G,) was evaluated it is interpolated by a
    monotone piecewise cubic (Fritsch & Carlson 1980, SIAM Journal on Numerical Analysis 17(2)), and it is not
    extrapolated beyond them. Along the logarithm of a factor gains are nearly straight, so that few points are enough.

    >>> round(break_even_strength(np.array([-0.2, -0.1, -0.4]), np.array([18.0, 9.5, 32.0]), cost=18.0), 6)
    -0.2
    """
    if cost <= 0:
        return 0.0
    at, first = np.unique(np.append(strength, 0.0), return_index=True)
    if len(at) == 1:
        return np.nan
    curve = PchipInterpolator(at, np.append(gain, 0.0)[first])
    enough = at[curve(at) >= cost]
    if not len(enough):
        return np.nan
    nearest = float(enough[np.argmin(np.abs(enough))])
    return float(bisected(lambda u: curve(u) < cost, 0.0, nearest, halvings=60)[1])
