"""Functions of purchases and age, read off a Chebyshev series in the logarithm of age for each number of purchases.

A million customers have some tens of different x, and hundreds of different ages of each. What lies ahead of the
living is smooth in ln(alpha + T), so two dozen exact values for each x give all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import chebyshev

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

POINTS = 24
NODES = chebyshev.chebpts1(POINTS)
TO_SERIES = np.linalg.inv(chebyshev.chebvander(NODES, POINTS - 1))
TOLERANCE = 1e-11
"""A series whose last three terms are larger has not converged: its rows are computed one by one instead."""


def along_ages(function: Callable[[Array, Array], tuple[Array, ...]], *, x: Array, rate: Array) -> tuple[Array, ...]:
    """`function(x, rate)` for every row, each part (n,), within 1e-9 relative.

    Args:
        function: of x and rate, each (m,); gives one or more arrays of positive finite values, each (m,).
        x: repeat purchases, (n,).
        rate: alpha + T, (n,), > 0.

    >>> x, rate = np.zeros(1000), np.linspace(5.0, 100.0, 1000)
    >>> (root,) = along_ages(lambda x, rate: (np.sqrt(rate),), x=x, rate=rate)
    >>> bool(np.abs(root / np.sqrt(rate) - 1).max() < 1e-13)
    True
    """
    order = np.lexsort((rate, x))
    starts = np.flatnonzero(np.diff(x[order], prepend=np.nan))
    groups = np.split(order, starts[1:]) if len(order) else []
    many = [group for group in groups if len(group) > 2 * POINTS]
    few = [group for group in groups if len(group) <= 2 * POINTS]
    series, unsettled = _series(function, many, x=x, rate=rate)
    rows = np.concatenate([*few, *unsettled, np.empty(0, dtype=np.int64)])
    exact = function(x[rows], rate[rows])
    answers = tuple(np.empty_like(rate) for _ in exact)
    for part, (answer, values) in enumerate(zip(answers, exact, strict=True)):
        answer[rows] = values
        for group, position, terms in series:
            answer[group] = np.exp(chebyshev.chebval(position, terms[part]))
    return answers


def _series(
    function: Callable[[Array, Array], tuple[Array, ...]], groups: list[NDArray[np.int64]], *, x: Array, rate: Array
) -> tuple[list[tuple[NDArray[np.int64], Array, Array]], list[NDArray[np.int64]]]:
    """For each group its rows, their positions in [-1, 1], and the terms of each part's logarithm; and who has none."""
    if not groups:
        return [], []
    low, high = (np.log([rate[group[end]] for group in groups])[:, None] for end in (0, -1))
    nodes = np.exp((low + high) / 2 + (high - low) / 2 * NODES)
    counts = np.repeat([x[group[0]] for group in groups], POINTS)
    logs = np.log([part.reshape(nodes.shape) for part in function(counts, nodes.ravel())])
    terms = np.einsum("pgk,jk->gpj", logs, TO_SERIES)
    settled = (np.abs(terms[:, :, -3:]).sum(axis=2) < TOLERANCE).all(axis=1)
    series = [
        (group, (2 * np.log(rate[group]) - low[at] - high[at]) / (high[at] - low[at]), terms[at])
        for at, group in enumerate(groups)
        if settled[at]
    ]
    return series, [group for at, group in enumerate(groups) if not settled[at]]
