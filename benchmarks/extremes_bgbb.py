"""Extreme customers of BG/BB for benchmarks/extremes.py: random cases, our numbers, and the published sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

from kundkarriar.numerics import beta_bernoulli

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SEED = 20261122
EFOLDS, HORIZON, RATE = 6.0, 20, 0.01
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
    columns |= {name: np.exp(generator.uniform(-EFOLDS, EFOLDS, count)) for name in PARAMETERS}
    return [dict(zip(columns, map(float, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def ours(given: list[dict[str, float]]) -> dict[str, Array]:
    """Every number of every case, each (count,)."""
    columns: dict[str, Any] = {
        name: np.array([case[name] for case in given]) for name in ("x", "t_x", "n", *PARAMETERS)
    }
    alone = {name: column for name, column in columns.items() if name != "t_x"}
    at_last = np.exp(beta_bernoulli.log_p_alive(**columns, ahead=0))
    counts = beta_bernoulli.p_counts(HORIZON, most=2, **alone)
    return {
        "log_likelihood": beta_bernoulli.log_likelihood(**columns),
        "log_p_alive": beta_bernoulli.log_p_alive(**columns, ahead=1),
        "expected_purchases": at_last * beta_bernoulli.expected_purchases(HORIZON, **alone),
        "discounted_purchases": at_last * beta_bernoulli.discounted_purchases(np.inf, discount_rate=RATE, **alone),
        "p_purchase": at_last * beta_bernoulli.p_purchase(HORIZON, **alone),
        "p_two": at_last * counts[:, 2],
    }


def truth(case: Mapping[str, Any]) -> dict[str, Any]:
    """The same of one case, by the published sums (eqs. 5, 7, 11, 13, 14), term by term."""
    x, t_x, n = (int(case[name]) for name in ("x", "t_x", "n"))
    alpha, beta, gamma, delta = (case[name] for name in PARAMETERS)
    beta_of = mp.beta
    there = beta_of(alpha + x, beta + n - x) / beta_of(alpha, beta) * beta_of(gamma, delta + n) / beta_of(gamma, delta)
    term = beta_of(alpha + x, beta + t_x - x) / beta_of(alpha, beta)
    term *= beta_of(gamma + 1, delta + t_x) / beta_of(gamma, delta)
    left = mp.mpf(0)
    for j in range(t_x, n):
        left += term
        term *= (beta + j - x) / (alpha + beta + j) * (delta + j) / (gamma + delta + j + 1)
    a, b, d, share = alpha + x, beta + n - x, delta + n, there / (there + left)
    stays = [beta_of(gamma, d + k) / beta_of(gamma, d) for k in range(HORIZON + 1)]
    buys = a / (a + b)
    two = mp.binomial(HORIZON, 2) * beta_of(a + 2, b + HORIZON - 2) / beta_of(a, b) * stays[-1]
    for i in range(2, HORIZON):
        leaves = beta_of(gamma + 1, d + i) / beta_of(gamma, d)
        two += mp.binomial(i, 2) * beta_of(a + 2, b + i - 2) / beta_of(a, b) * leaves
    ever = stays[1] / (1 + mp.mpf(RATE)) * mp.hyp2f1(1, d + 1, gamma + d + 1, 1 / (1 + mp.mpf(RATE)))
    bought = sum(beta_of(a + 1, b + k - 1) / beta_of(a, b) * stays[k] for k in range(1, HORIZON + 1))
    return {
        "log_likelihood": mp.log(there + left),
        "log_p_alive": mp.log(share * stays[1]),
        "expected_purchases": share * buys * sum(stays[1:]),
        "discounted_purchases": share * buys * ever,
        "p_purchase": share * bought,
        "p_two": share * two,
    }
