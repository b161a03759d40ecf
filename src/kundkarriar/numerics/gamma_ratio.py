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
    start, steps = np.broadcast_arrays(np.asarray(start, dtype=float), np.asarray(steps, dtype=float))
    large = np.minimum(start, start + steps) >= LARGE
    # the steps themselves, not a difference of large numbers, which would have lost their digits
    safe, up = np.where(large, start, LARGE), np.where(large, steps, 0.0)
    risen = safe + up
    by_series = (safe - 0.5) * np.log1p(up / safe) + up * (np.log(risen) - 1.0) + _rest(risen) - _rest(safe)
    if large.all():
        return np.asarray(by_series)
    by_logs = gammaln(np.where(large, 1.0, start + steps)) - gammaln(np.where(large, 1.0, start))
    return np.where(large, by_series, by_logs)


def log_stays(n: Any, *, a: Any, b: Any) -> Array:
    """Log of E[(1 - p)^n] over p ~ Beta(a, b): the chance to stay through `n` occasions to leave, <= 0.

    (b)_n / (a + b)_n; of a small b taken as rising n or a steps, whichever are fewer. a = 0: nobody leaves.

    >>> np.exp(log_stays(np.array([0.0, 1.0, 2.0]), a=1.0, b=1.0)).round(4)
    array([1.    , 0.5   , 0.3333])
    """
    n, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (n, a, b)))
    large = b >= LARGE
    safe = np.where(large, b, LARGE)
    # Stirling's formula of all four, in logarithms of ratios: of a + b in the millions log-gammas leave no digits
    by_series = (safe - 0.5) * np.log1p(a / safe * (n / (a + safe + n))) - n * np.log1p(a / (safe + n))
    by_series += _rest(safe + n) - _rest(safe) - _rest(a + safe + n) + _rest(a + safe) - a * np.log1p(n / (a + safe))
    if large.all():
        return np.asarray(by_series)
    few, many, low = np.minimum(n, a), np.maximum(n, a), np.where(large, 1.0, b)
    return np.where(large, by_series, log_gamma_ratio(low, few) - log_gamma_ratio(low + many, few))


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
