"""Logarithms of rising factorials (a)_k = Γ(a + k) / Γ(a) for whole k: elementwise, and summed over rows.

ln (a)_k is the sum of ln(a + j) over j < k, so a sum over rows needs only the number of rows with k above j. The sum is
exact where two log-gammas cancel (a large a), and its derivatives in a are sums of 1 / (a + j) and -1 / (a + j)^2.
"""

from typing import Any

import numpy as np
from scipy.special import digamma, gammaln, zeta

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.forward_mode import DifferentiableRows, chained
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

FEW_STEPS = 32
OVERFLOWS = 1e15
"""Sixteen factors above this overflow a double."""
LONG = 4096
"""Batches of sums over more counts than this are differences of log-gammas, one for each count that occurs."""


def log_rising_factorial(start: Any, steps: Array) -> Any:
    """Log of the rising factorial (start)_steps: the sum of ln(start + j) over j < steps, for whole `steps`.

    It is summed, because the difference of two log-gammas loses every digit for a large `start`. Where rows or draws
    have a start of their own, few factors are multiplied, and many are left to `log_gamma_ratio`.

    `start` is a number, (n,), draws (1, S) or (n, S), or differentiable rows (n,); `steps` are (n,), (n, 1) beside
    draws.
    """
    if isinstance(start, DifferentiableRows):
        first, second = log_rising_derivatives(start.value, steps)
        return chained(log_rising_factorial(start.value, steps), (start,), (first,), {(0, 0): second})
    if np.ndim(start):
        few = steps.ravel() <= FEW_STEPS
        if np.max(start, initial=0.0) > OVERFLOWS:  # sixteen factors would overflow
            return log_gamma_ratio(start, steps)
        if few.all():
            return _log_product(start, steps)
        logs = np.empty(np.broadcast_shapes(np.shape(start), steps.shape))
        own = len(start) == len(steps)
        logs[few] = _log_product(start[few] if own else start, steps[few])
        logs[~few] = log_gamma_ratio(start[~few] if own else start, steps[~few])
        return logs
    counts = steps.astype(np.int64)
    cumulated = np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(counts.max(initial=0))))])
    return cumulated[counts]


def log_rising_derivatives(start: Any, steps: Array) -> tuple[Array, Array]:
    """First and second derivative of `log_rising_factorial` in `start`, elementwise.

    >>> log_rising_derivatives(2.0, np.array([1.0]))  # of ln(start)
    (array([0.5]), array([-0.25]))
    """
    end = start + steps
    return digamma(end) - digamma(start), zeta(2.0, end) - zeta(2.0, start)


def _log_product(start: Array, steps: Array) -> Array:
    """The same for few steps: one logarithm for every sixteen factors."""
    shape = np.broadcast_shapes(start.shape, steps.shape)
    logs, product = np.zeros(shape), np.ones(shape)
    for j in range(int(steps.max(initial=0.0))):
        product *= np.where(steps > j, start + j, 1.0)
        if j % 16 == 15:
            logs += np.log(product)
            product[:] = 1.0
    return logs + np.log(product)


def counts_above(counts: Array, weights: Array) -> Array:
    """Weight of the rows with a count above j, for j = 0, 1, ..., largest - 1.

    >>> counts_above(np.array([2.0, 0.0, 1.0]), np.array([1.0, 1.0, 5.0]))
    array([6., 1.])
    """
    exactly = np.bincount(counts.astype(np.int64), weights=weights).astype(np.float64)
    return np.cumsum(exactly[::-1])[::-1][1:]


def log_sum(a: float, above: Array) -> tuple[float, float, float]:
    """Sum over rows of weight x ln (a)_k, with its derivatives in a > 0; `above` is `counts_above` of the rows' k.

    >>> float(np.exp(log_sum(1.0, np.array([1.0, 1.0, 1.0]))[0]).round(9))  # 3!
    6.0
    """
    factors = a + np.arange(len(above))
    over = above / factors
    return float(above @ np.log(factors)), float(over.sum()), -float((over / factors).sum())


def log_sum_batch(a: Array, above: Array) -> Array:
    """The same sum without derivatives, for many a at once, (S,).

    It uses einsum instead of `@`, whose threads cost many times more than the sum on a busy machine.

    >>> log_sum_batch(np.array([2.0]), np.array([1.0, 1.0]))  # ln 2 + ln 3
    array([1.79175947])
    """
    if len(above) <= LONG:
        return np.asarray(np.einsum("i,is->s", above, np.log(a + np.arange(len(above))[:, None])))
    exactly = above - np.append(above[1:], 0.0)
    present = np.flatnonzero(exactly)
    log_rising = gammaln(a + (present + 1.0)[:, None]) - gammaln(a)
    return np.asarray(np.einsum("i,is->s", exactly[present], log_rising))
