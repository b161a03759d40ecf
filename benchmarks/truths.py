"""What the models' numbers truly are, with 80 digits: for benchmarks/extremes.py.

Nothing of kundkarriar is used. The closed forms of the papers, which cancel or overflow in double precision, are taken
with so many digits that they do not; tests/oracles/make_*.py hold the same numbers against direct integrals. Of
GGompertz/NBD they are direct integrals, and of regular buying sums over stages, which end where the rest is below
1e-30; with 30 digits both, as all their terms are positive.
Everything but the likelihood is given that the customer is alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

mp.mp.dps = 80

STAGES = 20_000
"""Sums over more stages than this are not feasible; the case has no truth."""
ENOUGH = mp.mpf(10) ** -30

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


def regular(case: Mapping[str, Any], *, k: int, first: int) -> Truth | None:
    """BG/CNBD-k (`first` 0) and MBG/CNBD-k (1); None where too many stages would have to be summed."""
    x, t_x, T, h, r, alpha, a, b = (case[name] for name in ("x", "t_x", "T", "horizon", "r", "alpha", "a", "b"))
    if h / (alpha + T) * (75 + r + k * x) > STAGES:
        return None
    chances, s, rate = x + first, r + k * x, alpha + T
    bought = (k - 1) * case["gap_log_sum"] - x * mp.loggamma(k) + log_rising(r, k * x) + r * mp.log(alpha)
    stayed = log_rising(b, chances) - log_rising(a + b, chances)
    done = [mp.rf(s, j) / mp.factorial(j) * ((T - t_x) / rate) ** j for j in range(k)]
    alive, left = stayed - s * mp.log(rate) + mp.log(mp.fsum(done)), mp.ninf
    if chances > 0:
        left = stayed + mp.log(a / (b + chances - 1)) - s * mp.log(alpha + t_x)
    total = log_add(alive, left) if chances > 0 else alive
    with mp.workdps(30):
        ahead = [_stages_ahead(s + j, h / rate, k=k, done=j, a=a, b=b + chances) for j in range(k)]
    whole = mp.fsum(done)
    return {
        "log_likelihood": bought + total,
        "log_p_alive": alive - total,
        **{
            name: mp.fsum(weight * part[name] for weight, part in zip(done, ahead, strict=True)) / whole
            for name in ahead[0]
        },
    }


def _stages_ahead(q: Any, odds: Any, *, k: int, done: int, a: Any, b: Any) -> Truth:
    """Sums over how many stages come, whose number is negative binomial, after `done` since the last purchase."""
    share = odds / (1 + odds)
    chance = mp.exp(-q * mp.log1p(odds))
    purchases, survives, expected = 0, mp.mpf(1), mp.mpf(0)
    stays = bought = buys = mp.mpf(0)
    stage = 0
    while True:
        if stage and (stage + done) % k == 0:
            expected += survives
            survives *= (b + purchases) / (a + b + purchases)
            purchases += 1
        stays += chance * survives
        bought += chance * expected
        buys += chance if purchases else 0
        falls = (q + stage) * share < stage + 1
        rest = chance * (1 + odds) * 10
        if falls and purchases and rest * survives < ENOUGH * stays and rest * (stage + 1) < ENOUGH * min(bought, buys):
            return {"still_alive": stays, "expected_purchases": bought, "p_purchase": buys}
        chance *= (q + stage) / (stage + 1) * share
        stage += 1


def ageing(case: Mapping[str, Any]) -> Truth:
    """GGompertz/NBD: as Pareto/NBD, and every customer's rate of leaving grows like exp(b t)."""
    names = ("x", "t_x", "T", "horizon", "r", "alpha", "b", "s", "beta")
    x, t_x, T, h, r, alpha, b, s, beta = (case[name] for name in names)
    p = r + x
    with mp.workdps(30):

        def worn(age: Any, t: Any) -> Any:
            """Logarithm of the chance to live from `age` a further `t`."""
            return -s * mp.log1p(mp.exp(b * age) * mp.expm1(b * t) / (beta + mp.expm1(b * age)))

        def hazard(t: Any) -> Any:
            return s * b / (1 + (beta - 1) * mp.exp(-b * t))

        def left(t: Any) -> Any:
            gone = worn(t_x, t) - p * mp.log1p(t / (alpha + t_x))
            return hazard(t_x + t) * mp.exp(gone)

        at_last = worn(0, t_x) - p * mp.log(alpha + t_x)
        alive = worn(0, T) - p * mp.log(alpha + T)
        gone = at_last + mp.log(integral(left, T - t_x)) if t_x < T else mp.ninf
        total = log_add(alive, gone) if t_x < T else alive
        rate = alpha + T
        return {
            "log_likelihood": log_rising(r, x) + r * mp.log(alpha) + total,
            "log_p_alive": alive - total,
            "still_alive": mp.exp(worn(T, h)),
            "expected_purchases": p / rate * integral(lambda t: mp.exp(worn(T, t)), h),
            "p_purchase": integral(lambda t: p / (rate + t) * mp.exp(worn(T, t) - p * mp.log1p(t / rate)), h),
        }


def integral(inside: Callable[[Any], Any], end: Any) -> Any:
    """Of inside(t) from 0 to `end`, over ln t in pieces of length 1."""
    top = mp.log(end)
    pieces = [top - k for k in range(60, -1, -1)]
    return mp.quad(lambda v: mp.exp(v) * inside(mp.exp(v)), pieces, method="gauss-legendre")


def contract(case: Mapping[str, Any]) -> Truth:
    """The shifted beta-geometric."""
    k, ended, h, d, alpha, beta = (case[name] for name in ("k", "ended", "horizon", "rate", "alpha", "beta"))
    here = beta + k

    def survives(steps: Any) -> Any:
        return mp.exp(log_rising(here, steps) - log_rising(alpha + here, steps))

    height = log_rising(beta, k) - log_rising(alpha + beta, k)
    unmet = mp.exp(log_rising(here, h + 1) - log_rising(alpha + here - 1, h + 1))
    return {
        "log_likelihood": height + (mp.log(alpha / (alpha + here)) if ended else 0),
        "still_alive": survives(h),
        "expected_renewals": (alpha + here - 1) / (alpha - 1) * (1 - unmet) - 1,
        "discounted_renewals": here / (alpha + here) * mp.hyp2f1(1, here + 1, alpha + here + 1, 1 / (1 + d)),
    }


def spend(case: Mapping[str, Any]) -> Truth:
    """Gamma-Gamma."""
    x, m, p, q, gamma = (case[name] for name in ("x", "m", "p", "q", "gamma"))
    z, shape = m * x, p * x
    density = mp.loggamma(shape + q) - mp.loggamma(shape) - mp.loggamma(q) - mp.log(m)
    height = density + shape * mp.log(z) + q * mp.log(gamma) - (shape + q) * mp.log(gamma + z)
    return {"log_likelihood": height, "expected_order_value": p * (gamma + z) / (shape + q - 1)}
