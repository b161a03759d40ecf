"""Chebyshev interpolation of functions of (x, alpha + T), in ln(alpha + T), for each number of purchases x.

A million customers have some tens of different x, and hundreds of different ages T for each of them. Expectations of
the future of customers who are alive are smooth in ln(alpha + T), so 24 exact values for each x give all others.
"""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev

from kundkarriar.arrays import Array, Whole

POINTS = 24
NODES = chebyshev.chebpts1(POINTS)
TO_COEFFICIENTS = np.linalg.inv(chebyshev.chebvander(NODES, POINTS - 1))
TOLERANCE = 1e-11
"""A series whose last three coefficients add up to more has not converged: its rows are computed one by one."""


def interpolate_over_ages(
    function: Callable[[Array, Array], tuple[Array, ...]], *, x: Array, rate: Array
) -> tuple[Array, ...]:
    """`function(x, rate)` of every row, each part (n,); relative error below 1e-9.

    `function` takes repeat purchases x and `rate` = alpha + T > 0 of some rows, (m,), to positive finite arrays (m,).
    """
    order = np.lexsort((rate, x))
    starts = np.flatnonzero(np.diff(x[order], prepend=np.nan))
    groups = np.split(order, starts[1:]) if len(order) else []
    many = [group for group in groups if len(group) > 2 * POINTS]
    few = [group for group in groups if len(group) <= 2 * POINTS]
    series, unconverged = _series(function, many, x=x, rate=rate)
    rows = np.concatenate([*few, *unconverged, np.empty(0, dtype=np.int64)])
    exact = function(x[rows], rate[rows])
    answers = tuple(np.empty_like(rate) for _ in exact)
    for part, (answer, values) in enumerate(zip(answers, exact, strict=True)):
        answer[rows] = values
        for group, position, coefficients in series:
            answer[group] = np.exp(chebyshev.chebval(position, coefficients[part]))
    return answers


def _series(
    function: Callable[[Array, Array], tuple[Array, ...]], groups: list[Whole], *, x: Array, rate: Array
) -> tuple[list[tuple[Whole, Array, Array]], list[Whole]]:
    """Log series of each group (rows, positions in [-1, 1], coefficients of each part), and unconverged groups."""
    if not groups:
        return [], []
    low, high = (np.log([rate[group[end]] for group in groups])[:, None] for end in (0, -1))
    nodes = np.exp((low + high) / 2 + (high - low) / 2 * NODES)
    counts = np.repeat([x[group[0]] for group in groups], POINTS)
    logs = np.log([part.reshape(nodes.shape) for part in function(counts, nodes.ravel())])
    coefficients = np.einsum("pgk,jk->gpj", logs, TO_COEFFICIENTS)
    converged = (np.abs(coefficients[:, :, -3:]).sum(axis=2) < TOLERANCE).all(axis=1)
    series = [
        (group, (2 * np.log(rate[group]) - low[at] - high[at]) / (high[at] - low[at]), coefficients[at])
        for at, group in enumerate(groups)
        if converged[at]
    ]
    return series, [group for at, group in enumerate(groups) if not converged[at]]
