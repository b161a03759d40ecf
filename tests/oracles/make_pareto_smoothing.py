"""Writes pareto_smoothing.csv: smoothed log weights and k-hat by ArviZ, an implementation of its own.

Run by hand where arviz-stats is installed: python tests/oracles/make_pareto_smoothing.py (seconds). Nothing of
kundkarriar is used. The weights are those of a t distribution drawn from a normal,
of a wide normal, and of a narrow one.
"""

import csv
from pathlib import Path

import numpy as np

CASES = {"heavy": 200, "wide": 120, "narrow": 200}


def log_weights(case, size, generator):
    drawn = generator.standard_normal(size)
    if case == "heavy":
        return -1.5 * np.log1p(drawn**2 / 2) + 0.5 * drawn**2
    if case == "wide":
        return -0.125 * drawn**2 + 0.5 * drawn**2
    return -2.0 * drawn**2 + 0.5 * drawn**2


def main():
    from arviz_stats.base import array_stats  # noqa: PLC0415 - no requirement of the tests

    generator = np.random.default_rng(20250101)
    with (Path(__file__).parent / "pareto_smoothing.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["case", "log_weight", "smoothed", "k_hat"])
        for case, size in CASES.items():
            raw = log_weights(case, size, generator)
            smoothed, k_hat = array_stats.psislw(-raw)  # it takes log-likelihoods left out, whose negatives are weights
            for pair in zip(raw, smoothed, strict=True):
                out.writerow([case, *(f"{value:.17g}" for value in pair), f"{float(k_hat):.17g}"])


if __name__ == "__main__":
    main()
