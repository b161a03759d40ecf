"""Writes switching_kernel.csv and switching_counts.csv: an interrupted Poisson process by matrices, with 60 digits.

Run by hand: python tests/oracles/make_switching.py (two minutes). Nothing of kundkarriar is used, and no eigenvalue: a
customer on buys at `rate` and goes off at `leaving`; one off comes back at `returning`. Chances are exponentials of the
generator, by its Taylor series scaled and squared. A shift makes the matrix non-negative, so that no digit cancels.
Purchases are counted by a generator on pairs of a count and a state. Every value is computed with 60 and with 90
digits, which agree to 50.
"""

import csv
import itertools
from pathlib import Path

import mpmath as mp

HERE = Path(__file__).parent
UP_TO = 6

MODERATE = [
    (rate, leaving, returning, gap)
    for rate, leaving, returning in [(0.1, 0.05, 0.02), (1.0, 0.2, 0.5), (0.03, 0.06, 0.027), (5.0, 0.01, 0.1)]
    for gap in (0.0, 1 / 7, 10.0, 52.0, 500.0)
]
EXTREME = [
    (1e-9, 1e-9, 1e-9, 1.0),
    (1e-9, 1e-9, 1e-9, 1e4),
    (1e-9, 1e3, 1e-9, 1e4),
    (1e-9, 1e3, 1e3, 1e4),
    (1e-9, 1e-9, 1e3, 1e4),
    (1e3, 1e-9, 1e-9, 1e-3),
    (1e3, 1e-9, 1e-9, 1.0),
    (1e3, 1e-9, 1e-9, 1e4),
    (1e3, 1e3, 1e-9, 1e-3),
    (1e3, 1e3, 1e-9, 1e4),
    (1e3, 1e3, 1e3, 0.01),
    (1e3, 1e3, 1e3, 1e4),
    (1e3, 1e-9, 1e3, 1e4),
    (1e-3, 1e2, 1e-4, 300.0),
    (1e-5, 1e-2, 1e2, 1e3),
    (20.0, 1e-6, 1e-7, 3.0),
    (20.0, 1e-6, 1e-7, 30.0),
]
NOBODY_RETURNS = [
    (0.1, 0.05, 0.0, 10.0),
    (0.1, 0.05, 0.0, 1e4),
    (1e-9, 1e3, 0.0, 1.0),
    (1e3, 1e-9, 0.0, 1e4),
    (0.1, 0.05, 1e-9, 10.0),
    (0.1, 0.05, 1e-9, 1e4),
    (0.1, 0.05, 1e-14, 52.0),
]
EQUAL = [
    # rate + leaving = returning, or rate = leaving + returning
    (0.07, 0.05, 0.12, 10.0),
    (0.07, 0.05, 0.02, 10.0),
    (0.25, 0.25, 0.5, 30.0),
    (0.75, 0.25, 0.5, 30.0),
    (0.5, 0.25, 0.25, 1e4),
    (0.75, 0.5, 0.25, 1e-9),
    (1e-9, 1e-9, 2e-9, 1e4),
    (1e3, 1e3, 2e3, 1e-3),
    (0.3, 0.3, 0.0, 100.0),
]
MEETING = [
    # both eigenvalues nearly the same: rate = returning, and next to nobody leaves
    (0.1, 1e-9, 0.1, 10.0),
    (0.1, 1e-9, 0.1, 1e4),
    (0.5, 1e-18, 0.5, 40.0),
    (0.5, 1e-30, 0.5, 40.0),
    (0.5, 1e-12, 0.5 + 1e-12, 40.0),
    (1e-9, 1e-27, 1e-9, 1e4),
    (1e3, 1e-9, 1e3, 1.0),
]
COUNTED = [
    (0.1, 0.05, 0.02, 39.0, 0.0018),
    (0.1, 0.05, 0.0, 39.0, 0.0018),
    (0.1, 0.05, 1e-9, 39.0, 0.0018),
    (1.0, 0.2, 0.5, 4.0, 0.01),
    (0.03, 0.06, 0.027, 52.0, 0.0018),
    (5.0, 0.01, 0.1, 26.0, 0.0018),
    (0.75, 0.25, 0.5, 10.0, 0.01),
    (0.07, 0.05, 0.12, 39.0, 0.0018),
    (0.5, 1e-30, 0.5, 8.0, 0.0018),
    (20.0, 5.0, 1e-3, 100.0, 1e-6),
    (1e-9, 1e-9, 1e-9, 1e4, 0.0018),
    (1e-9, 1e3, 1e3, 10.0, 0.0018),
    (1e3, 1e3, 1e-9, 1e4, 0.0018),
    (1e3, 1e-9, 1e3, 1e-3, 1e3),
    (0.1, 0.05, 0.02, 1e-9, 0.0018),
    (0.1, 0.05, 0.02, 5e3, 1e-9),
]


def exponential(generator, time):
    """exp(generator * time); off the diagonal nothing is negative."""
    size = generator.rows
    shift = max(-generator[i, i] for i in range(size))
    squarings = max(0, int(mp.ceil(mp.log(shift * time, 2))) + 1) if time else 0
    step = time / mp.mpf(2) ** squarings
    positive = (generator + shift * mp.eye(size)) * step
    total, term, number = mp.eye(size), mp.eye(size), 0
    while number < 10 or mp.mnorm(term, 1) > mp.eps**2:
        number += 1
        term = term * positive / number
        total += term
    total *= mp.exp(-shift * step)
    for _ in range(squarings):
        total = total * total
    return total


def log_share(part, rest):
    """log(part / (part + rest)), exact in digits also next to 1."""
    return mp.log1p(-rest / (part + rest)) if rest < part else mp.log(part / (part + rest))


def without_purchase(*, rate, leaving, returning, gap):
    """Whoever buys goes to a third state and stays."""
    silent = exponential(mp.matrix([[-rate - leaving, leaving, rate], [returning, -returning, 0], [0, 0, 0]]), gap)
    on, off, bought = silent[0, 0], silent[0, 1], silent[0, 2]
    return {
        "log_on": log_share(on, off + bought),
        "log_off": log_share(off, on + bought) if off else mp.ninf,
        "log_on_or_off": log_share(on + off, bought),
        "log_p_on": log_share(on, off),
        "log_from_off": log_share(silent[1, 0] + silent[1, 1], silent[1, 2]),
    }


def counts(*, rate, leaving, returning, horizon):
    """Of 0 to UP_TO purchases, begun on and begun off; state 2n is on, 2n + 1 off after n purchases."""
    size = 2 * (UP_TO + 1)
    generator = mp.zeros(size)
    for n in range(UP_TO + 1):
        on, off = 2 * n, 2 * n + 1
        generator[on, on], generator[on, off] = -rate - leaving, leaving
        generator[off, on], generator[off, off] = returning, -returning
        if n < UP_TO:
            generator[on, on + 2] = rate
    ahead = exponential(generator, horizon)
    return {
        f"p_{n}_from_{name}": ahead[begun, 2 * n] + ahead[begun, 2 * n + 1]
        for (begun, name), n in itertools.product(enumerate(("on", "off")), range(UP_TO + 1))
    }


def sums(*, rate, leaving, returning, horizon, discount_rate):
    """Expected purchases and time on, plain and discounted: rewards flow into a third state that nothing leaves."""

    def until(end, delta):
        return exponential(
            mp.matrix([[-leaving - delta, leaving, 1], [returning, -returning - delta, 0], [0, 0, 0]]), end
        )

    plain, discounted = until(horizon, mp.mpf(0)), until(horizon, discount_rate)
    moving = mp.matrix([[leaving + discount_rate, -leaving], [-returning, returning + discount_rate]])
    lifelong = mp.lu_solve(moving, mp.matrix([1, 0]))
    found = {}
    for begun, name in enumerate(("on", "off")):
        found |= {
            f"on_from_{name}": plain[begun, 2],
            f"purchases_from_{name}": rate * plain[begun, 2],
            f"on_at_horizon_from_{name}": plain[begun, 0],
            f"discounted_purchases_from_{name}": rate * discounted[begun, 2],
            f"discounted_on_from_{name}": discounted[begun, 2],
            f"lifelong_purchases_from_{name}": rate * lifelong[begun],
            f"lifelong_on_from_{name}": lifelong[begun],
        }
    return found


def kernel_row(point):
    given = dict(zip(("rate", "leaving", "returning", "gap"), map(mp.mpf, point), strict=True))
    return given | without_purchase(**given)


def counts_row(point):
    given = dict(zip(("rate", "leaving", "returning", "horizon", "discount_rate"), map(mp.mpf, point), strict=True))
    undiscounted = {name: value for name, value in given.items() if name != "discount_rate"}
    return given | counts(**undiscounted) | sums(**given)


def agreed(row, point):
    """The row with 60 digits, if 90 digits say the same to 50."""
    with mp.workdps(60):
        found = row(point)
    with mp.workdps(90):
        sure = row(point)
        for name, value in sure.items():
            apart = 0 if found[name] == value else abs(found[name] - value) / abs(value)
            if apart > mp.mpf(10) ** -50:
                text = f"{name} of {point}: {mp.nstr(found[name], 20)} with 60 digits, {mp.nstr(value, 20)} with 90."
                raise ArithmeticError(text)
    return sure


def write(name, rows):
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: mp.nstr(value, 20) for name, value in row.items()} for row in rows)


def main():
    points = [*MODERATE, *EXTREME, *NOBODY_RETURNS, *EQUAL, *MEETING]
    write("switching_kernel.csv", [agreed(kernel_row, point) for point in points])
    write("switching_counts.csv", [agreed(counts_row, point) for point in COUNTED])


if __name__ == "__main__":
    main()
