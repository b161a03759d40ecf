"""Expectation of a positive function of a probability p ~ Beta(a, b), to full precision at any a and b.

In y = logit p the beta's density is smooth, has one mode, and falls like e^(ay) on the left and e^(-by) on the right.
The trapezoidal rule on the whole line is then exact to double precision with steps of a fifth of a unit, or of a third
of the width of a narrow peak. Where the integrand is an exponential tail, the rest of the sum is a geometric series and
is added in closed form; so an a of 1e-12 needs no more steps. All terms are positive. Gauss-Jacobi quadrature, the
alternative, misses a function that falls long before the mean of p.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial.polynomial import polyval

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import bisected
from kundkarriar.numerics.special.gamma_ratio import LOG_2_PI, stirling_remainder

STEP, FEWEST = 0.2, 64
"""The longest step in y, and the fewest steps. Against 50 digits, with a, b and the exponents of g from e^-28 to e^28,
the error of the logarithm of the mean is below 1e-13."""
EXACT = 40.0
"""Beyond e^-40 a tail is exponential to the last digit."""
NEGLIGIBLE = 50.0
"""Terms below e^-50 of the largest are left out."""
GOLDEN = 50
AT_ONCE = 2**18
"""Numbers in memory at once."""
LOG1P_TERMS = [(-1) ** (k + 1) / k for k in range(2, 17)]
"""Of (ln(1 + w) - w) / w^2 and (e^v - 1 - v) / v^2, exact to the last digit for |w| < .11 and |v| < .1."""
EXPM1_TERMS = [1 / float(np.prod(np.arange(1.0, k + 1))) for k in range(2, 12)]
NEAR, NARROW = 0.1, 100.0
"""Where a and b are both above 100, the terms of the log density cancel within 0.1 of its mode."""


def log_expectation(
    log_g: Callable[..., Array], *given: Array, a: Array, b: Array, steepness: Array, power_at_zero: float = 0.0
) -> Array:
    """Logarithm of E[g(p)] over p ~ Beta(a, b), (n,), with a and b above 0.

    `log_g` is ln g of p and `given`, each (n,), which broadcast. The integrand must keep one mode, and g tend to a
    constant at p = 1. `steepness` is the absolute derivative of ln g in p at p = 0, (n,); far below 1 / steepness, g is
    proportional to p to the `power_at_zero`.

    >>> one = np.ones(1)
    >>> float(np.exp(log_expectation(lambda p: -np.log1p(p), a=one, b=one, steepness=one))[0].round(6))  # ln 2
    0.693147
    """
    if not len(a):
        return np.empty(0)
    columns = (a, b, *given)

    def log_integrand(u: Array, rows: Any = slice(None)) -> Array:
        return _log_integrand(log_g, u, *(column[rows] for column in columns))

    middle, reach = np.log(a) - np.log(b), EXACT + np.log1p(a + b + steepness)
    low, high = -reach - middle, reach - middle
    mode = _mode(log_integrand, low, high)
    maximum = log_integrand(mode)
    low, left_tail = _truncation(log_integrand, low, mode, floor=maximum - NEGLIGIBLE)
    high, right_tail = _truncation(log_integrand, high, mode, floor=maximum - NEGLIGIBLE)
    steps = FEWEST * 2.0 ** np.ceil(np.log2(np.maximum((high - low) / (STEP * FEWEST), 1.0)))
    total = np.empty_like(maximum)
    for count in np.unique(steps):
        rows = np.flatnonzero(steps == count)
        size = max(1, int(AT_ONCE / count))
        for some in (rows[start : start + size] for start in range(0, len(rows), size)):
            step = (high[some] - low[some]) / count
            u = low[some, None] + step[:, None] * np.arange(count + 1)
            terms = np.exp(log_integrand(u, (some, None)) - maximum[some, None])
            with np.errstate(over="ignore"):  # a tail that falls at once
                before = np.where(left_tail[some], terms[:, 0] / np.expm1((a[some] + power_at_zero) * step), 0.0)
                after = np.where(right_tail[some], terms[:, -1] / np.expm1(b[some] * step), 0.0)
            total[some] = step * (terms.sum(axis=1) + before + after)
    return np.asarray(np.log(total) + maximum + log_density_at_mode(a, b))


def log_density_at_mode(a: Array, b: Array) -> Array:
    """Log density of logit p at log(a / b), p ~ Beta(a, b), (n,).

    >>> float(np.exp(log_density_at_mode(np.ones(1), np.ones(1)))[0].round(6))  # p (1 - p) at one half
    0.25
    """
    less, more = np.minimum(a, b), np.maximum(a, b)
    leading = 0.5 * (np.log(less) - np.log1p(less / more) - LOG_2_PI)
    return np.asarray(leading + stirling_remainder(a + b) - stirling_remainder(a) - stirling_remainder(b))


def drop_from_mode(u: Array, *, a: Array, b: Array) -> Array:
    """Log density of logit p at its mode log(a / b), less that at log(a / b) + u, >= 0.

    (a + b) [ln(1 + m (e^u - 1)) - m u] with m = a / (a + b), or the mirror image where b is the smaller. In a narrow
    beta the linear terms of the two logarithms are dropped, because they cancel.

    >>> drop = drop_from_mode(np.array([np.log(3.0)]), a=np.ones(1), b=np.ones(1))
    >>> float(np.exp(-drop)[0].round(6))  # p (1 - p) at 3/4
    0.75
    """
    less = np.minimum(a, b)
    share = less / (a + b)
    v = np.where(a <= b, u, -u)
    with np.errstate(over="ignore"):
        drop = np.asarray((a + b) * np.log1p(share * np.expm1(v)) - less * v)
    near = (np.abs(v) < NEAR) & (less > NARROW)
    if near.any():
        share, both, v = (np.broadcast_to(part, near.shape)[near] for part in (share, a + b, v))
        w = share * np.expm1(v)
        drop[near] = both * (w * w * polyval(w, LOG1P_TERMS) + share * (v * v * polyval(v, EXPM1_TERMS)))
    return drop


def _log_integrand(log_g: Callable[..., Array], u: Array, a: Array, b: Array, *given: Array) -> Array:
    """Ln g(p) plus the log density of logit p, at logit p = log(a / b) + u, less the density at its mode."""
    p = 1.0 / (1.0 + b / a * np.exp(-u))
    return log_g(p, *given) - drop_from_mode(u, a=a, b=b)


def _mode(log_integrand: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Argument at which `log_integrand` is largest, (n,), roughly: golden-section search."""
    share = (np.sqrt(5.0) - 1) / 2
    inner, outer = high - share * (high - low), low + share * (high - low)
    at_inner, at_outer = log_integrand(inner), log_integrand(outer)
    for _ in range(GOLDEN):
        right = at_inner < at_outer
        low, high = np.where(right, inner, low), np.where(right, high, outer)
        new = np.where(right, low + share * (high - low), high - share * (high - low))
        at_new = log_integrand(new)
        inner, outer = np.where(right, outer, new), np.where(right, new, inner)
        at_inner, at_outer = np.where(right, at_outer, at_new), np.where(right, at_new, at_inner)
    return 0.5 * (low + high)


def _truncation(log_integrand: Callable[[Array], Array], end: Array, mode: Array, *, floor: Array) -> tuple[Array, Any]:
    """Last argument of the sum between the mode and `end`, (n,), and whether a tail beyond `end` remains, (n,)."""
    tail = log_integrand(end) > floor
    outside, _ = bisected(lambda u: log_integrand(u) < floor, end, mode, halvings=32)
    return np.where(tail, end, outside), tail
