"""Pareto/NBD fitted to a hundred thousand simulated customers: kundkarriar and lifetimes in one run.

    python benchmarks/fit_pareto_nbd.py [customers]

As fit_bgnbd.py, with customers of Pareto/NBD: simulated in continuous time with its parameters of the 1/10 sample of
CDNOW, at whole-day ages of 1 to 365 days, and their recency rounded up to whole days.
"""

from __future__ import annotations

import sys

import numpy as np
from fit_bgnbd import beside_lifetimes

import kundkarriar as kk

TRUTH = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W")

if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ages = np.random.default_rng(1).integers(1, 366, number) / 7
    customers = TRUTH.simulate(ages, seed=2)
    customers["recency"] = np.ceil(customers["recency"] * 7) / 7
    beside_lifetimes(customers, spec=kk.ParetoNBD(), fitter="ParetoNBDFitter")
