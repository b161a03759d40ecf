"""Posteriors of 4,000 draws on the 1/10 sample of CDNOW: python benchmarks/posterior.py.

Each time is the median of nine, from the fitted model; k-hat says how good the draws are (below .7: as good as exact).
"""

from __future__ import annotations

import statistics

from fit_bgnbd import seconds

import kundkarriar as kk

DRAWS = 4000
SPECS = (
    kk.NBD(),
    kk.BGNBD(),
    kk.MBGNBD(),
    kk.ParetoNBD(),
    kk.GGompertzNBD(),
    kk.BGCNBD(k=2),
    kk.MBGCNBD(k=2),
    kk.GammaGamma(),
)


def main() -> None:
    """Print one line a model."""
    transactions = kk.datasets.load_cdnow(sample=True)
    summary = kk.summarize(transactions, as_of="1997-09-30", period="W", regularity=True)
    print(f"{len(summary):,} customers, {DRAWS:,} draws")
    for spec in SPECS:
        fitted = spec.fit(summary)
        took = statistics.median(seconds(lambda: fitted.posterior(draws=DRAWS, seed=1))[0] for _ in range(9))  # noqa: B023
        k_hat = fitted.posterior(draws=DRAWS, seed=1).k_hat
        print(f"{type(spec).__name__:14} {took:6.3f} s   k-hat {k_hat:5.2f}", flush=True)


if __name__ == "__main__":
    main()
