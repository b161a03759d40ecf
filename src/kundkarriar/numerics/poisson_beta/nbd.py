"""NBD: purchases are Poisson, rates differ by a gamma, nobody leaves.

Ehrenberg, A. S. C. (1959), "The pattern of consumer purchases", Applied Statistics 8(1). Written for
histories that start with a first purchase, as in Fader, Hardie & Lee (2005), Marketing Science 24(2).
`x` and `T` keep the papers' names: repeat purchases, and the age in any unit of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.poisson_beta.statistics import PurchaseTable

    Array = NDArray[np.float64]


FEW_STEPS, LARGE = 32, 1e15


def chances(x: Array) -> Array:
    """How many times a customer with `x` repeat purchases may have left: never, (n,)."""
    return np.zeros_like(x)


def log_likelihood(*, x: Array, T: Array, r: Any, alpha: Any) -> Array:
    """Log-likelihood of each history (the order of purchases included), (n,).

    ln Γ(r + x) - ln Γ(r) + r ln(alpha) - (r + x) ln(alpha + T)

    >>> log_likelihood(x=np.array([2.0]), T=np.array([38.86]), r=0.385, alpha=12.07).round(4)
    array([-9.044])
    """
    return np.asarray(log_rising(r, x) - x * np.log(alpha + T) - r * np.log1p(T / alpha))


def total(table: PurchaseTable, *, r: float, alpha: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (2,) and Hessian (2, 2), in (r, alpha)."""
    j = r + np.arange(len(table.buyers))
    age = alpha + table.ages
    # r ln(alpha / age) and its slopes as one: where r and alpha are large, two terms of r n ln(alpha) leave no digits
    aged, slower = table.age_n @ np.log1p(table.ages / alpha), table.ages / (alpha * age)
    cross = table.age_n @ slower
    value = table.buyers @ np.log(j) - table.age_x @ np.log(age) - r * aged
    gradient = np.array([(table.buyers / j).sum() - aged, r * cross - (table.age_x / age).sum()])
    bend = table.age_n @ (slower * (1 / alpha + 1 / age))
    hessian = np.array(
        [[-(table.buyers / j**2).sum(), cross], [cross, -r * bend + (table.age_x / age**2).sum()]],
    )
    return float(value), gradient, hessian


def log_rising(start: Any, steps: Array) -> Array:
    """Difference ln Γ(start + steps) - ln Γ(start) for whole `steps`: the sum of ln(start + j) for j < steps.

    Summed rather than subtracted: the difference of two log-gammas loses every digit for a large `start`. Where
    rows or draws have a start of their own, few steps are multiplied, and many are left to `log_gamma_ratio`.

    Args:
        start: a number, (n,) one a row, or draws, (1, S) or (n, S).
        steps: whole numbers, (n,), beside draws (n, 1).
    """
    if np.ndim(start):
        few = steps.ravel() <= FEW_STEPS
        if np.max(start, initial=0.0) > LARGE:  # sixteen factors would overflow
            return log_gamma_ratio(start, steps)
        if few.all():
            return _log_product(start, steps)
        risen = np.empty(np.broadcast_shapes(np.shape(start), steps.shape))
        own = len(start) == len(steps)
        risen[few] = _log_product(start[few] if own else start, steps[few])
        risen[~few] = log_gamma_ratio(start[~few] if own else start, steps[~few])
        return risen
    whole = steps.astype(np.int64)
    table = np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(whole.max(initial=0))))])
    return table[whole]


def _log_product(start: Array, steps: Array) -> Array:
    """The sum of ln(start + j) for j < steps, few of them: sixteen factors share a logarithm."""
    shape = np.broadcast_shapes(start.shape, steps.shape)
    risen, product = np.zeros(shape), np.ones(shape)
    for j in range(int(steps.max(initial=0.0))):
        product *= np.where(steps > j, start + j, 1.0)
        if j % 16 == 15:
            risen += np.log(product)
            product[:] = 1.0
    return risen + np.log(product)
