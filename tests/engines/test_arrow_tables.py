"""Types and traps of pyarrow tables, which other libraries do not have."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

NAMES = {"customer_id": "customer_id", "date": "date", "amount": "amount", "vat": "excluded", "currency": "SEK"}
DAYS = [dt.date(2026, 1, 1), dt.date(2026, 1, 2), dt.date(2026, 1, 2)]
UTC = [dt.datetime(2025, 12, 31, 23, 30), *[dt.datetime(2026, 1, 2)] * 2]  # noqa: DTZ001
"""In Stockholm the first is of the new year."""
SOLD = {
    "customer_id": pa.array(["a", "b", "a"]),
    "date": pa.array(DAYS),
    "amount": pa.array([Decimal("1.15"), Decimal("20.20"), Decimal("-0.29")]),
}
KINDS = {
    "dictionary": {"customer_id": SOLD["customer_id"].dictionary_encode()},
    "large": {"customer_id": SOLD["customer_id"].cast("large_string")},
    "view": {"customer_id": SOLD["customer_id"].cast("string_view")},
    "floats": {"amount": pa.array([1.15, 20.2, -0.29])},
    "wide decimals": {"amount": SOLD["amount"].cast(pa.decimal256(60, 30))},
    "zone": {"date": pa.array(UTC, pa.timestamp("ms", "UTC"))},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunks", [1, 3])
def test_every_type_of_column_is_read_alike(kind, chunks):
    """Law: dictionaries, large texts, views, decimals of any width and zones tell the same customers and amounts."""
    table = pa.table({**SOLD, **KINDS[kind]})
    table = table if chunks == 1 else pa.concat_tables([table[at : at + 1] for at in range(3)])
    zone = {"time_zone": "Europe/Stockholm"} if kind == "zone" else {}
    sold = kk.transactions(table, **NAMES, **zone).to_pydict()
    assert sold["customer_id"] == ["a", "b", "a"]
    assert [each.date() for each in sold["date"]] == DAYS
    assert sold["amount"] == [1.15, 20.2, -0.29]


def test_repeated_ids_are_found_in_long_tables(message_of):
    """Trap: windows of pyarrow tables mark wrong rows above some thirty thousand."""
    ids = np.append(np.arange(40_000), 39_998)
    table = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30").head(1)
    table = pd.concat([table] * len(ids), ignore_index=True).assign(customer_id=ids)
    messages = [
        message_of(kk.DataError, lambda frame=frame: kk.MBGNBD().fit(frame))
        for frame in (table, pa.Table.from_pandas(table))
    ]
    assert messages[0] == messages[1]
    assert "broken by 2 of 40,001 rows" in messages[0]


def test_repeated_rows_are_found_in_long_tables():
    """Trap: as above, for rows that are equal in every column."""
    rows = 40_000
    days = np.datetime64("2026-01-01", "us") + (np.arange(rows) % 90).astype("timedelta64[D]")
    sold = pd.DataFrame({"customer_id": np.arange(rows) // 2, "date": days, "amount": 5.0})
    sold = pd.concat([sold, sold.iloc[[39_990, 7]]], ignore_index=True)
    reports = kk.data_report(sold), kk.data_report(pa.Table.from_pandas(sold)).to_pandas()
    pd.testing.assert_frame_equal(*reports, check_dtype=False)
    assert reports[0].set_index("check").loc["exact duplicates", "rows"] == 2


@pytest.mark.parametrize(("library", "hint"), [("duckdb", ".to_arrow_table()"), ("polars", ".collect()")])
def test_lazy_frames_are_refused_with_the_way_to_collect(library, hint, to_engine, message_of):
    """Contract: the hint is the call of that library."""
    lazy = to_engine("polars lazy" if library == "polars" else library, pd.DataFrame({"T": [1.0]}))
    assert message_of(kk.CapabilityError, lambda: (kk.column("T") > 1).holds(lazy)) == (
        f"the condition `T is more than 1` takes an eager DataFrame, got a lazy one ({library}).\n\n"
        f"Hint: call `{hint}` first."
    )


def test_columns_of_one_name_are_refused(message_of):
    table = pa.table([pa.array([1]), pa.array([2.0])], names=["T", "T"])
    assert message_of(kk.DataError, lambda: (kk.column("T") > 1).holds(table)) == (
        "the condition `T is more than 1` needs columns with names of their own, these stand twice: ['T'].\n\n"
        "Hint: rename or drop one of each."
    )
