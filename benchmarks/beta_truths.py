"""Expectations over a probability p ~ Beta(a, b), by mpmath with any number of digits: for truths.py and tests/oracles.

The density is p^a (1 - p)^b / B(a, b) over logit p. The trapezoidal rule is halved until half of the digits agree;
where only the exponential tails are left, the rest of the sum is a geometric series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

if TYPE_CHECKING:
    from collections.abc import Callable


def over_beta(inside: Callable[[Any], Any], *, a: Any, b: Any, steep: Any, more: int = 0) -> Any:
    """Expectation of inside(logit p) > 0: proportional to p^more for p below 1 / `steep`, constant near p = 1."""
    beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    digits = mp.mp.dps * mp.log(10)

    def log_term(y: Any) -> Any:
        return -a * mp.log1p(mp.exp(-y)) - b * mp.log1p(mp.exp(y)) + mp.log(inside(y)) - beta

    high = digits + mp.log1p(a + b + steep)
    low = -high
    mode = _mode(log_term, low, high)
    floor = log_term(mode) - digits
    low, left_tail = _edge(log_term, low, mode, floor=floor)
    high, right_tail = _edge(log_term, high, mode, floor=floor)
    steps, before = 64, mp.mpf(0)
    terms = [mp.exp(log_term(low + k * (high - low) / steps)) for k in range(steps + 1)]
    while True:
        step = (high - low) / steps
        total = mp.fsum(terms)
        total += terms[0] / mp.expm1((a + more) * step) if left_tail else 0
        total += terms[-1] / mp.expm1(b * step) if right_tail else 0
        if abs(total * step - before) < mp.mpf(10) ** (-mp.mp.dps // 2) * total * step:
            return total * step
        before, steps = total * step, 2 * steps
        between = [mp.exp(log_term(low + (k + 0.5) * step)) for k in range(steps // 2)]
        terms = [term for pair in zip(terms, between, strict=False) for term in pair] + terms[-1:]


def survival(*, z: Any, s: Any, a: Any, b: Any) -> Any:
    """E[(1 + p z)^-s]."""
    return over_beta(lambda y: mp.exp(-_log_ratio(y, z=z, s=s)), a=a, b=b, steep=s * z)


def dropout_probability(*, z: Any, s: Any, a: Any, b: Any) -> Any:
    """E[1 - (1 + p z)^-s]."""
    return over_beta(lambda y: -mp.expm1(-_log_ratio(y, z=z, s=s)), a=a, b=b, steep=(s + 1) * z, more=1)


def purchases(*, z: Any, s: Any, a: Any, b: Any) -> Any:
    """E[(1 - (1 + p z)^-s) / p]."""
    return over_beta(lambda y: -mp.expm1(-_log_ratio(y, z=z, s=s)) * (1 + mp.exp(-y)), a=a, b=b, steep=(s + 1) * z)


def _log_ratio(y: Any, *, z: Any, s: Any) -> Any:
    return s * mp.log1p(z / (1 + mp.exp(-y)))


def _mode(log_term: Callable[[Any], Any], low: Any, high: Any) -> Any:
    while high - low > mp.mpf(10) ** -8:
        one, other = low + (high - low) * 0.382, low + (high - low) * 0.618
        low, high = (one, high) if log_term(one) < log_term(other) else (low, other)
    return (low + high) / 2


def _edge(log_term: Callable[[Any], Any], end: Any, mode: Any, *, floor: Any) -> tuple[Any, bool]:
    """Last argument of the sum, and whether a tail beyond it remains."""
    if log_term(end) > floor:
        return end, True
    outside, inside = end, mode
    for _ in range(40):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if log_term(middle) < floor else (outside, middle)
    return outside, False
