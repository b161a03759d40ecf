"""The room `engines/`: blocks, kept and uploaded frames of every library of lazy frames."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.engines.engine import engine_of

ROWS = pd.DataFrame(
    {
        "customer_id": np.repeat(np.arange(40), 3),
        "amount": np.arange(120) / 4,
        "date": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(120) % 90, unit="D"),
        "shop": pd.array([None, "Malmö", "Lund"] * 40, dtype=object),
    }
)


@pytest.fixture
def given(lazy_kind, to_engine):
    """The rows as a lazy frame of each library: its engine, and the frame as narwhals sees it."""
    found = engine_of(to_engine(lazy_kind, ROWS))
    assert found is not None
    return found


def doubled(block):
    """The amounts of a block, doubled, as a block of the same library."""
    wide = nw.from_native(block, eager_only=True)
    return wide.with_columns(twice=nw.col("amount") * 2).select("customer_id", "twice").to_native()


def counted(block):
    """The number of rows of each customer of a block."""
    wide = nw.from_native(block, eager_only=True)
    return wide.group_by("customer_id").agg(rows=nw.len(), last=nw.col("date").max()).to_native()


def test_kept_and_collected_rows_are_those_given(given, same_rows):
    """Law: a frame that is kept and collected holds the rows that were given."""
    engine, frame = given
    same_rows(engine.collected(engine.kept(frame)).to_native(), ROWS, by=["customer_id", "amount"])


def test_an_uploaded_block_joins(given, same_rows):
    """Law: a small block that is uploaded joins with the frame beside it."""
    engine, frame = given
    small = engine.collected(frame.filter(nw.col("customer_id") < 3)).to_native()
    small = nw.from_native(small, eager_only=True).select("customer_id").unique().to_native()
    joined = frame.join(engine.uploaded(small, beside=frame), on="customer_id", how="inner")
    same_rows(joined.to_native(), ROWS[ROWS["customer_id"] < 3], by=["customer_id", "amount"])


def test_a_function_of_rows_in_blocks(given, same_rows):
    """Law: a function of rows gives in blocks what it gives on all rows."""
    engine, frame = given
    due = pd.DataFrame({"customer_id": ROWS["customer_id"], "twice": 2 * ROWS["amount"]})
    same_rows(engine.mapped(frame, doubled).to_native(), due, by=["customer_id", "twice"])


@pytest.mark.parametrize("blocks", [1, 5])
def test_a_function_of_customers_in_blocks(given, same_rows, blocks):
    """Law: a block holds all rows of its customers, and every customer is in one block."""
    engine, frame = given
    due = ROWS.groupby("customer_id", as_index=False).agg(rows=("amount", "size"), last=("date", "max"))
    same_rows(engine.mapped_by(frame, counted, by="customer_id", blocks=blocks).to_native(), due)


def test_eager_frames_have_no_engine(to_engine):
    """Contract: an engine is for lazy frames alone."""
    assert [engine_of(to_engine(kind, ROWS)) for kind in ("pandas", "polars", "pyarrow")] == [None] * 3


def test_functions_of_no_rows(given, same_rows):
    """Law: a function of no rows gives the columns that it gives of rows."""
    engine, frame = given
    nothing = frame.filter(nw.col("amount") < 0)
    same_rows(
        engine.mapped(nothing, doubled).to_native(), ROWS.assign(twice=ROWS["amount"])[["customer_id", "twice"]][:0]
    )
    due = pd.DataFrame({"customer_id": [1], "rows": [1], "last": [pd.Timestamp("2026-01-01")]})[:0]
    same_rows(engine.mapped_by(nothing, counted, by="customer_id", blocks=2).to_native(), due)


def test_customers_and_events_of_another_connection(cdnow_sample, same_rows):
    """Law: frames that stand beside transactions of DuckDB may lie in another connection."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    here, there = duckdb.connect(), duckdb.connect()
    sold = cdnow_sample.head(60)
    known = pd.DataFrame({"customer_id": sold["customer_id"].unique()})
    sent = sold[["customer_id", "date"]].head(3).assign(event="referral")
    beside = {"customers": there.from_df(known), "events": there.from_df(sent)}
    found = kk.facts(here.from_df(sold), as_of="1998-06-30", **beside)
    same_rows(found, kk.facts(sold, as_of="1998-06-30", customers=known, events=sent))
    found = kk.summarize(here.from_df(sold), as_of="1998-06-30", customers=beside["customers"])
    same_rows(found, kk.summarize(sold, as_of="1998-06-30", customers=known))


def test_tables_of_the_user_named_as_variables(cdnow_sample, same_rows):
    """Law: what is uploaded to DuckDB is not looked for among the user's own tables."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    connection = duckdb.connect()
    connection.execute("create table block as select 7 as customer_id, 'Lund' as city")
    sold = cdnow_sample.head(60)
    same_rows(kk.facts(connection.from_df(sold), as_of="1998-06-30"), kk.facts(sold, as_of="1998-06-30"))


@pytest.mark.parametrize("date", ["'infinity'::timestamp", "'infinity'::date", "'0044-03-15 (BC)'::date"])
@pytest.mark.parametrize("arrow", [True, False])
def test_dates_that_python_has_not(date, arrow):
    """Bad input: DuckDB and Arrow have dates beyond those of Python; they are refused, and shown."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    rows = duckdb.connect().sql(f"select 7 as customer_id, {date} as date, 1.0 as amount")
    sold = rows.to_arrow_table() if arrow else rows
    with pytest.raises(kk.DataError, match=r"broken by 1 of 1 rows(.|\n)*Hint: "):
        kk.summarize(sold, as_of="1998-06-30")
    with pytest.raises(kk.DataError, match=r"broken by 1 of 1 rows(.|\n)*Hint: "):
        kk.transactions(sold, customer_id="customer_id", date="date", amount="amount", vat="excluded", currency="SEK")


@pytest.mark.parametrize("name", ["shop.city", "shop`s", "Customer_ID"])
def test_names_of_columns_that_spark_takes_for_others(name, to_engine):
    """Bad input: names that Spark or narwhals reads as something else are refused by name."""
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    frame = to_engine("spark", ROWS.rename(columns={"shop": name}))
    with pytest.raises(kk.DataError, match=rf"\['{name}'\](.|\n)*Hint: .*toDF"):
        kk.summarize(frame, as_of="2026-12-31")
