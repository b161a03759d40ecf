"""NBD: purchases are Poisson, rates differ by a gamma, nobody leaves.

Ehrenberg, A. S. C. (1959), "The pattern of consumer purchases", Applied Statistics 8(1). Written for
histories that start with a first purchase, as in Fader, Hardie & Lee (2005), Marketing Science 24(2).
`x` and `T` keep the papers' names: repeat purchases, and the age in any unit of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.purchase_table import PurchaseTable

    Array = NDArray[np.float64]


FEW_STEPS = 32


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
    log_alpha, log_age = np.log(alpha), np.log(age)
    rates = r * table.age_n + table.age_x
    value = table.buyers @ np.log(j) + r * table.n * log_alpha - rates @ log_age
    gradient = np.array(
        [
            (table.buyers / j).sum() + table.n * log_alpha - table.age_n @ log_age,
            r * table.n / alpha - (rates / age).sum(),
        ]
    )
    cross = table.n / alpha - (table.age_n / age).sum()
    hessian = np.array(
        [
            [-(table.buyers / j**2).sum(), cross],
            [cross, -r * table.n / alpha**2 + (rates / age**2).sum()],
        ]
    )
    return float(value), gradient, hessian


def log_rising(start: Any, steps: Array) -> Array:
    """Difference ln Γ(start + steps) - ln Γ(start) for whole `steps`: the sum of ln(start + j) for j < steps.

    Summed rather than subtracted: the difference of two log-gammas loses every digit for a large `start`. Where
    rows or draws have a start of their own, few steps are multiplied, and for many ln Γ(steps) - ln B(start, steps)
    stands for the sum: scipy's beta is asymptotic for a large start.
    """
    if np.ndim(start) and steps.max(initial=0.0) <= FEW_STEPS:
        return _log_product(np.asarray(start, dtype=float), steps)
    if np.ndim(start) == 2:
        few = steps[:, 0] <= FEW_STEPS
        many = start if len(start) == 1 else start[~few]
        risen = np.empty((len(steps), np.shape(start)[1]))
        risen[few] = _log_product(start if len(start) == 1 else start[few], steps[few])
        risen[~few] = gammaln(steps[~few]) - betaln(many, steps[~few])
        return risen
    if np.ndim(start):
        some = steps > 0
        risen = gammaln(np.where(some, steps, 1.0)) - betaln(start, np.where(some, steps, 1.0))
        return np.where(some, risen, 0.0)
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
