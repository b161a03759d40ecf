"""Order values without scatter, where Gamma-Gamma has no shape: one price for all, or one of each customer."""

import numpy as np

from kundkarriar.arrays import Array

NO_SCATTER = float(np.exp(-4.0))
"""Standard deviation over mean of one customer's orders, 1.8 %, at a shape p of e^8, where the search for p ends."""
EQUAL = 1e-9
"""Relative difference up to which amounts are equal: sums and means of one price round."""


def equal_price(values: Array) -> float | None:
    """The one value of all of `values`, (m,), above 0; None where they differ, or there are none.

    >>> equal_price(np.array([9.9, 9.9])), equal_price(np.array([9.9, 10.9]))
    (9.9, None)
    """
    if not len(values) or values.max() - values.min() > EQUAL * values.max():
        return None
    return float(np.median(values))


def scatter_within(*, first: Array, x: Array, m: Array, weights: Array) -> float | None:
    """Pooled standard deviation over mean of the orders of one customer, from first orders and means of later ones.

    `first` and `m` are above 0 in the rows that tell, (n,); None without any. The difference of the first order and the
    mean of x others has 1 + 1/x times the variance of an order.

    >>> rows = {"x": np.array([1.0, 3.0]), "m": np.array([10.0, 30.0]), "weights": np.ones(2)}
    >>> scatter_within(first=np.array([10.0, 30.0]), **rows), scatter_within(first=np.zeros(2), **rows)
    (0.0, None)
    """
    both = (first > 0) & (x > 0)
    if not both.any():
        return None
    first, x, m, weights = (values[both] for values in (first, x, m, weights))
    relative = (first - m) * (x + 1) / (first + x * m)
    return float(np.sqrt(np.sum(weights * relative**2 * x / (x + 1)) / np.sum(weights)))
