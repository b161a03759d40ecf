"""Survival function of the beta-geometric distribution, and its sums.

At each opportunity a customer drops out with probability p ~ Beta(a, b): after a purchase (BG/NBD), between purchase
opportunities (BG/BB) or at a renewal (shifted beta-geometric). The probability of surviving k opportunities is
S(k) = E[(1 - p)^k] = B(a, b + k) / B(a, b). `a` and `b` broadcast against each other: (n,), or (n, 1) against (1, S)
draws.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.gamma_ratio import LARGE, log_gamma_ratio, stirling_series

EXACT = 19.0
"""Half of 38: the continued fraction ends at a relative error of exp(-38)."""


def log_survival(n: Any, *, a: Any, b: Any) -> Array:
    """Log of S(n), elementwise, <= 0; n >= 0 need not be whole. a = 0: nobody drops out.

    S(n) = (b)_n / (a + b)_n. For a small b it is a ratio of two rising factorials, each of min(n, a) factors.

    >>> np.exp(log_survival(np.array([0.0, 1.0, 2.0]), a=1.0, b=1.0)).round(4)
    array([1.    , 0.5   , 0.3333])
    """
    n, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (n, a, b)))
    large = b >= LARGE
    if large.all():
        return _log_survival_by_stirling(n, a, b)
    few, many, low = np.minimum(n, a), np.maximum(n, a), np.where(large, 1.0, b)
    by_logs = log_gamma_ratio(low, few) - log_gamma_ratio(low + many, few)
    if large.any():
        by_logs[large] = _log_survival_by_stirling(n[large], a[large], b[large])
    return np.asarray(by_logs)


def _log_survival_by_stirling(n: Array, a: Array, b: Array) -> Array:
    """Log of S(n) by Stirling's formula for all four gammas, in logarithms of ratios; b >= 40.

    The difference of log-gammas of millions has no correct digits where S(n) is near 1.
    """
    end, whole = b + n, a + b
    remainders = stirling_series(end) - stirling_series(b) - stirling_series(whole + n) + stirling_series(whole)
    leading = (b - 0.5) * np.log1p(a / b * (n / (whole + n)))
    return np.asarray(leading - n * np.log1p(a / end) - a * np.log1p(n / whole) + remainders)


def log_survival_by_sum(k: int, *, a: Any, b: Any) -> Array:
    """Log of S(k) as a sum of k terms: a small relative error, also where S(k) is near 1.

    `log_survival` takes any k at once, with a small absolute error.

    >>> float(log_survival_by_sum(1, a=1e-20, b=5.0))
    -2e-21
    """
    return sum((-np.log1p(a / (b + j)) for j in range(k)), start=np.zeros(np.shape(a + b)))


def survival_sequence(upto: int, *, a: Any, b: Any) -> Iterator[Array]:
    """Yield S(1), S(2), ..., S(upto), by S(k + 1) = S(k) (b + k) / (a + b + k)."""
    survival: Array = np.ones(np.broadcast_shapes(np.shape(a), np.shape(b)))
    for k in range(upto):
        survival = survival * ((b + k) / (a + b + k))
        yield survival


def survival_sum(upto: float, *, a: Any, b: Any) -> Array:
    """S(1) + ... + S(upto): the expected number of opportunities survived; infinite where it diverges (a <= 1).

    All terms are positive; the closed form is 0 / 0 at a = 1. `upto` is a whole number or infinite.

    >>> survival_sum(2, a=np.array([1.0, 3.0]), b=np.array([1.0, 4.0])).round(4)
    array([0.8333, 0.9286])
    >>> survival_sum(np.inf, a=np.array([1.0, 3.0]), b=np.array([1.0, 4.0]))
    array([inf,  2.])
    """
    if np.isinf(upto):
        return np.where(a > 1, b / np.where(a > 1, a - 1, 1.0), np.inf)
    return sum(survival_sequence(int(upto), a=a, b=b), start=np.zeros(np.shape(a + b)))


def discounted_survival_sum(upto: float, *, discount_rate: float, a: Any, b: Any) -> Array:
    """Sum of S(k) (1 + discount_rate)^-k over k = 1, ..., `upto`.

    With d the rate, the infinite sum is b / (a + b) / d x 2F1(1, a; a + b + 1; -1/d): Euler's transformation of the
    published 2F1(1, b + 1; a + b + 1; 1/(1 + d)) / (1 + d). Gauss's continued fraction of it has positive terms only;
    its error falls like exp(-2 k / sqrt(1 + 1/d)) with the number of terms k, and it ends below 1e-15.

    The rate is effective, per opportunity, >= 0, and > 0 where `upto`, a whole number, is infinite.

    >>> discounted_survival_sum(np.inf, discount_rate=0.1, a=np.array([3.8]), b=np.array([15.2])).round(4)
    array([3.0089])
    """
    if np.isinf(upto):
        return np.asarray(b / (a + b) / discount_rate * _continued_fraction(a=a, c=a + b + 1, w=1 / discount_rate))
    sequence = survival_sequence(int(upto), a=a, b=b)
    terms = (s * (1 + discount_rate) ** -k for k, s in enumerate(sequence, 1))
    return sum(terms, start=np.zeros(np.shape(a + b)))


def _continued_fraction(*, a: Any, c: Any, w: float) -> Array:
    """2F1(1, a; c; -w) for w > 0 and c > a > 0, from the last term to the first."""
    root = np.sqrt(1 + w)
    last = int(EXACT * root) + 25
    tail: Array = np.full(np.shape(a + c), (1 + root) / 2)  # limit of the terms
    for n in range(last, 0, -1):
        tail = 1 + w * n * (c - a + n - 1) / ((c + 2 * n - 2) * (c + 2 * n - 1)) / tail
        # (c + n - 2) / ((c + 2 n - 3) (c + 2 n - 2)) is 0 / 0 in the first term where c = 1
        over = 1 / c if n == 1 else (c + n - 2) / ((c + 2 * n - 3) * (c + 2 * n - 2))
        tail = 1 + w * (a + n - 1) * over / tail
    return np.asarray(1 / tail)
