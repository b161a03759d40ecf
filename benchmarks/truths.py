"""What the models' numbers truly are, with 80 digits: for benchmarks/extremes.py.

Nothing of kundkarriar is used. The closed forms of the papers, which cancel or overflow in double precision, are taken
with so many digits that they do not; tests/oracles/make_*.py hold the same numbers against direct integrals.
Everything but the likelihood is given that the customer is alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

if TYPE_CHECKING:
    from collections.abc import Mapping

mp.mp.dps = 80

Truth = dict[str, Any]


def log_rising(start: Any, steps: Any) -> Any:
    """Difference ln Γ(start + steps) - ln Γ(start)."""
    return mp.loggamma(start + steps) - mp.loggamma(start)


def log_add(*logs: Any) -> Any:
    """Logarithm of a sum of exponentials."""
    top = max(logs)
    return top + mp.log(mp.fsum(mp.exp(one - top) for one in logs))


def nbd(case: Mapping[str, Any]) -> Truth:
    """Nobody leaves."""
    x, T, h, r, alpha = (case[name] for name in ("x", "T", "horizon", "r", "alpha"))
    return {
        "log_likelihood": log_rising(r, x) - x * mp.log(alpha + T) - r * mp.log1p(T / alpha),
        "log_p_alive": mp.mpf(0),
        "still_alive": mp.mpf(1),
        "expected_purchases": (r + x) / (alpha + T) * h,
        "p_purchase": -mp.expm1(-(r + x) * mp.log1p(h / (alpha + T))),
    }


def geometric(case: Mapping[str, Any], *, first: int) -> Truth:
    """BG/NBD (`first` 0) and MBG/NBD (1): chances to leave come with purchases."""
    x, t_x, T, h, r, alpha, a, b = (case[name] for name in ("x", "t_x", "T", "horizon", "r", "alpha", "a", "b"))
    chances, s, rate = x + first, r + x, alpha + T
    stayed = log_rising(b, chances) - log_rising(a + b, chances)
    alive = log_rising(r, x) - x * mp.log(rate) - r * mp.log1p(T / alpha) + stayed
    odds = mp.ninf
    if chances > 0:
        odds = mp.log(a / (b + chances - 1)) + s * mp.log(rate / (alpha + t_x))
    z, last = h / rate, b + chances
    # E[(1 - (1 + p z)^-s) / p] over the beta of p: eq. 10 of Fader, Hardie & Lee (2005) after Pfaff's transformation
    unmet = mp.hyp2f1(s, a - 1, a + last - 1, -z)
    return {
        "log_likelihood": log_add(alive, alive + odds) if odds != mp.ninf else alive,
        "log_p_alive": -log_add(mp.mpf(0), odds) if odds != mp.ninf else mp.mpf(0),
        "still_alive": mp.hyp2f1(s, a, a + last, -z),
        "expected_purchases": (a + last - 1) / (a - 1) * (1 - unmet),
        "p_purchase": -mp.expm1(-s * mp.log1p(z)),
    }


def powers(p: Any, q: Any, *, A: Any, B: Any, low: Any, high: Any) -> Any:
    """The integral of (A + t)^-p (B + t)^-q from `low` to `high`, p + q > 1."""
    if A < B:
        p, q, A, B = q, p, B, A

    def beyond(t: Any) -> Any:
        return (A + t) ** (1 - p - q) / (p + q - 1) * mp.hyp2f1(p + q - 1, q, p + q, (A - B) / (A + t))

    return beyond(low) - (beyond(high) if high != mp.inf else 0)


def pareto(case: Mapping[str, Any]) -> Truth:
    """Pareto/NBD: an exponential lifetime at a gamma rate."""
    names = ("x", "t_x", "T", "horizon", "r", "alpha", "s", "beta")
    x, t_x, T, h, r, alpha, s, beta = (case[name] for name in names)
    shape, rate = r + x, alpha + T
    bought = log_rising(r, x) + r * mp.log(alpha)
    alive = -shape * mp.log(rate) - s * mp.log1p(T / beta)
    left = s * beta**s * powers(shape, s + 1, A=alpha, B=beta, low=t_x, high=T)
    total = log_add(alive, mp.log(left)) if left > 0 else alive
    ahead = beta + T
    return {
        "log_likelihood": bought + total,
        "log_p_alive": alive - total,
        "still_alive": mp.exp(-s * mp.log1p(h / ahead)),
        "expected_purchases": shape / rate * ahead / (s - 1) * -mp.expm1((1 - s) * mp.log1p(h / ahead)),
        "p_purchase": shape * rate**shape * ahead**s * powers(shape + 1, s, A=rate, B=ahead, low=mp.mpf(0), high=h),
    }
