"""Extreme customers of BG/BB for benchmarks/extremes.py: random cases, our numbers, and the published sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import truths
from extreme_parameters import drawn

from kundkarriar.numerics.bgbb import expectation, likelihood
from kundkarriar.numerics.bgbb.likelihood import log_p_alive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SEED = 20261122
HORIZON = 20
PARAMETERS = ("alpha", "beta", "gamma", "delta")


def cases(count: int) -> list[dict[str, float]]:
    """Histories and parameters: up to 10,000 opportunities and 1,000 taken, the last anywhere."""
    generator = np.random.default_rng(SEED)
    n = np.floor(np.exp(generator.uniform(0, np.log(10_001), count)))
    some = np.floor(np.exp(generator.uniform(0, np.log(1001), count)))
    x = np.where(generator.random(count) < 0.3, 0.0, np.minimum(some, n))
    last = np.floor(x + generator.random(count) ** 2 * (n - x + 1))
    t_x = np.where(x > 0, np.where(generator.random(count) < 0.2, n, np.minimum(last, n)), 0.0)
    columns = {"x": x, "t_x": t_x, "n": n}
    histories = [dict(zip(columns, map(float, row), strict=True)) for row in zip(*columns.values(), strict=True)]
    return [history | drawn(generator, PARAMETERS) for history in histories]


def ours(given: list[dict[str, float]]) -> dict[str, Array]:
    """Every number of every case, each (count,)."""
    columns: dict[str, Any] = {
        name: np.array([case[name] for case in given]) for name in ("x", "t_x", "n", *PARAMETERS)
    }
    alone = {name: column for name, column in columns.items() if name != "t_x"}
    at_last = np.exp(log_p_alive(**columns, ahead=0))
    counts = expectation.p_counts(HORIZON, up_to=2, **alone)
    return {
        "log_likelihood": likelihood.log_likelihood(**columns),
        "log_p_alive": log_p_alive(**columns, ahead=1),
        "expected_purchases": at_last * expectation.expected_purchases(HORIZON, **alone),
        "discounted_purchases": at_last * expectation.discounted_purchases(np.inf, discount_rate=truths.RATE, **alone),
        "p_purchase": at_last * expectation.p_purchase(HORIZON, **alone),
        "p_two": at_last * counts[:, 2],
    }


def truth(case: Mapping[str, Any]) -> dict[str, Any]:
    """The same of one case, by the published sums (eqs. 5, 7, 11, 13, 14), term by term."""
    x, t_x, n = (int(case[name]) for name in ("x", "t_x", "n"))
    alpha, beta, gamma, delta = (case[name] for name in PARAMETERS)
    a, b, d = alpha + x, beta + n - x, delta + n

    def log_likelihood_alive(j: int, m: int) -> Any:
        """Log probability of purchases at the first x of j opportunities, alive through m of them."""
        parts = truths.log_rising(alpha, x), truths.log_rising(beta, j - x), truths.log_rising(alpha + beta, j)
        log_survival = truths.log_rising(delta, m) - truths.log_rising(gamma + delta, m)
        return parts[0] + parts[1] - parts[2] + log_survival

    still_alive = mp.exp(log_likelihood_alive(n, n))
    term = mp.exp(log_likelihood_alive(t_x, t_x)) * gamma / (gamma + delta + t_x)
    dropped_out = mp.mpf(0)
    for j in range(t_x, n):
        dropped_out += term
        if term * n < truths.ENOUGH * dropped_out:
            break
        term *= (beta + j - x) / (alpha + beta + j) * (delta + j) / (gamma + delta + j + 1)
    share = still_alive / (still_alive + dropped_out)
    alive = truths.survival(HORIZON, a=gamma, b=d)
    no_purchase = truths.survival(HORIZON, a=a, b=b)
    two = mp.mpf(0)
    for i in range(2, HORIZON + 1):
        dropout = gamma / (gamma + d + i) if i < HORIZON else 1
        two_purchases = a * (a + 1) / ((a + b + i - 1) * (a + b + i - 2)) * no_purchase[i - 2]
        two += mp.binomial(i, 2) * two_purchases * alive[i] * dropout
    buys = a / (a + b)
    return {
        "log_likelihood": mp.log(still_alive + dropped_out),
        "log_p_alive": -mp.log1p(dropped_out / still_alive) - mp.log1p(gamma / d),
        "expected_purchases": share * buys * mp.fsum(alive[1:]),
        "discounted_purchases": share * buys * truths.discounted(a=gamma, b=d),
        "p_purchase": share * mp.fsum(no_purchase[k] * a / (a + b + k) * alive[k + 1] for k in range(HORIZON)),
        "p_two": share * two,
    }
