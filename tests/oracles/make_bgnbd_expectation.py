"""Writes bgnbd_expectation.csv: expected future of customers who are alive, by direct integration, 30 digits.

Run by hand: python tests/oracles/make_bgnbd_expectation.py (a minute and a half). Nothing of kundkarriar is used, and
none of its formulas: the dropout probability p is integrated against its beta density, and time by mpmath's adaptive
quadrature. Half the rows are plausible customers, half are extreme ones.
"""

import csv
from pathlib import Path

import mpmath as mp
import numpy as np


def over_p(inside, *, a, b):
    """Mean of inside(p) with p ~ Beta(a, b), as a smooth integral over logit p."""

    def integrand(y):
        p, q = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
        return mp.exp(a * mp.log(p) + b * mp.log(q)) * inside(p)

    middle, width = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
    cuts = [middle + k * width / 2 for k in (-80, *range(-60, 27), 40, 80)]
    return mp.quad(integrand, [cuts[0] - 80 / a, *cuts, cuts[-1] + 80 / b]) / mp.beta(a, b)


def ahead(*, s, rate, a, b, horizon, discount_rate):
    alive = lambda t: mp.hyp2f1(s, a, a + b, -t / rate)  # noqa: E731
    buys = lambda t: s / rate * mp.hyp2f1(s + 1, a, a + b, -t / rate)  # noqa: E731
    end = horizon if horizon != mp.inf else 80 / discount_rate
    cuts = [0, *[rate * (mp.exp(mp.log(1 + end / rate) * k / 6) - 1) for k in range(1, 6)], end]
    discount = lambda t: mp.exp(-discount_rate * t)  # noqa: E731
    return {
        "discounted_purchases": mp.quad(lambda t: discount(t) * buys(t), cuts),
        "discounted_alive": mp.quad(lambda t: discount(t) * alive(t), cuts),
        "purchases": mp.inf
        if horizon == mp.inf
        else over_p(lambda p: -mp.expm1(-s * mp.log1p(p * horizon / rate)) / p, a=a, b=b),
        "still_alive": mp.mpf(0)
        if horizon == mp.inf
        else over_p(lambda p: mp.exp(-s * mp.log1p(p * horizon / rate)), a=a, b=b),
    }


def customers():
    generator = np.random.default_rng(20261121)
    for number in range(60):
        extreme = number % 2
        wide = 3.0 if extreme else 1.0
        x = int(generator.choice([0, 1, 5, 40, 300] if extreme else [0, 0, 1, 2, 6, 15]))
        r, a, b = np.exp(generator.uniform(-wide, wide, 3))
        alpha, age = np.exp(generator.uniform(0.5, 3)), generator.uniform(0, 60)
        a = 1.0 if number % 10 == 4 else a
        chances = x + number % 3 // 2
        horizon = generator.choice([52, 4, 260, np.inf])
        rate = generator.choice([0.0018, 0.01])
        given = {"s": r + x, "rate": alpha + age, "a": a, "b": b + chances, "horizon": horizon, "discount_rate": rate}
        yield {name: mp.mpf(float(value)) for name, value in given.items()}


def main():
    mp.mp.dps = 30
    rows = [given | ahead(**given) for given in customers()]
    with (Path(__file__).parent / "bgnbd_expectation.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: mp.nstr(value, 20) for name, value in row.items()} for row in rows)


if __name__ == "__main__":
    main()
