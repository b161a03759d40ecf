"""Category, channel and order id of orders: named once, kept on every row, checked on every row."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kundkarriar as kk

ORDERS = pd.DataFrame(
    {
        "id": [1, 1, 2],
        "day": pd.to_datetime(["2026-01-05", "2026-01-05", "2026-01-07"]),
        "sum": [10.0, 20.0, 5.0],
        "group": ["gifts", "cards", "gifts"],
        "shop": ["web", "web", "store"],
        "order": [7, 7, 8],
    }
)
NAMED = {"customer_id": "id", "date": "day", "amount": "sum", "vat": "excluded", "currency": "SEK"}
WHAT = {"category": "group", "channel": "shop", "order_id": "order"}
KINDS = {"pandas": lambda rows: rows, "polars": pl.DataFrame, "pyarrow": pa.Table.from_pandas}
KINDS["lazy"] = lambda rows: pl.DataFrame(rows).lazy()


def as_pandas(frame):
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    return frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()


@pytest.mark.parametrize("kind", KINDS)
def test_columns_get_standard_names_and_rows_stay_rows(kind):
    """Two categories of one day are two transactions, and one purchase day."""
    made = kk.transactions(KINDS[kind](ORDERS), **NAMED, **WHAT)
    table = as_pandas(made)
    assert table["category"].tolist() == ["gifts", "cards", "gifts"]
    assert table["channel"].tolist() == ["web", "web", "store"]
    assert table["order_id"].tolist() == [7, 7, 8]
    assert not {"group", "shop", "order"} & set(table.columns)
    summary = as_pandas(kk.summarize(made, as_of="2026-01-31")).sort_values("customer_id")
    assert summary["n_transactions"].tolist() == [1, 1]


def test_categories_of_other_types_of_text_are_kept():
    """pandas' categories and polars' enums are text too."""
    rows = ORDERS.assign(group=ORDERS["group"].astype("category"))
    assert list(kk.transactions(rows, **NAMED, category="group")["category"]) == ["gifts", "cards", "gifts"]
    enum = pl.DataFrame(ORDERS).with_columns(pl.col("group").cast(pl.Enum(["cards", "gifts"])))
    assert kk.transactions(enum, **NAMED, category="group")["category"].to_list() == ["gifts", "cards", "gifts"]


BAD = {
    "missing": ({"group": ["gifts", None, "gifts"]}, "`group` must name a category in text on every row: broken by 1"),
    "blank": ({"group": ["gifts", " ", "gifts"]}, "`group` must name a category in text on every row: broken by 1"),
    "numbers": ({"group": [1, 2, 3]}, "`group` must name a category in text on every row: broken by 3"),
    "channel": ({"shop": ["web", None, "web"]}, "`shop` must name a channel in text on every row: broken by 1"),
    "order": ({"order": [7, None, 8]}, "`order` must name an order on every row: broken by 1"),
    "taken": ({"category": "x"}, "would name a column 'category', and the frame has another of that name"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
def test_bad_input(kind, name):
    """Each fault is named in every library, and the report counts what would be refused."""
    columns, words = BAD[name]
    rows = KINDS[kind](ORDERS.assign(**columns))
    with pytest.raises(kk.DataError) as caught:
        kk.transactions(rows, **NAMED, **WHAT)
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_the_report_counts_rows_without_a_category():
    report = kk.data_report(ORDERS.assign(group=["gifts", None, np.nan]), **NAMED, **WHAT).set_index("check")
    assert report.loc[["missing category", "missing channel", "missing order id", "rows kept"], "rows"].tolist() == [
        2,
        0,
        0,
        1,
    ]
