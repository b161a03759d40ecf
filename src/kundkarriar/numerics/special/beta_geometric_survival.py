"""Staying with a chance of one's own: at each opportunity a customer leaves with chance theta ~ Beta(a, b).

What BG/BB (between purchase opportunities) and the shifted beta-geometric (between renewals) share. The chance of
staying k times more is S(k) = B(a, b + k) / B(a, b); everything else is a sum of S with positive terms. `a` and `b`
broadcast against each other: (n,), or (n, 1) against (1, S) draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXACT = 19.0
"""-ln of the relative error at which the continued fraction ends, halved: exp(-38)."""


def log_stays_closely(k: int, *, a: Any, b: Any) -> Array:
    """Log of S(k) with a small relative error also where hardly anybody leaves: a sum of k terms.

    `gamma_ratio.log_stays` is the same for any k at once, with a small absolute error.

    >>> float(log_stays_closely(1, a=1e-20, b=5.0))
    -2e-21
    """
    terms = (-np.log1p(a / (b + j)) for j in range(k))
    return _added(terms, like=a + b)


def stays(upto: int, *, a: Any, b: Any) -> Iterator[Array]:
    """S(1), S(2), ..., S(upto), one after the other: S(k + 1) = S(k) (b + k) / (a + b + k).

    >>> [round(float(chance), 4) for chance in stays(3, a=1.0, b=1.0)]
    [0.5, 0.3333, 0.25]
    """
    chance: Array = np.ones(np.broadcast_shapes(np.shape(a), np.shape(b)))
    for k in range(upto):
        chance = chance * ((b + k) / (a + b + k))
        yield chance


def expected_stays(upto: float, *, a: Any, b: Any) -> Array:
    """How often one is expected to stay within `upto` opportunities; infinite for ever where it diverges (a <= 1).

    A sum of positive terms; the closed form divides 0 by 0 at a = 1.

    Args:
        upto: opportunities ahead, a whole number or `inf`.
        a: first parameter of the beta over the chance of leaving.
        b: its second.

    >>> expected_stays(2, a=np.array([1.0, 3.0]), b=np.array([1.0, 4.0])).round(4)
    array([0.8333, 0.9286])
    >>> expected_stays(np.inf, a=np.array([1.0, 3.0]), b=np.array([1.0, 4.0]))
    array([inf,  2.])
    """
    if np.isinf(upto):
        return np.where(a > 1, b / np.where(a > 1, a - 1, 1.0), np.inf)
    return _added(stays(int(upto), a=a, b=b), like=a + b)


def discounted_stays(upto: float, *, discount_rate: float, a: Any, b: Any) -> Array:
    """The same, opportunity k counted (1 + discount_rate)^-k.

    For ever, with d the rate, it is b / (a + b) / d x 2F1(1, a; a + b + 1; -1/d): Euler's transformation of the
    published 2F1(1, b + 1; a + b + 1; 1/(1 + d)) / (1 + d). Gauss's continued fraction of it has positive terms only,
    and its error falls like exp(-2 k / sqrt(1 + 1/d)) with the number of terms k; it ends below 1e-15.

    Args:
        upto: opportunities ahead, a whole number or `inf`.
        discount_rate: per opportunity, effective, >= 0; > 0 where `upto` is infinite.
        a: first parameter of the beta over the chance of leaving.
        b: its second.

    >>> discounted_stays(np.inf, discount_rate=0.1, a=np.array([3.8]), b=np.array([15.2])).round(4)
    array([3.0089])
    """
    if np.isinf(upto):
        return np.asarray(b / (a + b) / discount_rate * _fraction(a=a, c=a + b + 1, w=1 / discount_rate))
    chances = stays(int(upto), a=a, b=b)
    return _added((chance * (1 + discount_rate) ** -(k + 1) for k, chance in enumerate(chances)), like=a + b)


def _added(parts: Iterator[Array], *, like: Any) -> Array:
    total: Array = np.zeros(np.shape(like))
    for part in parts:
        total = total + part
    return total


def _fraction(*, a: Any, c: Any, w: float) -> Array:
    """2F1(1, a; c; -w) for w > 0 and c > a > 0, from the last term to the first."""
    root = np.sqrt(1 + w)
    last = int(EXACT * root) + 25
    tail: Array = np.full(np.shape(a + c), (1 + root) / 2)  # what the terms tend to
    for n in range(last, 0, -1):
        tail = 1 + w * n * (c - a + n - 1) / ((c + 2 * n - 2) * (c + 2 * n - 1)) / tail
        tail = 1 + w * (a + n - 1) * _over(c, n) / tail
    return np.asarray(1 / tail)


def _over(c: Any, n: int) -> Any:
    """(c + n - 2) / ((c + 2n - 3) (c + 2n - 2)), without 0 / 0 for the first term."""
    return 1 / c if n == 1 else (c + n - 2) / ((c + 2 * n - 3) * (c + 2 * n - 2))
