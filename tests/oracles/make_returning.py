"""Writes returning_gamma.csv and returning_forecasts.csv: customers who pause and return, by sums over fine grids.

Run by hand: python tests/oracles/make_returning.py (a minute). Nothing of kundkarriar is used, and no closed form of
the process: chances are exponentials of the generator, a power series whose powers count purchases; a shift makes all
terms non-negative. Traits are summed by the trapezoidal rule over log rate x log leaving. Each value is computed on
two grids, of which one is twice as fine and wider; they agree to 1e-11. Gaps and silence in the files are days, the
horizon and the traits weeks.
"""

import csv
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
HORIZON, UP_TO = 39.0, 5
DISCOUNT_RATE = math.log(1.1) * 7 / 365.25

HISTORIES = [
    # gaps, then silence; the first three are bought on days 0; 3, 24; 0, 2, 9, 90, seen on day 100
    ([], 100),
    ([21], 76),
    ([2, 7, 81], 10),
    ([], 272),
    ([], 0),
    ([5], 700),
    ([7] * 26, 3),
    ([7] * 26, 60),
    ([1, 2] * 30, 200),
    ([2, 3, 4, 120, 3, 2], 5),
]
LOG_NORMAL = [
    {"m1": -3.42, "m2": -2.75, "log_s1": 0.14, "log_s2": 0.19, "log_nu": -3.6},
    {"m1": -1.0, "m2": -4.0, "log_s1": -0.7, "log_s2": 0.5, "log_nu": -1.5},
]
GAMMA = [
    {"r": 0.5532772, "alpha": 10.57769, "s": 0.6062392, "beta": 11.66871},
    {"r": 2.0, "alpha": 5.0, "s": 1.5, "beta": 20.0},
]
RETURNING = [0.0, 1e-6, 0.02, 0.3]


def product(a, b):
    """Of two power series of matrices, as far as the first is known; axes: power, row, column, node."""
    out, size = np.zeros_like(a), a.shape[1]
    for power in range(len(a)):
        for first in range(max(0, power + 1 - len(b)), power + 1):
            for i, k, j in np.ndindex(size, size, size):
                out[power, i, j] += a[first, i, k] * b[power - first, k, j]
    return out


def exponential(generator, time):
    """exp(generator * time), where nothing off the diagonal is negative; each node is squared as often as it must."""
    states = range(generator.shape[1])
    shift = np.max([-generator[0, i, i] for i in states], axis=0)
    squarings = np.ceil(np.log2(np.maximum(shift * time, 1))).astype(int) + 1
    step = time / 2.0**squarings
    positive, total = generator * step, np.zeros_like(generator)
    for i in states:
        positive[0, i, i] += shift * step
        total[0, i, i] = 1
    term = total.copy()
    for number in range(1, 17):
        term = product(term, positive[:2]) / number
        total += term
    total *= np.exp(-shift * step)
    for done in range(squarings.max()):
        still = squarings > done
        total[..., still] = product(total[..., still], total[..., still])
    return total


def generator_of(rate, leaving, returning, *, up_to=0):
    """On, then off; the power counts purchases."""
    generator = np.zeros((up_to + 1, 2, 2, len(rate)))
    generator[0, 0, 0], generator[0, 0, 1] = -rate - leaving, leaving
    generator[0, 1, 0], generator[0, 1, 1] = returning, -returning
    generator[1:2, 0, 0] = rate
    return generator


def sums_on(leaving, returning, *, until, discount_rate):
    """Time on, discounted, begun on and begun off: it flows into a third state."""
    generator = np.zeros((1, 3, 3, len(leaving)))
    generator[0, 0, 0], generator[0, 0, 1], generator[0, 0, 2] = -leaving - discount_rate, leaving, 1
    generator[0, 1, 0], generator[0, 1, 1] = returning, -returning - discount_rate
    return exponential(generator, until)[0, :2, 2]


def expected_ahead(rate, leaving, returning):
    """On today and purchases to come, begun on and begun off (rows), at each pair of traits."""
    return {
        "p_on": np.stack([np.ones_like(rate), np.zeros_like(rate)]),
        "expected_purchases": rate * sums_on(leaving, returning, until=HORIZON, discount_rate=0),
    }


def all_ahead(rate, leaving, returning):
    """Expected numbers, and those of counts and of money."""
    counts = exponential(generator_of(rate, leaving, returning, up_to=UP_TO), HORIZON).sum(axis=2)
    determinant = DISCOUNT_RATE * (DISCOUNT_RATE + leaving + returning)
    lifelong_on = np.stack([(DISCOUNT_RATE + returning) / determinant, returning / determinant])
    return expected_ahead(rate, leaving, returning) | {
        "p_on_at_horizon": exponential(generator_of(0 * rate, leaving, returning), HORIZON)[0, :, 0],
        "discounted_purchases": rate * sums_on(leaving, returning, until=HORIZON, discount_rate=DISCOUNT_RATE),
        "discounted_lifelong": rate * lifelong_on,
        "p_purchase": 1 - counts[0],
        **{f"p_{n}": counts[n] for n in range(UP_TO + 1)},
    }


def seen_of(rate, leaving, returning):
    """Likelihood of each history, ending on and ending off (rows)."""
    silent = {0: np.stack([np.ones_like(rate), np.zeros_like(rate)])}
    generator = generator_of(rate, leaving, returning)
    for days in sorted({days for gaps, silence in HISTORIES for days in (*gaps, silence)} - {0}):
        silent[days] = exponential(generator, days / 7)[0, 0]
    likelihoods = []
    for gaps, silence in HISTORIES:
        bought = np.ones_like(rate)
        for days, times in Counter(gaps).items():
            bought *= (rate * silent[days][0]) ** times
        likelihoods.append(bought * silent[silence])
    return likelihoods


def histories_of(log_rate, log_leaving, *, returning, ahead_of):
    """Numbers of each history; of each log trait its nodes and their weights."""
    (nodes, weights), (across, across_weights) = log_rate, log_leaving
    totals = [Counter() for _ in HISTORIES]
    for some in np.array_split(np.arange(len(nodes)), len(nodes) // 8):
        rate = np.exp(np.repeat(nodes[some], len(across)))
        leaving = np.exp(np.tile(across, len(some)))
        weight = np.repeat(weights[some], len(across)) * np.tile(across_weights, len(some))
        ahead = ahead_of(rate, leaving, returning)
        for total, likelihood in zip(totals, seen_of(rate, leaving, returning), strict=True):
            total["likelihood"] += np.sum(weight * likelihood)
            for name, value in ahead.items():
                total[name] += np.sum(weight * likelihood * value)
    return [
        {"log_likelihood": np.log(total["likelihood"])} | {name: total[name] / total["likelihood"] for name in ahead}
        for total in totals
    ]


def normal_nodes(mean, log_sd, *, fine):
    """Of a normal log trait, to 8 or 10 standard deviations."""
    z = np.linspace(-10, 10, 501) if fine else np.linspace(-8, 8, 201)
    weights = np.exp(-z * z / 2)
    return mean + np.exp(log_sd) * z, weights / weights.sum()


def gamma_nodes(shape, rate, *, spacing, fine):
    """Of a gamma trait, over its log; below 1 the left tail falls as slowly as the shape is small."""
    lowest, highest, step = (-36, 4.6, spacing) if fine else (-32, 4.3, 2 * spacing)
    u = np.arange(lowest / min(shape, 1), highest, step)
    weights = np.exp(shape * u - np.exp(u))
    return u - np.log(rate), weights / weights.sum()


def agreed(nodes_of, **given):
    """Numbers on the finer of two grids, if the other says the same."""
    coarse, fine = (histories_of(*nodes_of(fine=fine), **given) for fine in (False, True))
    for (gaps, silence), rough, sure in zip(HISTORIES, coarse, fine, strict=True):
        for name, value in sure.items():
            if abs(rough[name] - value) > 1e-11 * abs(value) + 1e-15:
                text = f"{name} after {gaps}, {silence}: {rough[name]!r} on the coarse grid, {value!r} on the fine one."
                raise ArithmeticError(text)
    return fine


def log_normal_rows():
    for params in LOG_NORMAL:

        def nodes_of(*, fine, of=params):
            leaving = normal_nodes(of["m2"], of["log_s2"], fine=fine)
            return normal_nodes(of["m1"], of["log_s1"], fine=fine), leaving

        yield from rows(params, agreed(nodes_of, returning=math.exp(params["log_nu"]), ahead_of=all_ahead))


def gamma_rows():
    for params in GAMMA:

        def nodes_of(*, fine, of=params):
            leaving = gamma_nodes(of["s"], of["beta"], spacing=0.15, fine=fine)
            return gamma_nodes(of["r"], of["alpha"], spacing=0.05, fine=fine), leaving

        for returning in RETURNING:
            found = agreed(nodes_of, returning=returning, ahead_of=expected_ahead)
            yield from rows(params | {"returning": returning}, found)


def rows(params, found):
    for (gaps, silence), numbers in zip(HISTORIES, found, strict=True):
        given = {"gaps": json.dumps(gaps), "silence": silence, "horizon": HORIZON, "discount_rate": DISCOUNT_RATE}
        yield params | given | {name: float(value) for name, value in numbers.items()}


def write(name, written):
    with (HERE / f"returning_{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(written[0]))
        writer.writeheader()
        writer.writerows(written)


def main():
    write("gamma", list(gamma_rows()))
    write("forecasts", list(log_normal_rows()))


if __name__ == "__main__":
    main()
