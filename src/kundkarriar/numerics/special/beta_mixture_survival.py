"""Survival and expected purchases after an exposure z, where the dropout probability p is Beta(a, b).

Survival is E[(1 + p z)^-s], and expected purchases are E[(1 - (1 + p z)^-s) / p]. The first is 2F1(s, a; a + b; -z), by
Pfaff's transformation (1+z)^-a 2F1(a, a+b-s; a+b; z/(1+z)): a + b - s does not grow with x where s and b both do. The
hypergeometric series is fast; it is used where its error was below 1e-10 against the expectation itself
(`beta_expectation`), which is used everywhere else. a = 0 means p = 0.
"""

from typing import Any

import numpy as np
from scipy.special import hyp2f1

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.beta_expectation import log_expectation

LARGE, FALLING = 1000.0, -100.0
"""With a parameter above 1,000, or a + b - s below -100, the series overflows or cancels."""
SMALL_EXPOSURE, EXPOSURE, WHOLE = 100.0, 1000.0, 0.01
"""Above an exposure of 100 the series is summed around z = infinity, where it divides by the distance of s - a from a
whole number; above 1,000 it cancels at times."""
FEW = 1e-6
"""A smaller survival has lost digits in the series."""
MOST = 0.99
"""The complement of a larger survival loses digits in the subtraction."""


def survival(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 + p z)^-s], elementwise, 0 to 1; error below 1e-10 relative or 1e-16, enough for integrals over time.

    The exposure z is >= 0, the shape s of the gamma over purchase rates and b are > 0, and a is >= 0.

    >>> round(float(survival(1.0, s=1.0, a=1.0, b=1.0)), 6)  # E[1 / (1 + p)] with p uniform: ln 2
    0.693147
    """
    z, s, a, b = _broadcast(z, s, a, b)
    share = np.ones(z.shape)
    quick = series_is_accurate(z, s=s, a=a, b=b)
    share[quick] = _series(z[quick], s[quick], a[quick], b[quick])
    slow = ~(quick & (share >= 0.0) & (share <= 1.0 + 1e-9)) & (a > 0)
    share[slow] = np.exp(_log_expectation(z[slow], s[slow], a[slow], b[slow]))
    return np.asarray(np.minimum(share, 1.0))


def log_survival(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """Log of the survival, elementwise, to full precision also where it is tiny.

    >>> float(log_survival(3.3, s=99.85, a=59.13, b=1.248).round(3))
    -133.73
    """
    z, s, a, b = _broadcast(z, s, a, b)
    share = survival(z, s=s, a=a, b=b)
    few = share < FEW
    logs = np.asarray(np.log(np.where(few, 1.0, share)))
    logs[few] = _log_expectation(z[few], s[few], a[few], b[few])
    return logs


def dropout_probability(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[1 - (1 + p z)^-s], elementwise, 0 to 1, to full precision also where it is tiny.

    >>> f"{float(dropout_probability(0.1, s=2.0, a=1e-8, b=1.0)):.6e}"
    '1.862193e-09'
    """
    z, s, a, b = _broadcast(z, s, a, b)
    dropout = np.asarray(1.0 - survival(z, s=s, a=a, b=b))
    few = (dropout < 1.0 - MOST) & (a > 0) & (z > 0)
    given = {"a": a[few], "b": b[few], "steepness": (1 + s[few]) * z[few]}
    dropout[few] = np.exp(log_expectation(_log_dropout_given_p, z[few], s[few], power_at_zero=1.0, **given))
    return dropout


def expected_purchases(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 - (1 + p z)^-s) / p], elementwise: expected purchases within the exposure; s z where a = 0.

    Fader, Hardie & Lee (2005), eq. 10, without its closed form, which is 0 / 0 at a = 1.

    >>> float(expected_purchases(1.0, s=1.0, a=1.0, b=1.0).round(6))  # E[1 / (1 + p)] again
    0.693147
    """
    z, s, a, b = _broadcast(z, s, a, b)
    purchases = np.asarray(s * z)
    some = (a > 0) & (z > 0)
    given = {"a": a[some], "b": b[some], "steepness": (1 + s[some]) * z[some]}
    purchases[some] = np.exp(log_expectation(_log_purchases_given_p, z[some], s[some], **given))
    return purchases


def series_is_accurate(z: Any, *, s: Any, a: Any, b: Any) -> Any:
    """Whether the hypergeometric series is accurate at the exposure z and below, elementwise."""
    near = z <= SMALL_EXPOSURE
    if not np.all(near):
        near |= (z <= EXPOSURE) & (np.abs(s - a - np.round(s - a)) > WHOLE)
    return near & (a > 0) & (np.maximum(np.maximum(a, b), s) < LARGE) & (a + b - s > FALLING)


def _broadcast(*given: Any) -> tuple[Array, ...]:
    return tuple(np.array(column, dtype=np.float64) for column in np.broadcast_arrays(*given))


def _series(z: Array, s: Array, a: Array, b: Array) -> Array:
    with np.errstate(all="ignore"):  # the caller replaces values that overflow
        share: Array = (1 + z) ** -a * hyp2f1(a, (a + b) - s, a + b, z / (1 + z))
    return share


def _log_expectation(z: Array, s: Array, a: Array, b: Array) -> Array:
    return log_expectation(_log_survival_given_p, z, s, a=a, b=b, steepness=s * z)


def _log_survival_given_p(p: Array, z: Array, s: Array) -> Array:
    return -s * np.log1p(p * z)


def _log_dropout_given_p(p: Array, z: Array, s: Array) -> Array:
    return np.log(-np.expm1(-s * np.log1p(p * z)))


def _log_purchases_given_p(p: Array, z: Array, s: Array) -> Array:
    return _log_dropout_given_p(p, z, s) - np.log(p)
