"""Extreme customers of BG/BB: is every number finite, and how far is it from the truth?

    python benchmarks/extremes_bgbb.py [cases] [sample]

By default 10,000 random cases: up to 10,000 opportunities and 1,000 taken, the last anywhere, each parameter between
e^-6 and e^6. A sample of 500 is held against the published formulas, summed term by term with 50 digits. The error
is |ours - truth| / max(|truth|, floor), with a floor of 1 for log-likelihoods and 1e-300 for all else.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

from kundkarriar.numerics import beta_bernoulli

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CASES, SAMPLE, SEED = 10_000, 500, 20261122
EFOLDS, HORIZON, RATE = 6.0, 20, 0.01
PARAMETERS = ("alpha", "beta", "gamma", "delta")


def cases(count: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Histories and parameters, each (count,)."""
    generator = np.random.default_rng(SEED)
    n = np.floor(np.exp(generator.uniform(0, np.log(10_001), count)))
    some = np.floor(np.exp(generator.uniform(0, np.log(1001), count)))
    x = np.where(generator.random(count) < 0.3, 0.0, np.minimum(some, n))
    last = np.floor(x + generator.random(count) ** 2 * (n - x + 1))
    t_x = np.where(x > 0, np.where(generator.random(count) < 0.2, n, np.minimum(last, n)), 0.0)
    params = {name: np.exp(generator.uniform(-EFOLDS, EFOLDS, count)) for name in PARAMETERS}
    return {"x": x, "t_x": t_x, "n": n}, params


def ours(seen: dict[str, Array], params: dict[str, Array]) -> dict[str, Array]:
    """Every number of every case, each (count,)."""
    alone: dict[str, Any] = {"x": seen["x"], "n": seen["n"], **params}
    at_last = np.exp(beta_bernoulli.log_p_alive(**seen, ahead=0, **params))
    counts = beta_bernoulli.p_counts(HORIZON, most=2, **alone)
    return {
        "log_likelihood": beta_bernoulli.log_likelihood(**seen, **params),
        "log_p_alive": beta_bernoulli.log_p_alive(**seen, ahead=1, **params),
        "expected_purchases": at_last * beta_bernoulli.expected_purchases(HORIZON, **alone),
        "discounted_purchases": at_last * beta_bernoulli.discounted_purchases(np.inf, discount_rate=RATE, **alone),
        "p_purchase": at_last * beta_bernoulli.p_purchase(HORIZON, **alone),
        "p_two": at_last * counts[:, 2],
    }


def truth(x: int, t_x: int, n: int, *, alpha: Any, beta: Any, gamma: Any, delta: Any) -> dict[str, Any]:
    """The same of one case, by the published sums (eqs. 5, 7, 11, 13, 14)."""
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


def main(count: int = CASES, sample: int = SAMPLE) -> None:
    """Print how many numbers are not finite, and the largest errors of the sample."""
    mp.mp.dps = 50
    seen, params = cases(count)
    found = ours(seen, params)
    worst = dict.fromkeys(found, 0.0)
    for row in range(min(sample, count)):
        given = {name: mp.mpf(float(values[row])) for name, values in params.items()}
        true = truth(*(int(seen[name][row]) for name in ("x", "t_x", "n")), **given)
        for name, value in true.items():
            floor = 1.0 if name == "log_likelihood" else 1e-300
            error = abs(mp.mpf(float(found[name][row])) - value) / max(abs(value), floor)
            worst[name] = max(worst[name], float(error))
    print(f"BG/BB: {count:,} cases, {min(sample, count):,} against 50 digits")
    for name, values in found.items():
        print(f"  {name:<22} not finite {int(np.sum(~np.isfinite(values))):>3}   largest error {worst[name]:.1e}")


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:]))
