"""Writes beta_mixture.csv: survival and expected purchases after an exposure z, p ~ Beta(a, b), with 50 digits.

    python tests/oracles/make_beta_mixture.py

Half a minute. The means are those of benchmarks/beta_truths.py; nothing of kundkarriar is used. Parameters reach from
e^-28 to e^28; some rows are cases in which series and integrals of double precision were seen to fail, and plausible
ones.
"""

import csv
import sys
from pathlib import Path

import mpmath as mp
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

import beta_truths  # noqa: E402 - benchmarks are no package

mp.mp.dps = 50
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


def means(**given):
    return {
        "log_survival": mp.log(beta_truths.survival(**given)),
        "dropout_probability": beta_truths.dropout_probability(**given),
        "purchases": beta_truths.purchases(**given),
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
    with (HERE / "beta_mixture.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["z", "s", "a", "b", "log_survival", "dropout_probability", "purchases"])
        for case in cases():
            given = dict(zip(("z", "s", "a", "b"), map(mp.mpf, case), strict=True))
            answers = (mp.nstr(value, 20) for value in means(**given).values())
            writer.writerow([*(repr(float(value)) for value in case), *answers])
