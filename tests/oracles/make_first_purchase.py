"""Writes first_purchase.csv: likelihoods and probabilities of single leads, with 30 digits and more.

Run by hand: python tests/oracles/make_first_purchase.py (a minute). Nothing of kundkarriar is used. The monthly
probability of leads who ever buy is integrated against its beta density by the trapezoidal rule in its logit, which
converges exponentially; the exposure is summed stretch by stretch between the events.
"""

import csv
import sys
from itertools import pairwise
from pathlib import Path

import mpmath as mp
import numpy as np

STEP = mp.mpf("0.25")
DAY = mp.mpf(12) / mp.mpf("365.25")
COLUMNS = (
    "months", "bought", "months_known", "quote_after", "interest_after", "x", "w", "alpha", "beta", "never", "pace",
    "on_never", "quote", "interest", "horizon", "log_likelihood", "p_within", "p_ever",
)  # fmt: skip


def exposure(months, *, log_pace, events):
    """Sum over the stretches between events; `events` are pairs (months after contact, log factor)."""
    edges = sorted({mp.mpf(0), months, *(at for at, _ in events if at < months)})
    return mp.fsum(
        (end - start) * mp.exp(log_pace + mp.fsum(factor for at, factor in events if at <= start))
        for start, end in pairwise(edges)
    )


def not_yet(c, *, alpha, beta, never):
    """Share who have not bought after an exposure of c: never + (1 - never) E[(1 - p)^c]."""
    low, high = -100 / alpha, 100 / beta
    points = [STEP * k for k in range(int(low / STEP), int(high / STEP) + 1)]
    total = mp.mpf(0)
    for y in points:
        log_p, log_q = -mp.log1p(mp.exp(-y)), -mp.log1p(mp.exp(y))
        total += STEP * mp.exp(alpha * log_p + (beta + c) * log_q)
    return never + (1 - never) * total / mp.beta(alpha, beta)


def lead(given):
    values = {name: mp.mpf(repr(value)) for name, value in given.items() if isinstance(value, float)}
    months, known = values["months"], values["months_known"]
    log_pace = values["pace"] * values["x"]
    odds = values["never"] / (1 - values["never"]) * mp.exp(values["on_never"] * values["w"])
    never = odds / (1 + odds)
    names = [name for name in ("quote", "interest") if given[f"{name}_after"] is not None]
    events = [(values[f"{name}_after"], values[name]) for name in names]
    shape = {"alpha": values["alpha"], "beta": values["beta"], "never": never}
    share = lambda until: not_yet(exposure(until, log_pace=log_pace, events=events), **shape)  # noqa: E731
    if given["bought"] and "quote" in given["cell"]:
        log_likelihood = mp.log(share(months - DAY) - share(months))
    elif given["bought"]:
        # a month of whole days: its days are those whose end lies within it
        start, end = (mp.floor(month / DAY) * DAY for month in (mp.ceil(months) - 1, mp.ceil(months)))
        log_likelihood = mp.log(share(start) - share(min(end, known)))
    else:
        log_likelihood = mp.log(share(months))
    now = share(months)
    return given | {
        "log_likelihood": log_likelihood,
        "p_within": 1 - share(months + values["horizon"]) / now,
        "p_ever": 1 - never / now,
    }


def cases():
    generator = np.random.default_rng(16)
    for number in range(60):
        wide = number % 2
        spread = 1.5 if wide else 0.6
        alpha, beta = np.exp(generator.normal([0.3, 2.0], spread))
        known = int(generator.integers(40, 1500))
        days = int(generator.integers(32, known + 1))
        bought = bool(generator.random() < 0.5)
        with_events = number % 3 > 0
        if number % 6 == 3:  # within a month that is not over
            days, bought = known - 1, True
        after = [int(generator.integers(0, days)) if generator.random() < 0.6 else None for _ in range(2)]
        yield {
            "months": (days if bought else known) / (365.25 / 12),
            "bought": bought,
            "months_known": known / (365.25 / 12),
            "quote_after": None if after[0] is None or not with_events else after[0] / (365.25 / 12),
            "interest_after": None if after[1] is None or not with_events else after[1] / (365.25 / 12),
            "cell": "quote: a day" if with_events else "month",
            "x": float(generator.normal()),
            "w": float(generator.normal()),
            "alpha": float(alpha),
            "beta": float(beta),
            "never": float(generator.uniform(0.02, 0.9)),
            "pace": float(generator.normal(0, 0.5)),
            "on_never": float(generator.normal(0, 0.7)),
            "quote": float(generator.normal(0.7, 0.7)),
            "interest": float(generator.normal(0, 0.7)),
            "horizon": float(generator.choice([0.5, 1.0, 6.0, 12.0, 60.0])),
        }


if __name__ == "__main__":
    mp.mp.dps = 40
    with Path(__file__).with_name("first_purchase.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["cell", *COLUMNS], lineterminator="\n")
        writer.writeheader()
        for case in cases():
            row = lead(case)
            writer.writerow(
                {name: mp.nstr(value, 20) if isinstance(value, mp.mpf) else value for name, value in row.items()}
            )
            sys.stdout.write(".")
            sys.stdout.flush()
