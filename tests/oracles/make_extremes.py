"""Hard points of parameters up to e^28, by mpmath: writes extremes.csv beside this file.

    python tests/oracles/make_extremes.py

The truths are those of benchmarks/truths.py: closed forms and direct integrals with 30 and with 45 digits, which agree.
"""

import csv
import json
import sys
from pathlib import Path

import mpmath as mp

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

import extremes_bgbb  # noqa: E402 - benchmarks are no package
import truths  # noqa: E402

SEEN = {"x": 2.0, "t_x": 30.43, "T": 38.86, "horizon": 52.0}
NEW = {"x": 0.0, "t_x": 0.0, "T": 3.06, "horizon": 60.56}
HEAVY = {"x": 443.0, "t_x": 141.4, "T": 141.6, "horizon": 6193.0}
PARETO = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
AGEING = {"r": 0.553, "alpha": 10.578, "b": 0.0002, "s": 0.603, "beta": 0.0026}
BGBB = {"alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
YEARS = {"x": 4.0, "t_x": 5.0, "n": 6.0}
MEMBER = {"k": 52.0, "ended": 0.0, "horizon": 20.0}
SPENT = {"x": 19.0, "m": 22.35}

POINTS = {
    "NBD": (truths.nbd, [SEEN | {"r": 1e12, "alpha": 1e12}, SEEN | {"r": 1e-12, "alpha": 1e12}]),
    "Pareto/NBD": (
        truths.pareto,
        [
            SEEN | PARETO | {"s": 1e12, "beta": 1e12},
            SEEN | PARETO | {"s": 1e-12, "beta": 1e-12},
            SEEN | PARETO | {"r": 1e12, "alpha": 1e12},
            SEEN | {"r": 58.2, "alpha": 78.1, "s": 1.787e11, "beta": 6751952.5},
            HEAVY | {"r": 1.5e-12, "alpha": 0.03, "s": 3.9e10, "beta": 17350.0},
            SEEN | {"r": 5.5e-6, "alpha": 5.0e-6, "s": 997553.0, "beta": 61.0},
            SEEN | {"r": 2.6e11, "alpha": 1.37e12, "s": 1.8e7, "beta": 1.4e-11},
            HEAVY | {"r": 1e-12, "alpha": 1e-12, "s": 1e-12, "beta": 1e12},
        ],
    ),
    "GGompertz/NBD": (
        truths.pareto,
        [
            SEEN | AGEING | {"s": 1e12, "beta": 1e12},
            NEW | {"r": 1.66e-5, "alpha": 0.0155, "b": 6.07e-5, "s": 1.395e9, "beta": 3.34e-5},
            HEAVY | {"r": 9e11, "alpha": 7.7e-5, "b": 0.0175, "s": 1.17e11, "beta": 3.8e9},
            SEEN | {"r": 2.3e-10, "alpha": 3.5e-11, "b": 1.18e-5, "s": 6.1e11, "beta": 5e6},
            SEEN | {"r": 7.4e9, "alpha": 3896.9, "b": 1.39e-8, "s": 4.3e10, "beta": 384.3},
            SEEN | {"r": 5.2e-10, "alpha": 7.2e-11, "b": 1.3e10, "s": 1.4e-11, "beta": 2.0e-5},
            HEAVY | {"r": 38325.9, "alpha": 80.2, "b": 1.55e7, "s": 3.2e-10, "beta": 2.4e-10},
        ],
    ),
    "BG/BB": (
        extremes_bgbb.truth,
        [
            YEARS | {"alpha": 1e12, "beta": 1e12, "gamma": 1e12, "delta": 1e12},
            YEARS | BGBB | {"alpha": 1e12, "beta": 1e12},
            YEARS | BGBB | {"alpha": 5e3, "beta": 1e7},
            YEARS | BGBB | {"gamma": 5e3, "delta": 1e7},
            YEARS | {"x": 5.0, "alpha": 0.0333, "beta": 2.9e-9, "gamma": 0.0132, "delta": 76748.0},
            YEARS | {"alpha": 6.7e-9, "beta": 1e-12, "gamma": 2.2e11, "delta": 6.8e-5},
        ],
    ),
    "sBG": (
        truths.shifted_beta_geometric,
        [
            MEMBER | {"alpha": 1e12, "beta": 1e12},
            MEMBER | {"alpha": 5e3, "beta": 1e7},
            MEMBER | {"ended": 1.0, "alpha": 1e-12, "beta": 1e12},
        ],
    ),
    "Gamma-Gamma": (
        truths.gamma_gamma,
        [
            SPENT | {"p": 6.25, "q": 1e12, "gamma": 1e12},
            SPENT | {"p": 0.2157, "q": 1.566e11, "gamma": 1.3757e9},
            SPENT | {"p": 2.26e8, "q": 1 + 3.9e-10, "gamma": 2e-12},
            SPENT | {"p": 3.9e-10, "q": 1 + 2.7e-11, "gamma": 6.3e-4},
            SPENT | {"p": 1e12, "q": 1e12, "gamma": 22.35},
        ],
    ),
}


def main() -> None:
    """One row a number."""
    with (HERE / "extremes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "case", "number", "value"])
        for model, (truth, cases) in POINTS.items():
            for case in cases:
                for number, value in (truths.agreed(truth, case) or {}).items():
                    writer.writerow([model, json.dumps(case), number, mp.nstr(value, 20)])


if __name__ == "__main__":
    main()
