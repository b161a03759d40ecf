"""Exposure z to a chance p ~ Beta(a, b): E[(1 + p z)^-s] are still there, and E[(1 - (1 + p z)^-s) / p] was bought.

The first is 2F1(s, a; a + b; -z), and by Pfaff's transformation (1+z)^-a 2F1(a, a+b-s; a+b; z/(1+z)): a + b - s does
not grow with x where s and b both do. The series is quick, and trusted where it was seen to be right to 1e-10 against
the expectation itself (`beta_expectation`), which is taken everywhere else. a = 0 means p = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import hyp2f1

from kundkarriar.numerics.special.beta_expectation import log_expectation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LARGE, FALLING = 1000.0, -100.0
"""With a parameter beyond 1,000, or a + b - s below -100, the series overflows or cancels."""
SMALL_EXPOSURE, EXPOSURE, WHOLE = 100.0, 1000.0, 0.01
"""Beyond an exposure of 100 the series is summed around z = infinity, where it divides by the distance of s - a from
a whole number; beyond 1,000 it cancels at times."""
FEW = 1e-6
"""A smaller share has lost digits in the series."""
MOST = 0.99
"""From a larger share the share of those who left cannot be told by subtraction."""


def survival(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 + p z)^-s], elementwise, 0 to 1; within 1e-10 relative, or 1e-16: all that an integral over time needs.

    Args:
        z: exposure, >= 0.
        s: shape of the rates, > 0.
        a: first parameter of the beta, >= 0; 0 means that p = 0.
        b: its second, > 0.

    >>> round(float(survival(1.0, s=1.0, a=1.0, b=1.0)), 6)  # E[1 / (1 + p)] with p uniform: ln 2
    0.693147
    """
    z, s, a, b = _rows(z, s, a, b)
    share = np.ones(z.shape)
    quick = trusted(z, s=s, a=a, b=b)
    share[quick] = _series(z[quick], s[quick], a[quick], b[quick])
    slow = ~(quick & (share >= 0.0) & (share <= 1.0 + 1e-9)) & (a > 0)
    share[slow] = np.exp(_log_mean(z[slow], s[slow], a[slow], b[slow]))
    return np.asarray(np.minimum(share, 1.0))


def log_survival(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """Logarithm of the same, with its digits where hardly anyone is left too.

    >>> float(log_survival(3.3, s=99.85, a=59.13, b=1.248).round(3))
    -133.73
    """
    z, s, a, b = _rows(z, s, a, b)
    share = survival(z, s=s, a=a, b=b)
    few = share < FEW
    logs = np.asarray(np.log(np.where(few, 1.0, share)))
    logs[few] = _log_mean(z[few], s[few], a[few], b[few])
    return logs


def departure(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[1 - (1 + p z)^-s], elementwise, 0 to 1, with its digits where hardly anyone leaves.

    >>> f"{float(departure(0.1, s=2.0, a=1e-8, b=1.0)):.6e}"
    '1.862193e-09'
    """
    z, s, a, b = _rows(z, s, a, b)
    gone = np.asarray(1.0 - survival(z, s=s, a=a, b=b))
    few = (gone < 1.0 - MOST) & (a > 0) & (z > 0)
    gone[few] = np.exp(
        log_expectation(_log_gone, *(z[few], s[few]), a=a[few], b=b[few], steep=(1 + s[few]) * z[few], left=1.0)
    )
    return gone


def purchases(z: Any, *, s: Any, a: Any, b: Any) -> Array:
    """E[(1 - (1 + p z)^-s) / p], elementwise: purchases expected within the exposure; s z where a = 0.

    Fader, Hardie & Lee (2005), eq. 10, before its closed form, which divides 0 by 0 at a = 1.

    >>> float(purchases(1.0, s=1.0, a=1.0, b=1.0).round(6))  # E[1 / (1 + p)] again
    0.693147
    """
    z, s, a, b = _rows(z, s, a, b)
    bought = np.asarray(s * z)
    some = (a > 0) & (z > 0)
    bought[some] = np.exp(
        log_expectation(_log_bought, *(z[some], s[some]), a=a[some], b=b[some], steep=(1 + s[some]) * z[some])
    )
    return bought


def trusted(z: Any, *, s: Any, a: Any, b: Any) -> Any:
    """Where the series is quick and right, up to this exposure: see the constants above."""
    near = z <= SMALL_EXPOSURE
    if not np.all(near):
        near |= (z <= EXPOSURE) & (np.abs(s - a - np.round(s - a)) > WHOLE)
    return near & (a > 0) & (np.maximum(np.maximum(a, b), s) < LARGE) & (a + b - s > FALLING)


def _rows(*given: Any) -> tuple[Array, ...]:
    return tuple(np.array(one, dtype=np.float64) for one in np.broadcast_arrays(*given))


def _series(z: Array, s: Array, a: Array, b: Array) -> Array:
    with np.errstate(all="ignore"):  # what overflows is taken up by the caller
        share: Array = (1 + z) ** -a * hyp2f1(a, (a + b) - s, a + b, z / (1 + z))
    return share


def _log_mean(z: Array, s: Array, a: Array, b: Array) -> Array:
    return log_expectation(_log_there, z, s, a=a, b=b, steep=s * z)


def _log_there(p: Array, z: Array, s: Array) -> Array:
    return -s * np.log1p(p * z)


def _log_gone(p: Array, z: Array, s: Array) -> Array:
    return np.log(-np.expm1(-s * np.log1p(p * z)))


def _log_bought(p: Array, z: Array, s: Array) -> Array:
    return np.log(-np.expm1(-s * np.log1p(p * z))) - np.log(p)
