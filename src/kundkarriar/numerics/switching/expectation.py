"""Expected purchases and time on of customers with given rates, who are on or off now.

With k = mu + nu and pi = nu / k, the probability of being on at t is pi + (p - pi) exp(-k t) where p is 1 now on, 0 now
off. All else integrates it. Arrays broadcast; each function returns the values given on and given off.
"""

import math
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit
from kundkarriar.numerics.switching.kernel import SwitchingKernel

SLOW, NODES = 0.1, 24
"""Below so many switches within the horizon the time on of who is off now is integrated by so many nodes."""


def p_on(t: float, *, leaving: Array, returning: float) -> tuple[Array, Array]:
    """Probability of being on at `t`."""
    k = leaving + returning
    apart = np.exp(-k * t)
    return (returning + leaving * apart) / k, returning * -np.expm1(-k * t) / k


def time_on(horizon: float, *, leaving: Array, returning: Any, discount_rate: float = 0.0) -> tuple[Array, Array]:
    """Expected integral of exp(-discount_rate t) over the time on within `horizon`, which may be infinite."""
    k = leaving + returning
    apart = annuity(k + discount_rate, horizon)
    if math.isinf(horizon):
        off = returning / (discount_rate * (k + discount_rate))
    else:
        off = returning * (annuity(discount_rate, horizon) - apart) / k
        if (slow := k * horizon < SLOW).any():  # the two annuities are nearly equal
            t, weights = (each * horizon for each in gauss_legendre_unit(NODES))
            later = -np.expm1(-k[slow, None] * t) / k[slow, None]
            off[slow] = np.broadcast_to(returning, k.shape)[slow] * ((later * np.exp(-discount_rate * t)) @ weights)
    return off + apart, off


def annuity(rate: Array | float, horizon: float) -> Array:
    """The integral of exp(-rate t) over t from 0 to `horizon`; the horizon itself at a rate of 0."""
    rate = np.asarray(rate, dtype=np.float64)
    if math.isinf(horizon):
        return 1.0 / rate
    small = rate * horizon < 1e-9
    return np.where(small, horizon, -np.expm1(-rate * horizon) / np.where(small, 1.0, rate))


def p_no_purchase(horizon: Array | float, *, rate: Array, leaving: Array, returning: float) -> tuple[Array, Array]:
    """Probability of no purchase within `horizon`, a number, or (n, 1) beside rates (J,), given on and given off."""
    kernel = SwitchingKernel.of(rate, leaving, np.full_like(rate, returning))
    return np.exp(kernel.on_or_off.log(np.asarray(horizon))), np.exp(
        kernel.log_no_purchase_from_off(np.asarray(horizon))
    )
