"""Writes first_order.csv: log-likelihoods and expected orders of Gamma-Gamma with first orders, with 30 digits.

Run by hand: python tests/oracles/make_first_order.py (seconds). Nothing of kundkarriar is used. The rate nu of a
customer's orders is integrated against its gamma density in its logarithm, by the trapezoidal rule, which converges
exponentially: of the density of the first order, c times an order, and of that of the sum of the others.
"""

import csv
from pathlib import Path

import mpmath as mp

STEP, REACH = mp.mpf("0.004"), 30
COLUMNS = ("x", "m", "first", "p", "q", "gamma", "c", "log_likelihood", "expected_order")
ROWS = (
    (0, 0, "12.5", "3.853042", "4.505741", "29.84828", "1"),
    (2, "30.25", "12.5", "3.853042", "4.505741", "29.84828", "1.4"),
    (2, "30.25", "0", "3.853042", "4.505741", "29.84828", "1.4"),
    (7, "70", "99.9", "0.7", "1.3", "4.5", "0.6"),
    (1, "0.01", "5000", "12", "9", "250", "2.5"),
    (40, "31", "28", "60", "45", "23", "1.05"),
)


def log_gamma_density(z, shape, rate):
    return shape * mp.log(rate) + (shape - 1) * mp.log(z) - rate * z - mp.loggamma(shape)


def row(given):
    x, (m, first, p, q, gamma, c) = given[0], map(mp.mpf, given[1:])
    points = [STEP * k - REACH for k in range(int(2 * REACH / STEP) + 1)]

    def height(y):
        nu = mp.exp(y)
        log = log_gamma_density(nu, q, gamma) + y
        if first > 0:
            log += log_gamma_density(first / c, p, nu) - mp.log(c)
        if x > 0:
            log += log_gamma_density(x * m, p * x, nu)
        return mp.exp(log)

    heights = [height(y) for y in points]
    whole = mp.fsum(heights)
    order = mp.fsum(h * p * mp.exp(-y) for h, y in zip(heights, points, strict=True)) / whole
    return mp.log(whole * STEP), order


def main():
    mp.mp.dps = 60
    with (Path(__file__).parent / "first_order.csv").open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(COLUMNS)
        for given in ROWS:
            write.writerow([*given, *(mp.nstr(value, 30) for value in row(given))])


if __name__ == "__main__":
    main()
