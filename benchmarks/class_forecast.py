"""Next span's class x rung, forecast by microsimulation, held against what came.

    python benchmarks/class_forecast.py [draws]

CDNOW, all customers, as of 1997-09-30, 39 weeks: the forecast number of customers in each class of realised value and
rung, its 90 % interval, and the number that was; and the number of A and B by expected values, which is too large.
"""

from __future__ import annotations

import resource
import sys
import time

import kundkarriar as kk

CUT, END = "1997-09-30", "1998-06-30"


def main(draws: int) -> None:
    """Print the table, the seconds and the memory."""
    transactions = kk.datasets.load_cdnow()
    calibration, holdout = kk.split(transactions, at=CUT)
    summary = kk.summarize(calibration, as_of=CUT, gaps=True)
    scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="39W").fit(summary)
    ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.kundkarriar().rungs, lapse=None)
    history = ladder.history(calibration, as_of=CUT)
    micro = kk.Microsimulation(process=scorer, draws=draws, seed=1).fit(history)
    start = time.perf_counter()
    forecast = micro.class_forecast(history).set_index(["abc", "rung"])
    seconds = time.perf_counter() - start
    actual = kk.holdout_table(summary, holdout, until=END).rename(columns={"value": "clv"})
    actual["abc"] = kk.ABCClassifier().classify(actual)["abc"].replace("D", "C")
    later = ladder.place(transactions, as_of=END).set_index("customer_id")["rung"]
    actual["rung"] = later.reindex(actual["customer_id"]).to_numpy()
    table = forecast[["expected", "low", "high"]].round(0)
    table["was"] = actual.groupby(["abc", "rung"]).size().reindex(table.index, fill_value=0)
    print(table)
    by_class = forecast.groupby("abc")["expected"].sum().round(0).to_dict()
    expected = kk.ABCClassifier().classify(scorer.score(summary))["abc"].value_counts().to_dict()
    print("forecast", by_class, "was", actual["abc"].value_counts().to_dict(), "by expected values", expected)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(history):,} customers, {draws} draws: {seconds:.1f} s, {memory:.2f} GB at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
