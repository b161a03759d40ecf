"""E[(1 + p z)^-s] over p ~ Beta(a, b): what share of customers stays through an exposure z.

It is 2F1(s, a; a + b; -z). Where the series for 2F1 overflows (a or b in the thousands, little dropout and a long
time), divides by zero (s - a a whole number) or cancels (hardly anyone stays), the integral itself is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, hyp2f1

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS = np.linspace(-11.5, 11.5, 1001)
FEW = 1e-6
"""A smaller share has lost digits in the series."""


def stays(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 + p z)^-s], elementwise, 0 to 1; within 1e-12 of the truth, which is all that an integral over time needs.

    2F1 is taken as (1+z)^-a 2F1(a, a+b-s; a+b; z/(1+z)) (Pfaff): a + b - s does not grow with x where s and b both
    do; the form with -z fails in a sixth of random extreme cases. Pfaff's other form, (1+z)^-s 2F1(s, b; a+b;
    z/(1+z)), has positive terms only and helps where a is large and b tiny.

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
    for again in (_positive_series, _by_integration):
        lost = ~((share >= 0.0) & (share <= 1.0 + 1e-9))
        if not lost.any():
            break
        share[lost] = again(z[lost], s[lost], a[lost], b[lost])
    return share


def log_stays(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """Logarithm of the same, with 9 digits of exp where hardly anyone stays too.

    >>> float(log_stays(3.3, s=99.85, a=59.13, b=1.248).round(3))
    -133.73
    """
    z, s, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=np.float64) for given in (z, s, a, b)))
    share = np.atleast_1d(stays(z, s=s, a=a, b=b))
    few = share < FEW
    logs = np.log(np.where(few, 1.0, share))
    if few.any():
        logs[few] = _log_by_integration(*(np.atleast_1d(given)[few] for given in (z, s, a, b)))
    return logs.reshape(z.shape)


def _positive_series(z: Array, s: Array, a: Array, b: Array) -> Array:
    with np.errstate(all="ignore"):
        share: Array = (1 + z) ** -s * hyp2f1(s, b, a + b, z / (1 + z))
    # b beyond a and s beyond 1 overflow on the way
    return np.where((s < 100) & (b < 100), share, np.nan)


def _by_integration(z: Array, s: Array, a: Array, b: Array) -> Array:
    return np.exp(_log_by_integration(z, s, a, b))


def _log_by_integration(z: Array, s: Array, a: Array, b: Array) -> Array:
    """By the trapezoidal rule over y = logit p around its mode, on a step that grows as sinh.

    The integrand in y is p^a (1-p)^b (1+pz)^-s / B(a, b): positive, with one mode, so nothing cancels. Its bends lie
    at the mode, at 0 and at -ln z, its tails reach 45 / a to the left and 45 / b to the right.
    """
    mode = _mode(z, s, a, b)
    bend = (a + b) + s * z * ((1 - 2 * mode) * (1 + mode * z) - z * mode * (1 - mode)) / (1 + mode * z) ** 2
    width = np.minimum(1 / np.sqrt(np.maximum(bend * mode * (1 - mode), 1e-300)), 1.0)
    centre = np.log(mode) - np.log1p(-mode)
    top = _log_height(centre, z, s, a, b)
    total = np.zeros_like(z)
    for step in STEPS:
        height = _log_height(centre + width * np.sinh(step), z, s, a, b)
        total += np.exp(height - top) * width * np.cosh(step)
    logs: Array = np.log(total * (STEPS[1] - STEPS[0])) + top - betaln(a, b)
    return logs


def _log_height(y: Array, z: Array, s: Array, a: Array, b: Array) -> Array:
    log_p, log_q = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
    height: Array = a * log_p + b * log_q - s * np.log1p(np.exp(log_p) * z)
    return height


def _mode(z: Array, s: Array, a: Array, b: Array) -> Array:
    """The one p in (0, 1) where a (1-p) - b p = s z p (1-p) / (1+pz), a quadratic; its stable root."""
    square, linear = z * (s - a - b), z * (a - s) - a - b
    root = np.sqrt(linear**2 - 4 * square * a)
    with np.errstate(all="ignore"):  # the branch that is not taken may divide by zero
        p = np.where(linear < 0, 2 * a / (root - linear), -(linear + root) / (2 * square))
    return np.clip(p, 1e-300, 1 - 1e-16)
