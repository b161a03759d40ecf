"""Writes pareto_nbd.csv: Pareto/NBD and GGompertz/NBD by direct integration with 30 digits.

Run by hand: python tests/oracles/make_pareto_nbd.py (some minutes). Nothing of kundkarriar is used, and none of its
formulas: the density of the lifetime is integrated over the logarithm of the time elapsed, in its own unit of time and
without closed forms, by mpmath's Gauss-Legendre rule of growing degree on pieces of length 1. Of each model half the
rows are plausible customers, half are extreme ones.
"""

import csv
import sys
from pathlib import Path

import mpmath as mp
import numpy as np

NAMES = ("x", "t_x", "T", "r", "alpha", "b", "s", "beta", "horizon", "discount_rate")


def integral(inside, end):
    """Of inside(t) from 0 to `end`, over v = ln t."""
    last = mp.log(end)
    pieces = [last - k for k in range(70, -1, -1)]
    return mp.quad(lambda v: mp.exp(v) * inside(mp.exp(v)), pieces, method="gauss-legendre")


def lifetime(*, b, s, beta):
    """Log survival and hazard at age t; beta as in CLVTools where b > 0."""
    if b == 0:
        return lambda t: s * mp.log(beta / (beta + t)), lambda t: s / (beta + t)
    return (
        lambda t: s * mp.log(beta / (beta + mp.expm1(b * t))),
        lambda t: s * b * mp.exp(b * t) / (beta + mp.expm1(b * t)),
    )


def values(*, x, t_x, T, r, alpha, b, s, beta, horizon, discount_rate):
    log_s, hazard = lifetime(b=b, s=s, beta=beta)
    p, now = r + x, log_s(T)
    alive = now - p * mp.log(alpha + T)

    def dropout_density(t):
        return hazard(t_x + t) * mp.exp(log_s(t_x + t) - p * mp.log(alpha + t_x + t) - alive)

    odds = integral(dropout_density, T - t_x) if t_x < T else mp.mpf(0)
    log_likelihood = mp.loggamma(p) - mp.loggamma(r) + r * mp.log(alpha) + alive + mp.log1p(odds)
    rate = alpha + T
    survival = lambda t: mp.exp(log_s(T + t) - now)  # noqa: E731
    times = lambda j, t: (  # noqa: E731 - probability of j purchases in t
        mp.rf(p, j) / mp.factorial(j) * mp.exp(-p * mp.log1p(t / rate)) * (t / (rate + t)) ** j
    )
    far = 80 / discount_rate
    return {
        "log_likelihood": log_likelihood,
        "log_p_alive": -mp.log1p(odds),
        "purchases": p / rate * integral(survival, horizon),
        "discounted_purchases": p / rate * integral(lambda t: survival(t) * mp.exp(-discount_rate * t), far),
        "still_alive": survival(horizon),
        "p_purchase": integral(lambda t: p / (rate + t) * times(0, t) * survival(t), horizon),
        "p_3": times(3, horizon) * survival(horizon)
        + integral(lambda t: hazard(T + t) * survival(t) * times(3, t), horizon),
    }


def customers(count, *, ages):
    generator = np.random.default_rng(20261122 + ages)
    for number in range(count):
        extreme = number % 2
        wide = 5.0 if extreme else 1.0
        x = int(generator.choice([0, 1, 40, 300, 1000] if extreme else [0, 0, 1, 2, 6, 15]))
        r, s = np.exp(generator.uniform(-wide, wide, 2))
        alpha, beta = np.exp(2.0 + generator.uniform(-wide, wide, 2))
        age = np.exp(generator.uniform(0, 8 if extreme else 4))
        s = 1.0 if number % 10 == 4 else s
        b = 0.0
        if ages:
            b = np.exp(generator.uniform(-wide, wide / 2)) / 50
            beta = beta * b
        t_x = age * generator.uniform(0.02, 1) if x else 0.0
        given = (x, t_x, age, r, alpha, b, s, beta, generator.choice([4, 52, 260]), generator.choice([0.0018, 0.01]))
        yield {name: mp.mpf(float(value)) for name, value in zip(NAMES, given, strict=True)}


def main():
    mp.mp.dps = 30
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rows = [given | values(**given) for ages in (0, 1) for given in customers(count, ages=ages)]
    with (Path(__file__).parent / "pareto_nbd.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: mp.nstr(value, 20) for name, value in row.items()} for row in rows)


if __name__ == "__main__":
    main()
