"""The 12-month value of a million customers: kundkarriar and lifetimes in one run.

    python benchmarks/value_of_customers.py [customers]

Both start from fitted models and the same pandas frame. lifetimes adds up twelve months of 30 days; `score` gives
the 12-month value, and in the same time the lifelong one, the value at risk, and ranks. Ours is the median of five,
lifetimes is timed once.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from fit_bgnbd import seconds, simulated

import kundkarriar as kk

if TYPE_CHECKING:
    import pandas as pd

SPEND = {"p": 6.25, "q": 3.744, "gamma": 15.44}


def with_spend(summary: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """`summary` with a mean spend of each repeat buyer, simulated under Gamma-Gamma."""
    generator = np.random.default_rng(seed)
    nu = generator.gamma(SPEND["q"], 1 / SPEND["gamma"], len(summary))
    x = summary["frequency"].to_numpy()
    mean = generator.gamma(SPEND["p"] * np.maximum(x, 1)) / nu / np.maximum(x, 1)
    return summary.assign(monetary_value=np.where(x > 0, mean, 0.0))


def main(customers: int) -> None:
    """Print the times, their ratios, and both totals."""
    summary = with_spend(simulated(customers, seed=1), seed=2)
    bought, spent = kk.BGNBD().fit(summary), kk.GammaGamma().fit(summary)
    scorer = kk.ValueScorer(purchases=bought, spend=spent, margin=1.0, discount_rate=0.10, horizon="12M")
    fitted = scorer.fit(summary)
    ours = statistics.median(seconds(lambda: fitted.score(summary))[0] for _ in range(5))
    ours_total = float(np.sum(fitted.score(summary)["clv"]))
    theirs, total = lifetimes_value(summary)
    print(f"{customers:,} customers, expected revenue of 12 months, discounted at 10 % a year")
    print(f"kundkarriar  {ours:8.3f} s   total {ours_total:,.0f} (365.25 days)")
    print(f"lifetimes    {theirs:8.3f} s   total {total:,.0f} (360 days)")
    print(f"{theirs / ours:.0f} times faster")


def lifetimes_value(summary: pd.DataFrame) -> tuple[float, float]:
    """Seconds of `customer_lifetime_value` with the same two models, and its total."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter, GammaGammaFitter  # noqa: PLC0415 - slow, silences warnings

        bought = BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])
        repeat = summary[summary["frequency"] > 0]
        spent = GammaGammaFitter().fit(repeat["frequency"], repeat["monetary_value"])

        def value() -> Any:
            columns = [summary[name] for name in ("frequency", "recency", "T", "monetary_value")]
            monthly = 1.10 ** (30 / 365.25) - 1
            return spent.customer_lifetime_value(bought, *columns, time=12, discount_rate=monthly, freq="W")

        took, answer = seconds(value)
    return took, float(np.nansum(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
