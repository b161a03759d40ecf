"""True values of the models' numbers, by mpmath: for benchmarks/extremes.py.

Nothing of kundkarriar is used. Closed forms of the papers cancel or overflow in double precision; here they have enough
digits. Where dropout does not depend on purchases (Pareto/NBD, GGompertz/NBD) the values are direct integrals,
because mpmath has no hypergeometric function at parameters of 1e12. Where customers drop out after purchases they are
means over the dropout probability (beta_truths.py). Every value is computed with 30 and with 45 digits, integrals with
more nodes too; the two must agree. All but the likelihood are given that the customer is alive.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import beta_truths
import mpmath as mp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIGITS = (30, 45)
AGREED = 1e-13
"""Largest relative difference of the two."""
FLOORS = {"log_likelihood": 1.0}
FLOOR = 1e-300
"""Errors of smaller values are relative to these: of a name, and of all others."""
RATE = 0.01
"""Discount rate a period."""

ENOUGH = mp.mpf(10) ** -30
"""A sum ends where a term is below this share of it."""

Truth = dict[str, Any]


def agreed(truth: Callable[[Mapping[str, Any]], Truth | None], case: Mapping[str, float]) -> Truth | None:
    """True values of a case, on which two precisions agree.

    Raises:
        ArithmeticError: they differ.
    """
    values = []
    for digits in DIGITS:
        with mp.workdps(digits):
            values.append(truth({name: mp.mpf(value) for name, value in case.items()}))
    less, more = values
    if less is None or more is None:
        return None
    for name, value in more.items():
        if abs(value - less[name]) > AGREED * max(abs(value), FLOORS.get(name, FLOOR)):
            message = f"{name} is {mp.nstr(less[name], 17)} or {mp.nstr(value, 17)}: {dict(case)}"
            raise ArithmeticError(message)
    return more


def log_rising(start: Any, steps: Any) -> Any:
    """Difference ln Γ(start + steps) - ln Γ(start)."""
    return mp.loggamma(start + steps) - mp.loggamma(start)


def log_add(*logs: Any) -> Any:
    """Logarithm of a sum of exponentials."""
    largest = max(logs)
    return largest + mp.log(mp.fsum(mp.exp(one - largest) for one in logs))


def nbd(case: Mapping[str, Any]) -> Truth:
    """NBD, without dropout."""
    x, T, h, r, alpha = (case[name] for name in ("x", "T", "horizon", "r", "alpha"))
    return {
        "log_likelihood": log_rising(r, x) - x * mp.log(alpha + T) - r * mp.log1p(T / alpha),
        "log_p_alive": mp.mpf(0),
        "still_alive": mp.mpf(1),
        "expected_purchases": (r + x) / (alpha + T) * h,
        "p_purchase": -mp.expm1(-(r + x) * mp.log1p(h / (alpha + T))),
        "p_two": (r + x) * (r + x + 1) / 2 * (h / (alpha + T + h)) ** 2 * mp.exp(-(r + x) * mp.log1p(h / (alpha + T))),
        "discounted_purchases": (r + x) / (alpha + T) * -mp.expm1(-RATE * h) / RATE,
        "discounted_lifelong": (r + x) / (alpha + T) / RATE,
    }


def beta_geometric(case: Mapping[str, Any], *, first: int) -> Truth:
    """BG/NBD (`first` 0) and MBG/NBD (1): dropout after purchases."""
    x, t_x, T, h, r, alpha, a, b = (case[name] for name in ("x", "t_x", "T", "horizon", "r", "alpha", "a", "b"))
    chances, s, rate = x + first, r + x, alpha + T
    log_survival = log_rising(b, chances) - log_rising(a + b, chances)
    alive = log_rising(r, x) - x * mp.log(rate) - r * mp.log1p(T / alpha) + log_survival
    odds = mp.ninf
    if chances > 0:
        odds = mp.log(a / (b + chances - 1)) + s * mp.log1p((T - t_x) / (alpha + t_x))
    b = b + chances
    ahead = {"z": h / rate, "s": s, "a": a, "b": b}
    share = h / (rate + h)
    with mp.extradps(100):  # likely events are complements
        none = mp.exp(-s * mp.log1p(h / rate))
        two, at_least_two = s * (s + 1) / 2 * share**2 * none, 1 - none - s * share * none
    return {
        "log_likelihood": log_add(alive, alive + odds) if odds != mp.ninf else alive,
        "log_p_alive": -mp.log1p(mp.exp(odds)) if odds < 0 else -odds - mp.log1p(mp.exp(-odds)),
        "still_alive": beta_truths.survival(**ahead),
        "expected_purchases": beta_truths.purchases(**ahead),
        "p_purchase": -mp.expm1(-s * mp.log1p(h / rate)),
        # alive after exactly two, or survived one and dropped out at the second
        "p_two": b / (a + b) * ((b + 1) / (a + b + 1) * two + a / (a + b + 1) * at_least_two),
    }


def pareto(case: Mapping[str, Any]) -> Truth:
    """Pareto/NBD; with a `b` GGompertz/NBD, whose gamma-distributed hazard grows like exp(b t)."""
    x, t_x, T, h, r, alpha, s, beta = (case[name] for name in ("x", "t_x", "T", "horizon", "r", "alpha", "s", "beta"))
    b, p, rate = case.get("b"), r + x, alpha + T

    def log_survival_from(age: Any, t: Any) -> Any:
        """Log probability of surviving a further `t` from `age`."""
        if b is None:
            return -s * mp.log1p(t / (beta + age))
        return -s * mp.log1p(mp.expm1(b * t) / (beta * mp.exp(-b * age) - mp.expm1(-b * age)))

    def log_dropout_density(age: Any, t: Any, log_survival: Any) -> Any:
        """Log density of dropout after a further `t`."""
        when = age + t
        scale = beta + when if b is None else (beta * mp.exp(-b * when) - mp.expm1(-b * when)) / b
        return log_survival + mp.log(s / scale)

    def dropped_out(t: Any) -> dict[str, Any]:
        return {"dropout": log_dropout_density(t_x, t, log_survival_from(t_x, t)) - p * mp.log1p(t / (alpha + t_x))}

    def buys_twice(t: Any, log_none: Any) -> Any:
        """Log probability of two purchases within `t` of a lifetime, from `log_none`, that of none."""
        return mp.log(p * (p + 1) / 2) + 2 * mp.log(t / (rate + t)) + log_none

    def ahead(t: Any) -> dict[str, Any]:
        log_survival, log_none = log_survival_from(T, t), -p * mp.log1p(t / rate)
        return {
            "alive": log_survival,
            "discounted": log_survival - RATE * t,
            "bought": log_survival + log_none + mp.log(p / (rate + t)),
            "two": log_dropout_density(T, t, log_survival) + buys_twice(t, log_none),
        }

    at_last_purchase = (
        log_survival_from(0, t_x) + log_rising(r, x) - x * mp.log(alpha + t_x) - r * mp.log1p(t_x / alpha)
    )
    log_alive = log_survival_from(t_x, T - t_x) - p * mp.log1p((T - t_x) / (alpha + t_x))
    odds = mp.log(integrals(dropped_out, T - t_x)["dropout"]) - log_alive if t_x < T else mp.ninf
    log_one_plus_odds = mp.log1p(mp.exp(odds))
    within, for_ever = integrals(ahead, h), integrals(lambda t: {"alive": log_survival_from(T, t) - RATE * t}, mp.inf)
    return {
        "log_likelihood": at_last_purchase + log_alive + log_one_plus_odds,
        "log_p_alive": -log_one_plus_odds,
        "still_alive": mp.exp(log_survival_from(T, h)),
        "expected_purchases": p / rate * within["alive"],
        "p_purchase": within["bought"],
        "p_two": within["two"] + mp.exp(log_survival_from(T, h) + buys_twice(h, -p * mp.log1p(h / rate))),
        "discounted_purchases": p / rate * within["discounted"],
        "discounted_lifelong": p / rate * for_ever["alive"],
    }


LOG_NEGLIGIBLE = 45
"""Parts of an integral below exp(-45) of the largest are left out."""
FOR_EVER = 9
"""exp(9) periods: discounted by exp(-80)."""
PIECE = 2
DEEPEST = 40


def integrals(log_integrands: Callable[[Any], dict[str, Any]], end: Any) -> dict[str, Any]:
    """Integrals of exp(log_integrand(t)) from 0 to `end`, over v = ln t; each exp(v + log_integrand) must be unimodal.

    Pieces in v are halved until two Gauss-Legendre rules agree.
    """
    last = mp.log(end) if end != mp.inf else mp.mpf(FOR_EVER)
    edges = [last - k * PIECE for k in range(75)]
    logs = [log_integrands(mp.exp(v)) for v in edges]
    peaks = {name: max(v + log[name] for v, log in zip(edges, logs, strict=True)) for name in logs[0]}

    def parts(v: Any) -> dict[str, Any]:
        t = mp.exp(v)
        return {name: t * mp.exp(log - peaks[name]) for name, log in log_integrands(t).items()}

    total = dict.fromkeys(peaks, mp.mpf(0))
    for right, left, high, low in zip(edges, edges[1:], logs, logs[1:], strict=False):
        if any(max(right + high[name], left + low[name]) > peak - LOG_NEGLIGIBLE for name, peak in peaks.items()):
            for name, part in _piece(parts, left, right, DEEPEST).items():
                total[name] += part
    return {name: part * mp.exp(peaks[name]) for name, part in total.items()}


def _piece(parts: Callable[[Any], dict[str, Any]], left: Any, right: Any, depth: int) -> dict[str, Any]:
    """One piece of integrals whose largest value is about 1."""
    count = mp.mp.dps // 3
    less, more = _gauss(parts, left, right, count), _gauss(parts, left, right, count + 6)
    if depth == 0 or all(abs(more[name] - less[name]) < mp.mpf(10) ** -16 for name in more):
        return more
    middle = (left + right) / 2
    halves = _piece(parts, left, middle, depth - 1), _piece(parts, middle, right, depth - 1)
    return {name: halves[0][name] + halves[1][name] for name in more}


def _gauss(parts: Callable[[Any], dict[str, Any]], left: Any, right: Any, count: int) -> dict[str, Any]:
    width, at = right - left, _rule(count)
    values = [parts(left + width * point) for point, _ in at]
    return {
        name: width * mp.fsum(weight * value[name] for (_, weight), value in zip(at, values, strict=True))
        for name in values[0]
    }


@lru_cache(maxsize=8)
def _rule(count: int) -> list[tuple[Any, Any]]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    values = []
    with mp.workdps(60):
        for start in np.polynomial.legendre.leggauss(count)[0]:
            z = mp.mpf(float(start))
            for _ in range(3):  # each step doubles the digits
                z -= mp.legendre(count, z) / _derivative(count, z)
            values.append(((1 + z) / 2, 1 / ((1 - z * z) * _derivative(count, z) ** 2)))
    return values


def _derivative(count: int, z: Any) -> Any:
    """Derivative of the Legendre polynomial."""
    return count * (mp.legendre(count - 1, z) - z * mp.legendre(count, z)) / (1 - z * z)


def erlang(case: Mapping[str, Any], *, k: int, first: int) -> Truth:
    """BG/CNBD-k (`first` 0) and MBG/CNBD-k (1): given the dropout probability, a sum over the k roots of unity."""
    x, t_x, T, h, r, alpha, a, b = (case[name] for name in ("x", "t_x", "T", "horizon", "r", "alpha", "a", "b"))
    with mp.workdps(50):
        chances, s, rate, z = x + first, r + k * x, alpha + T, h / (alpha + T)
        bought = (k - 1) * case["gap_log_sum"] - x * mp.loggamma(k) + log_rising(r, k * x)
        bought += r * mp.log(alpha) - s * mp.log(rate) + log_rising(b, chances) - log_rising(a + b, chances)
        done = [mp.rf(s, j) / mp.factorial(j) * ((T - t_x) / rate) ** j for j in range(k)]
        whole, odds = mp.fsum(done), mp.mpf(0)
        if chances > 0:
            odds = a / (b + chances - 1) * mp.exp(s * mp.log(rate / (alpha + t_x))) / whole
        # derivative of the logarithm at p = 0, and at 1 - p = 0
        steep = max((1 + s) * z, (1 + s * z / (1 + z)) ** k)
        beta = {"a": a, "b": b + chances, "steep": steep}
        alive = beta_truths.over_beta(lambda y: given_dropout(y, s=s, z=z, done=done, alive=True), **beta)
        expected = beta_truths.over_beta(lambda y: given_dropout(y, s=s, z=z, done=done, alive=False), **beta)
    with mp.workdps(60 + int(k * max(0, -mp.log10(z)))):
        share, some = z / (1 + z), mp.mpf(0)
        for j, weight in enumerate(done):
            fewer = mp.fsum(mp.rf(s + j, m) / mp.factorial(m) * share**m for m in range(k - j))
            some += weight * (1 - fewer * mp.exp(-(s + j) * mp.log1p(z)))
        some /= mp.fsum(done)
    return {
        "log_likelihood": bought + mp.log(whole) + mp.log1p(odds),
        "log_p_alive": -mp.log1p(odds),
        "still_alive": alive,
        "expected_purchases": expected,
        "p_purchase": some,
    }


def powers(x: Any, weights: list[Any]) -> Any:
    """The sum of weight x^j over j = 0, 1, ...."""
    return mp.fsum(weight * x**j for j, weight in enumerate(weights))


def given_dropout(y: Any, *, s: Any, z: Any, done: list[Any], alive: bool) -> Any:
    """Probability of being alive, or expected purchases, given logit p and weights of the stages done, to 20 digits.

    With sigma the k roots of u = 1 - p, alive is the sum of p / (k u) sigma / (1 - sigma) (1 + z (1 - sigma))^-s
    (sigma / (1 + z (1 - sigma)))^done; each purchase is followed by dropout with probability p.
    """
    k, digits = len(done), mp.mp.dps
    while True:
        with mp.workdps(digits + 10):
            p, u, log_u = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y)), -mp.log1p(mp.exp(y))
            total = size = mp.mpf(0)
            for number in range(k // 2 + 1):
                root = mp.exp(log_u / k) * mp.expjpi(2 * mp.mpf(number) / k)
                away = 1 - root if number else -mp.expm1(log_u / k)
                fall = mp.log(1 + z * away) if number else mp.log1p(z * away)
                term = p / (k * u) * root / away * mp.exp(-s * fall) * powers(root / (1 + z * away), done)
                term *= 1 if number in (0, k / 2) else 2
                total, size = total + mp.re(term), size + abs(term)
            total, size = total / mp.fsum(done), size / mp.fsum(done)
            rest = total if alive else 1 - total
            if rest > max(size, 0 if alive else 1) * mp.mpf(10) ** (20 - digits):
                return rest if alive else rest / p
        digits *= 2


def survival(k: int, *, a: Any, b: Any) -> list[Any]:
    """Beta-geometric survival S(0), S(1), ..., S(k)."""
    values = [mp.mpf(1)]
    for j in range(k):
        values.append(values[-1] * (b + j) / (a + b + j))
    return values


def discounted(*, a: Any, b: Any) -> Any:
    """Sum over k >= 1 of S(k), discounted k times."""
    term, total, k = mp.mpf(1), mp.mpf(0), 0
    while term > ENOUGH * total:
        term *= (b + k) / (a + b + k) / (1 + mp.mpf(RATE))
        total += term
        k += 1
    return total


def shifted_beta_geometric(case: Mapping[str, Any]) -> Truth:
    """The shifted beta-geometric."""
    k, ended, h, alpha, beta = (case[name] for name in ("k", "ended", "horizon", "alpha", "beta"))
    b = beta + k
    log_likelihood = log_rising(beta, k) - log_rising(alpha + beta, k)
    ahead = survival(int(h), a=alpha, b=b)
    return {
        "log_likelihood": log_likelihood + (mp.log(alpha / (alpha + b)) if ended else 0),
        "still_alive": ahead[-1],
        "expected_renewals": mp.fsum(ahead[1:]),
        "discounted_renewals": (1 + mp.mpf(RATE)) * discounted(a=alpha, b=b),
    }


def gamma_gamma(case: Mapping[str, Any]) -> Truth:
    """Gamma-Gamma."""
    x, m, p, q, gamma = (case[name] for name in ("x", "m", "p", "q", "gamma"))
    z, shape = m * x, p * x
    density = mp.loggamma(shape + q) - mp.loggamma(shape) - mp.loggamma(q) - mp.log(m)
    log_likelihood = density + shape * mp.log(z) + q * mp.log(gamma) - (shape + q) * mp.log(gamma + z)
    return {"log_likelihood": log_likelihood, "expected_order_value": p * (gamma + z) / (shape + q - 1)}
