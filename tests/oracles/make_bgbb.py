"""Writes bgbb.csv: values of BG/BB and the shifted beta-geometric for single customers, with 30 digits and more.

Run by hand: python tests/oracles/make_bgbb.py (a minute). Nothing of kundkarriar is used. Half the rows are plausible
customers: purchase and dropout probabilities are integrated against their beta densities by the trapezoidal rule in
their logits, which converges exponentially. Half are extreme ones, over parameters of 12 e-folds, up to a thousand
purchases and a thousand trailing nonpurchases: there the published formulas are summed term by term with 60 digits.
"""

import csv
from pathlib import Path

import mpmath as mp
import numpy as np

STEP = mp.mpf("0.25")
COLUMNS = (
    "how", "x", "t_x", "n", "alpha", "beta", "gamma", "delta", "horizon", "discount_rate", "log_likelihood",
    "log_p_alive", "expected_purchases", "discounted_purchases", "p_purchase", "p_two",
)  # fmt: skip


def integrated(a, b):
    """Means of functions of a probability p ~ Beta(a, b), by quadrature over its logit."""
    low, high = -100 / a, 100 / b
    points = [STEP * k for k in range(int(low / STEP), int(high / STEP) + 1)]
    nodes = [(1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))) for y in points]
    weights = [STEP * mp.exp(a * mp.log(p) + b * mp.log(q)) / mp.beta(a, b) for p, q in nodes]
    return lambda inside: mp.fsum(w * inside(p, q) for w, (p, q) in zip(weights, nodes, strict=True))


def summed(a, b):
    """Means of p^i q^j by the ratio of betas."""
    scale = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return lambda i, j: mp.exp(mp.loggamma(a + i) + mp.loggamma(b + j) - mp.loggamma(a + b + i + j) - scale)


def customer(*, how, x, t_x, n, alpha, beta, gamma, delta, horizon, discount_rate):
    given = dict(locals())
    alpha, beta, gamma, delta, rate = (mp.mpf(v) for v in (alpha, beta, gamma, delta, discount_rate))
    if how == "integrated":
        mean_p, mean_theta = integrated(alpha, beta), integrated(gamma, delta)
        of_p = lambda i, j: mean_p(lambda p, q: p**i * q**j)  # noqa: E731
        of_theta = lambda i, j: mean_theta(lambda p, q: p**i * q**j)  # noqa: E731
        ever = mean_theta(lambda _, q: q ** (n + 1) / (1 + rate - q))
    else:
        of_p, of_theta = summed(alpha, beta), summed(gamma, delta)
        b, c = delta + n + 1, gamma + delta + n + 1
        ever = of_theta(0, n + 1) / (1 + rate) * mp.hyp2f1(1, b, c, 1 / (1 + rate))
    alive = of_p(x, n - x) * of_theta(0, n)
    dropped_out = mp.fsum(of_p(x, t_x - x + i) * of_theta(1, t_x + i) for i in range(n - t_x))
    whole = alive + dropped_out
    ahead = range(1, horizon + 1)
    survival = {k: of_theta(0, n + k) for k in ahead}
    bought = of_p(x + 1, n - x)
    two = mp.binomial(horizon, 2) * of_p(x + 2, n - x + horizon - 2) * survival[horizon] + mp.fsum(
        mp.binomial(i, 2) * of_p(x + 2, n - x + i - 2) * of_theta(1, n + i) for i in range(2, horizon)
    )
    return given | {
        "log_likelihood": mp.log(whole),
        "log_p_alive": mp.log(of_p(x, n - x) * survival[1] / whole),
        "expected_purchases": bought * mp.fsum(survival.values()) / whole,
        "discounted_purchases": bought * ever / whole,
        "p_purchase": mp.fsum(of_p(x + 1, n - x + k - 1) * survival[k] for k in ahead) / whole,
        "p_two": two / whole,
    }


def customers():
    generator = np.random.default_rng(20261122)
    for number in range(24):
        n = int(generator.choice([1, 3, 6, 12]))
        t_x = int(generator.integers(0, n + 1))
        x = int(generator.integers(1, t_x + 1)) if t_x else 0
        values = np.exp(generator.uniform(-1, 1.5, 4))
        if number % 4 == 0:
            values[2] = 1.0  # where the closed form of the expected purchases divides 0 by 0
        yield "integrated", x, t_x, n, values, int(generator.choice([2, 5, 10])), float(generator.choice([0.1, 0.01]))
    for _ in range(36):
        x = int(generator.choice([0, 1, 10, 100, 1000]))
        t_x = x + int(generator.choice([0, 1, 30, 500])) if x else 0
        n = t_x + int(generator.choice([0, 1, 5, 40, 1000]))
        values = np.exp(generator.uniform(-6, 6, 4))
        yield "summed", x, t_x, n, values, int(generator.choice([2, 10, 50])), float(generator.choice([0.1, 0.001]))


def main():
    rows = []
    for how, x, t_x, n, values, horizon, rate in customers():
        mp.mp.dps = 30 if how == "integrated" else 60
        named = dict(zip(("alpha", "beta", "gamma", "delta"), values.tolist(), strict=True))
        rows.append(customer(how=how, x=x, t_x=t_x, n=n, **named, horizon=horizon, discount_rate=rate))
    with (Path(__file__).parent / "bgbb.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(
            {name: mp.nstr(value, 20) if isinstance(value, mp.mpf) else value for name, value in row.items()}
            for row in rows
        )


if __name__ == "__main__":
    main()
