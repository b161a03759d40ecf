"""Opportunities taken with a chance of one's own by customers who never leave: what BG/BB is without dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kundkarriar.numerics.special import rising_factorial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Counted: TypeAlias = "tuple[Array, Array, Array]"


def counted(*, x: Array, n: Array, weights: Array) -> Counted:
    """Customers with more than j opportunities taken, not taken, and had, j = 0, 1, ....

    >>> counted(x=np.array([1.0]), n=np.array([3.0]), weights=np.array([2.0]))
    (array([2.]), array([2., 2.]), array([2., 2., 2.]))
    """
    above = rising_factorial.above
    return above(x, weights), above(n - x, weights), above(n, weights)


def total(seen: Counted, *, alpha: float, beta: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers' sequences, its gradient (2,) and Hessian (2, 2), in (alpha, beta)."""
    taken, refused, had = (
        rising_factorial.total(base, counts) for base, counts in zip((alpha, beta, alpha + beta), seen, strict=True)
    )
    gradient = np.array([taken[1], refused[1]]) - had[1]
    hessian = np.diag([taken[2], refused[2]]) - had[2]
    return taken[0] + refused[0] - had[0], gradient, hessian
