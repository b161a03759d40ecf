"""Ratios of gamma functions with all their digits, whatever the size of the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LOG_2_PI = float(np.log(2 * np.pi))
LARGE = 40.0
"""From here on Stirling's series is exact to the last digit with four terms."""


def log_gamma_ratio(start: Any, steps: Any) -> Array:
    """Difference ln Γ(start + steps) - ln Γ(start), elementwise.

    Where both are large, Stirling's series is subtracted term by term: two log-gammas of 1e9 have no digits left
    for their difference.

    Args:
        start: > 0.
        steps: whole or not, > -start.

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
    """By Stirling's formula; start and start + steps at least 40."""
    risen = start + steps
    # the steps themselves, not a difference of large numbers, which would have lost their digits
    grown = (start - 0.5) * np.log1p(steps / start) + steps * (np.log(risen) - 1.0)
    return np.asarray(grown + _rest(risen) - _rest(start))


def log_stays(n: Any, *, a: Any, b: Any) -> Array:
    """Log of E[(1 - p)^n] over p ~ Beta(a, b): the chance to stay through `n` occasions to leave, <= 0.

    (b)_n / (a + b)_n; of a small b taken as rising n or a steps, whichever are fewer. a = 0: nobody leaves.

    >>> np.exp(log_stays(np.array([0.0, 1.0, 2.0]), a=1.0, b=1.0)).round(4)
    array([1.    , 0.5   , 0.3333])
    """
    n, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (n, a, b)))
    large = b >= LARGE
    if large.all():
        return _log_stays_by_series(n, a, b)
    few, many, low = np.minimum(n, a), np.maximum(n, a), np.where(large, 1.0, b)
    by_logs = log_gamma_ratio(low, few) - log_gamma_ratio(low + many, few)
    if large.any():
        by_logs[large] = _log_stays_by_series(n[large], a[large], b[large])
    return np.asarray(by_logs)


def _log_stays_by_series(n: Array, a: Array, b: Array) -> Array:
    """By Stirling's formula of all four gammas, in logarithms of ratios; b >= 40.

    Log-gammas of millions leave no digits for a difference that is not large.
    """
    risen, whole = b + n, a + b
    rests = _rest(risen) - _rest(b) - _rest(whole + n) + _rest(whole)
    grown = (b - 0.5) * np.log1p(a / b * (n / (whole + n)))
    return np.asarray(grown - n * np.log1p(a / risen) - a * np.log1p(n / whole) + rests)


def stirling_rest(z: Any) -> Array:
    """What Stirling's formula adds to (z - 1/2) ln z - z + ln(2 pi) / 2 for ln Γ(z), elementwise, z > 0.

    >>> stirling_rest(np.array([1.0, 1e12])).round(6)
    array([0.081061, 0.      ])
    """
    z = np.asarray(z, dtype=float)
    large = z >= LARGE
    if large.all():
        return _rest(z)
    near = np.where(large, 1.0, z)
    by_logs = gammaln(near) - (near - 0.5) * np.log(near) + near - 0.5 * LOG_2_PI
    return np.where(large, _rest(np.where(large, z, LARGE)), by_logs)


def _rest(z: Array) -> Array:
    """What Stirling's formula adds to (z - 1/2) ln z - z + ln(2 pi) / 2."""
    inverse = 1.0 / z
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
