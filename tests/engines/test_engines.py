"""The room `engines/`: blocks, kept and uploaded frames of every library of lazy frames."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

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
