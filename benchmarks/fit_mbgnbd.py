"""MBG/NBD fitted to a million simulated customers, from the summary frame: kundkarriar and lifetimes in one run.

    python benchmarks/fit_mbgnbd.py [customers]

As fit_bgnbd.py, with customers of MBG/NBD: simulated with its parameters of the 1/10 sample of CDNOW.
"""

from __future__ import annotations

import sys

from fit_bgnbd import beside_lifetimes, simulated

import kundkarriar as kk

TRUTH = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}

if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    customers = simulated(number, seed=1, truth=TRUTH, at_first=True)
    beside_lifetimes(customers, spec=kk.MBGNBD(), fitter="ModifiedBetaGeoFitter")
