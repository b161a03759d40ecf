"""Writes beta_mixture.csv: means over p ~ Beta(a, b) of what an exposure z leaves and brings, with 50 digits.

Run by hand: python tests/oracles/make_beta_mixture.py (four minutes). Nothing of kundkarriar is used. The density is
p^a (1 - p)^b / B(a, b) over logit p, with all powers taken in 50 digits; the trapezoidal rule is halved until 25 digits
agree, and the exponential tails are added as geometric series. Parameters reach from e^-28 to e^28, some rows are the
cases in which series and integrals of double precision were seen to fail, and plausible ones.
"""

import csv
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 50
FAR, DEEP = 110, 80
KNOWN = [
    (0.1, 2.0, 1e-4, 1.0),
    (0.1, 2.0, 1e-8, 1.0),
    (1.0, 3.0, 5e3, 1e7),
    (1.0, 3.0, 1e12, 1e12),
    (1e12, 30.0, 1e12, 1e12),
    (0.0779, 162767.79, 2.3364700154620207e-12, 14.168),
    (5000 / 112, 100.8, 0.8, 103.4),
    (10.0, 3.0, 2280.0, 1.2e6),
    (500.0, 13.25, 0.25, 14.0),
    (500.0, 13.25000001, 0.25, 14.0),
    (1e3, 0.5, 1.0, 2.0),
    (1e160, 1.5, 0.3, 2.0),
]


def over_beta(inside, *, a, b, steep, more=0):
    """Mean of inside(p), which is p to the power `more` near 0 and constant near 1."""

    def log_term(y):
        p, q = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
        return a * mp.log(p) + b * mp.log(q) + mp.log(inside(p))

    def edge(end):
        if log_term(end) > floor:
            return end, True
        outside, middle = end, top
        for _ in range(60):
            between = (outside + middle) / 2
            outside, middle = (between, middle) if log_term(between) < floor else (outside, between)
        return outside, False

    high = FAR + mp.log1p(a + b + steep)
    low = -high
    first, last = low, high
    while last - first > mp.mpf(10) ** -9:
        one, other = first + (last - first) * 0.382, first + (last - first) * 0.618
        first, last = (one, last) if log_term(one) < log_term(other) else (first, other)
    top = (first + last) / 2
    floor = log_term(top) - DEEP
    (low, left_tail), (high, right_tail) = edge(low), edge(high)
    beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    steps, before = 64, None
    while True:
        step = (high - low) / steps
        terms = [mp.exp(log_term(low + k * step) - beta) for k in range(steps + 1)]
        total = mp.fsum(terms)
        total += terms[0] / mp.expm1((a + more) * step) if left_tail else 0
        total += terms[-1] / mp.expm1(b * step) if right_tail else 0
        if before is not None and abs(total * step - before) < mp.mpf(10) ** -25 * before:
            return total * step
        before, steps = total * step, 2 * steps


def means(*, z, s, a, b):
    gone = lambda p: -mp.expm1(-s * mp.log1p(p * z))  # noqa: E731
    law = {"a": a, "b": b, "steep": (s + 1) * z}
    return {
        "log_survival": mp.log(over_beta(lambda p: mp.exp(-s * mp.log1p(p * z)), **law)),
        "departure": over_beta(gone, **law, more=1),
        "purchases": over_beta(lambda p: gone(p) / p, **law),
    }


def cases():
    generator = np.random.default_rng(20261129)
    yield from KNOWN
    for number in range(60):
        wide = 28.0 if number % 3 else 4.0
        a, b, s, rate = np.exp(generator.uniform(-wide, wide, 4)).tolist()
        x = float(generator.choice([0, 1, 30, 1000]))
        yield float(np.exp(generator.uniform(0, 9))) / rate, s + x, a, b + x


if __name__ == "__main__":
    with Path(__file__).with_name("beta_mixture.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["z", "s", "a", "b", "log_survival", "departure", "purchases"])
        for case in cases():
            given = dict(zip(("z", "s", "a", "b"), map(mp.mpf, case), strict=True))
            answers = (mp.nstr(value, 20) for value in means(**given).values())
            writer.writerow([*(repr(float(value)) for value in case), *answers])
