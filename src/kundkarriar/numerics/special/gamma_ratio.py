"""Ratios of gamma functions to full precision at arguments of any size, and the remainder of Stirling's formula."""

from typing import Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.arrays import Array

LOG_2_PI = float(np.log(2 * np.pi))
LARGE = 40.0
"""From this argument on, four terms of Stirling's series are exact to the last digit."""


def log_gamma_ratio(start: Any, steps: Any) -> Array:
    """Difference ln Γ(start + steps) - ln Γ(start), elementwise.

    Where both arguments are large, Stirling's series is subtracted term by term: the difference of two log-gammas of
    1e9 has no correct digits. `start` is above 0, `steps` any real number above -start.

    >>> log_gamma_ratio(np.array([0.5, 1e12]), np.array([2.0, 1.0])).round(6)
    array([-0.287682, 27.631021])
    """
    start, steps = np.asarray(start, dtype=float), np.asarray(steps, dtype=float)
    large = np.minimum(start, start + steps) >= LARGE
    if large.all():
        return _log_gamma_ratio_by_series(start, steps)
    by_logs = np.asarray(gammaln(start + steps) - gammaln(start))
    if large.any():
        wide = np.broadcast_arrays(start, steps)
        by_logs[large] = _log_gamma_ratio_by_series(*(part[large] for part in wide))
    return by_logs


def _log_gamma_ratio_by_series(start: Array, steps: Array) -> Array:
    """Difference by Stirling's formula; start and start + steps are at least 40."""
    end = start + steps
    # from `steps` itself: the difference of two large numbers would have lost its digits
    leading = (start - 0.5) * np.log1p(steps / start) + steps * (np.log(end) - 1.0)
    return np.asarray(leading + stirling_series(end) - stirling_series(start))


def stirling_remainder(z: Any) -> Array:
    """Remainder of Stirling's formula: ln Γ(z) less (z - 1/2) ln z - z + ln(2 pi) / 2, elementwise, z > 0.

    >>> stirling_remainder(np.array([1.0, 1e12])).round(6)
    array([0.081061, 0.      ])
    """
    z = np.asarray(z, dtype=float)
    large = z >= LARGE
    if large.all():
        return stirling_series(z)
    near = np.where(large, 1.0, z)
    by_logs = gammaln(near) - (near - 0.5) * np.log(near) + near - 0.5 * LOG_2_PI
    return np.where(large, stirling_series(np.where(large, z, LARGE)), by_logs)


def stirling_series(z: Array) -> Array:
    """Stirling's series of the same remainder, elementwise, z >= 40."""
    inverse = 1.0 / z
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
