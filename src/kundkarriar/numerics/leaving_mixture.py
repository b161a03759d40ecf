"""E[(1 + p z)^-s] over p ~ Beta(a, b): what share of customers stays through an exposure z.

It is 2F1(s, a; a + b; -z). Where the series for 2F1 overflows (a or b in the thousands, little dropout and a long
time) or divides by zero (s - a a whole number), the integral itself is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, hyp2f1

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS = np.linspace(-10.0, 10.0, 401)


def stays(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 + p z)^-s], elementwise, 0 to 1.

    2F1 is taken as (1+z)^-a 2F1(a, a+b-s; a+b; z/(1+z)) (Pfaff): a + b - s does not grow with x where s and b both
    do; the form with -z fails in a sixth of random extreme cases.

    Args:
        z: exposure, >= 0.
        s: shape of the rates, > 0.
        a: first parameter of the beta, >= 0; 0 means that p = 0.
        b: second parameter, > 0.

    >>> round(float(stays(1.0, s=1.0, a=1.0, b=1.0)), 6)  # E[1 / (1 + p)] with p uniform: ln 2
    0.693147
    """
    z, s, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=np.float64) for given in (z, s, a, b)))
    with np.errstate(all="ignore"):  # what overflows is taken up below
        share = np.asarray((1 + z) ** -a * hyp2f1(a, (a + b) - s, a + b, z / (1 + z)))
    lost = ~((share >= 0.0) & (share <= 1.0 + 1e-9))
    if lost.any():
        share[lost] = _by_integration(z[lost], s[lost], a[lost], b[lost])
    return share


def _by_integration(z: Array, s: Array, a: Array, b: Array) -> Array:
    """The same, by the trapezoidal rule over y = logit p around its mode, on a step that grows as sinh.

    The integrand in y is p^a (1-p)^b (1+pz)^-s / B(a, b): positive, with one mode, so nothing cancels.
    """
    mode = _mode(z, s, a, b)
    bend = (a + b) + s * z * ((1 - 2 * mode) * (1 + mode * z) - z * mode * (1 - mode)) / (1 + mode * z) ** 2
    width = 1 / np.sqrt(np.maximum(bend * mode * (1 - mode), 1e-300))
    centre = np.log(mode) - np.log1p(-mode)
    total = np.zeros_like(z)
    scale = betaln(a, b)
    for step in STEPS:
        y = centre + width * np.sinh(step)
        log_p, log_q = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
        height = a * log_p + b * log_q - s * np.log1p(np.exp(log_p) * z) - scale
        total += np.exp(height) * width * np.cosh(step)
    shares: Array = total * (STEPS[1] - STEPS[0])
    return shares


def _mode(z: Array, s: Array, a: Array, b: Array) -> Array:
    """The one p in (0, 1) where a (1-p) - b p = s z p (1-p) / (1+pz), a quadratic; its stable root."""
    square, linear = z * (s - a - b), z * (a - s) - a - b
    root = np.sqrt(linear**2 - 4 * square * a)
    with np.errstate(all="ignore"):  # the branch that is not taken may divide by zero
        p = np.where(linear < 0, 2 * a / (root - linear), -(linear + root) / (2 * square))
    return np.clip(p, 1e-300, 1 - 1e-16)
