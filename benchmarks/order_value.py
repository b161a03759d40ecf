"""What the first order tells of later ones: expected order values and money of customers, held against what came.

    python benchmarks/order_value.py

CDNOW, all customers, cut on 1997-09-30; what they bought up to 1998-06-30. Of each spend model, with MBG/NBD beside it:

- error: mean and median absolute difference of a customer's expected order value and the mean of their later orders,
  over those who bought.
- gini: normalised Gini of later sales in the order of expected sales, over all customers.
- bias: total expected sales over those that came, less 1.
- c: the scale of the first order relative to later ones; c of the likelihood and its ratio where it is held at 1.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

import kundkarriar as kk
from kundkarriar.numerics.forecast.accuracy import normalised_gini

CUT, END = "1997-09-30", "1998-06-30"
SPECS = {"repeat orders": kk.GammaGamma(), "first order counted": kk.GammaGamma(first_order=True)}


def measured(transactions: pd.DataFrame, spec: kk.GammaGamma) -> dict[str, float]:
    """The figures of one spend model."""
    summary = kk.summarize(transactions, as_of=CUT)
    after = transactions[(transactions["date"] > CUT) & (transactions["date"] <= END)]
    days = (pd.Timestamp(END) - pd.Timestamp(CUT)).days
    orders = after.groupby(["customer_id", "date"])["amount"].sum().groupby("customer_id").agg(["mean", "sum"])
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), spend=spec, margin=1, discount_rate=0, horizon=f"{days}D")
    scores = scorer.fit(summary).score(summary).set_index("customer_id")
    error = (orders["mean"] - scores["expected_order_value"].reindex(orders.index)).abs()
    actual = orders["sum"].reindex(scores.index).fillna(0.0).to_numpy()
    expected = scores["expected_sales"].to_numpy()
    return {
        "mean error": float(error.mean()),
        "median error": float(error.median()),
        "gini": normalised_gini(predicted=expected, actual=actual) or np.nan,
        "bias": float(expected.sum() / actual.sum() - 1),
    }


def main() -> None:
    """Print a line for each model."""
    transactions = kk.datasets.load_cdnow()
    summary = kk.summarize(transactions, as_of=CUT)
    for name, spec in SPECS.items():
        began = time.perf_counter()
        fitted = spec.fit(summary)
        seconds = time.perf_counter() - began
        figures = ", ".join(f"{what} {value:.3f}" for what, value in measured(transactions, spec).items())
        print(f"{name:20s} {figures}, fit {seconds:.2f} s")
        if spec.first_order:
            test = fitted.first_order_test(summary)
            print(f"{'':20s} c {fitted.params.c}, of the likelihood {test.c:.3f}, ratio {test.likelihood_ratio:.1f}")


if __name__ == "__main__":
    main()
