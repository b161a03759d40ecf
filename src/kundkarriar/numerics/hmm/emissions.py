"""Emission distributions of the hidden Markov model: negative binomial counts, and Poisson counts as their limit.

With mean m and size k the variance is m + m^2 / k; k infinite is Poisson. Opening counts are those of a month that
began with the purchase by which the customer became known: they are zero-truncated. All functions are elementwise:
counts (U,) against means and sizes (S, 1) give (S, U).
"""

import numpy as np
from scipy.special import digamma, gammaln, xlogy

from kundkarriar.arrays import Array

NONE = np.zeros(1)
"""The count of a month without a purchase."""


def log_counts(y: Array, *, m: Array, k: Array) -> Array:
    """Log probability of counts `y` with means m > 0 and sizes k.

    >>> np.exp(log_counts(np.array([0.0, 1.0]), m=np.array([[2.0], [2.0]]), k=np.array([[1.0], [np.inf]]))).round(4)
    array([[0.3333, 0.2222],
           [0.1353, 0.2707]])
    """
    poisson = np.isinf(k)
    size = np.where(poisson, 1.0, k)
    spread = gammaln(size + y) - gammaln(size) - (size + y) * np.log1p(m / size) - xlogy(y, size)
    return np.asarray(xlogy(y, m) - gammaln(y + 1) + np.where(poisson, -m, spread))


def log_opening(y: Array, *, m: Array, k: Array) -> Array:
    """Log probability of counts given at least one purchase; of 0 as in `log_counts`."""
    log_purchase = np.log(-np.expm1(log_counts(NONE, m=m, k=k)))
    return log_counts(y, m=m, k=k) - np.where(y > 0, log_purchase, 0.0)


def gradient(y: Array, *, m: Array, k: Array) -> tuple[Array, Array]:
    """Derivatives of `log_counts` in ln m and in ln k; 0 in ln k for Poisson counts."""
    poisson = np.isinf(k)
    size = np.where(poisson, 1.0, k)
    in_m = (y - m) * np.where(poisson, 1.0, size / (size + m))
    in_k = size * (digamma(size + y) - digamma(size) - np.log1p(m / size) + (m - y) / (size + m))
    return in_m, np.where(poisson, 0.0, in_k)


def opening_gradient(y: Array, *, m: Array, k: Array) -> tuple[Array, Array]:
    """Derivatives of `log_opening` in ln m and in ln k."""
    zero = log_counts(NONE, m=m, k=k)
    odds = np.exp(zero) / -np.expm1(zero) * (y > 0)
    plain, empty = gradient(y, m=m, k=k), gradient(NONE, m=m, k=k)
    return plain[0] + odds * empty[0], plain[1] + odds * empty[1]
