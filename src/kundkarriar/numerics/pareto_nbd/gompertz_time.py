"""Gompertz time: u(t) = (exp(b t) - 1) / b, which is t itself where b = 0.

In Gompertz time a lifetime of GGompertz/NBD is one of Pareto/NBD: both survive with probability
(beta / (beta + u))^s, where beta is CLVTools' beta / b for GGompertz/NBD. exp(b t) overflows for old customers
who age fast, so everything is also given in logarithms.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array

LARGE = 30.0
"""From b t = 30 on, exp(b t) - 1 is exp(b t) to the last digit, and is kept as a logarithm."""
SMALL = 0.1
"""Below it the derivative in ln b is taken from its series."""
SERIES = 12


def has_ageing(b: Any) -> bool:
    """Whether any b is above 0; b = 0 is Pareto/NBD, where u(t) = t."""
    return bool(b) if isinstance(b, float) else bool(np.any(b))  # asked at every node, most often of one number


def transform(t: Any, b: Any) -> Array:
    """Gompertz time u(t), elementwise; infinite where exp(b t) overflows.

    >>> float(transform(2.0, 0.0)), float(transform(2.0, 1e-300)), float(transform(2.0, 0.5).round(4))
    (2.0, 2.0, 3.4366)
    """
    with np.errstate(over="ignore"):
        return np.asarray(np.expm1(b * t) / b if has_ageing(b) else t)


def inverse_transform(u: Any, b: Any) -> Array:
    """Time t at which Gompertz time is `u`, elementwise."""
    return np.asarray(np.log1p(b * u) / b if has_ageing(b) else u)


def offset_at(age: Any, *, c: Any, b: Any) -> Array:
    """The c' of what follows `age`, elementwise: (c + u(age + t)) / (c + u(age)) is (c' + u(t)) / c' for every t >= 0.

    It is (c + u(age)) exp(-b age), which does not overflow where u does.

    >>> float(offset_at(3.0, c=2.0, b=0.0)), float(offset_at(1e9, c=2.0, b=0.5))
    (5.0, 2.0)
    """
    if not has_ageing(b):
        return np.asarray(c + age)
    return np.asarray(c * np.exp(-b * age) - np.expm1(-b * age) / b)


def log_growth(elapsed: Any, *, since: Any, c: Any, b: Any) -> Array:
    """ln((c + u(since + elapsed)) / (c + u(since))), elementwise: exact however little has elapsed.

    >>> float(log_growth(1e-18, since=3.0, c=1.0, b=0.0))
    2.5e-19
    """
    if not has_ageing(b):
        return np.asarray(np.log1p(elapsed / (c + since)))
    z = b * elapsed
    share = _scaled_offset(c, b * since, b)
    near = np.asarray(np.log1p(np.expm1(np.minimum(z, LARGE)) / share))
    if np.all(z < LARGE):
        return near
    grown = np.maximum(z, LARGE)
    far = grown - np.log(share) + np.log1p((share - 1.0) * np.exp(-grown))
    return np.where(z < LARGE, near, far)


def _scaled_offset(c: Any, z: Any, b: Any) -> Array:
    """The product b (c + u) exp(-z) where z = b t: 1 + (c b - 1) exp(-z), without losing a small c b."""
    return np.asarray(c * b * np.exp(-z) - np.expm1(-z))


def inverse_log_growth(y: Array, *, since: Any, m: Any, b: Any) -> tuple[Array, Array]:
    """Time that elapses from `since` until m + u has grown by a factor exp(y) >= 1, and its derivative in y.

    m is above 0 and at most 1 / b.
    """
    if not has_ageing(b):
        return (m + since) * np.expm1(y), (m + since) * np.exp(y)
    share = _scaled_offset(m, b * since, b)  # b (m + u) / (1 + b u): 0 to 1
    derivative = share / (b * (share + (1.0 - share) * np.exp(-y)))
    near = np.log1p(share * np.expm1(np.minimum(y, LARGE)))
    if np.all(y < LARGE):
        return near / b, derivative
    grown = np.maximum(y, LARGE)
    far = grown + np.log(share) + np.log1p((1.0 / share - 1.0) * np.exp(-grown))
    return np.where(y < LARGE, near, far) / b, derivative


def derivatives_in_log_b(t: Any, *, c: Any, b: Any) -> tuple[Array, Array]:
    """First and second derivative of u(t) in ln b, each divided by c + u(t), elementwise; finite for any t.

    >>> [float((each * (3.0 + transform(2.0, 0.5))).round(6)) for each in derivatives_in_log_b(2.0, c=3.0, b=0.5)]
    [2.0, 3.436564]
    """
    z = np.asarray(b * t, dtype=np.float64)
    shrunk = np.exp(-z)
    first, small = z + np.expm1(-z), z < SMALL
    if small.any():
        # all is multiplied by exp(-z): z exp(z) - expm1(z) = sum over k >= 2 of z^k (k - 1) / k!
        terms = np.where(small, z, 0.0)
        series, power = np.zeros_like(z), terms.copy()
        for k in range(2, SERIES):
            power = power * terms / k
            series += (k - 1) * power
        first = np.where(small, series * shrunk, first)
    share = _scaled_offset(c, z, b)
    return first / share, (z * z - first) / share
