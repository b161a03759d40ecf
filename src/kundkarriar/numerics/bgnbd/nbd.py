"""NBD: Poisson purchases at gamma-distributed rates, without dropout.

Ehrenberg, A. S. C. (1959), "The pattern of consumer purchases", Applied Statistics 8(1). Written for
histories that start with a first purchase, as in Fader, Hardie & Lee (2005), Marketing Science 24(2).
`x` and `T` keep the papers' names: repeat purchases, and the age in any unit of time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.special.rising_factorial import log_rising_factorial


def log_likelihood(*, x: Array, T: Array, r: Any, alpha: Any) -> Any:
    """Log-likelihood of each history (the order of purchases included), (n,); differentiable where parameters are.

    ln Γ(r + x) - ln Γ(r) + r ln(alpha) - (r + x) ln(alpha + T)

    >>> log_likelihood(x=np.array([2.0]), T=np.array([38.86]), r=0.385, alpha=12.07).round(4)
    array([-9.044])
    """
    return log_rising_factorial(r, x) - x * np.log(alpha + T) - r * np.log1p(T / alpha)


def total(statistics: PurchaseStatistics, *, r: float, alpha: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers with its gradient (2,) and Hessian (2, 2), in (r, alpha)."""
    j = r + np.arange(len(statistics.x_above))
    age = alpha + statistics.ages
    # r ln(alpha / age) as one term: at a large r and alpha, two terms of r n ln(alpha) would leave no digits
    aging, aging_alpha = statistics.age_n @ np.log1p(statistics.ages / alpha), statistics.ages / (alpha * age)
    cross = statistics.age_n @ aging_alpha
    value = statistics.x_above @ np.log(j) - statistics.age_x @ np.log(age) - r * aging
    gradient = np.array([(statistics.x_above / j).sum() - aging, r * cross - (statistics.age_x / age).sum()])
    alpha_alpha = statistics.age_n @ (aging_alpha * (1 / alpha + 1 / age))
    hessian = np.array(
        [[-(statistics.x_above / j**2).sum(), cross], [cross, -r * alpha_alpha + (statistics.age_x / age**2).sum()]]
    )
    return float(value), gradient, hessian
