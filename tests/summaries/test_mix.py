"""The mix of a summary: spend by category and breadth, in every kind of frame."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kundkarriar as kk

AS_OF = "2026-01-31"
ROWS = pd.DataFrame(
    [
        (1, "2026-01-05", 10.0, "gifts"),
        (1, "2026-01-05", 20.0, "cards"),
        (1, "2026-01-09", 30.0, "gifts"),
        (2, "2026-01-05", 8.0, "cards"),
        (2, "2026-01-08", -20.0, "cards"),
        (3, "2026-02-05", 8.0, "toys"),
    ],
    columns=["customer_id", "date", "amount", "category"],
).astype({"date": "datetime64[us]"})
KINDS = {"pandas": lambda rows: rows, "polars": pl.DataFrame, "pyarrow": pa.Table.from_pandas}
KINDS["lazy"] = lambda rows: pl.DataFrame(rows).lazy()
EVERYONE = pd.DataFrame({"customer_id": [9, 1, 2]})


def as_pandas(frame):
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    frame = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    return frame.sort_values("customer_id", ignore_index=True)


@pytest.mark.parametrize("kind", KINDS)
def test_spend_and_breadth(kind):
    """By hand: net spend of at least 0 by category up to the day, mean categories on a day; a prospect has none."""
    known = EVERYONE if kind == "lazy" else KINDS[kind](EVERYONE)
    made = as_pandas(kk.summarize(KINDS[kind](ROWS), as_of=AS_OF, mix=True, customers=known))
    assert made["spend_on_gifts"].tolist() == [40, 0, 0]
    assert made["spend_on_cards"].tolist() == [20, 0, 0]
    assert made["breadth"].fillna(-1).tolist() == [1.5, 1, -1]
    assert "spend_on_toys" not in made.columns
    plain = as_pandas(kk.summarize(KINDS[kind](ROWS), as_of=AS_OF, customers=known))
    pd.testing.assert_frame_equal(made[plain.columns], plain)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda rows: rows.drop(columns="category"), kk.DataError, "needs columns that are not there: ['category']"),
        (lambda rows: rows.assign(category=[*"abcde", None]), kk.DataError, "`category` must name a category in text"),
        (
            lambda rows: pd.concat([rows.assign(category=f"c{i}") for i in range(201)]),
            kk.DataError,
            "at most 200 categories, and there are 201",
        ),
        (
            lambda rows: rows.drop(columns="amount").assign(kind="purchase"),
            kk.CapabilityError,
            "counts money, and the purchases have no amounts",
        ),
    ],
)
def test_bad_input(kind, change, error, words):
    with pytest.raises(error) as caught:
        as_pandas(kk.summarize(KINDS[kind](change(ROWS).reset_index(drop=True)), as_of=AS_OF, mix=True))
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_duckdb():
    """The engine's group-bys and joins give the columns of pandas."""
    duckdb = pytest.importorskip("duckdb")
    made = kk.summarize(duckdb.from_df(ROWS), as_of=AS_OF, mix=True).df().sort_values("customer_id", ignore_index=True)
    expected = kk.summarize(ROWS, as_of=AS_OF, mix=True)
    pd.testing.assert_frame_equal(made[expected.columns], expected, check_dtype=False)


def test_large_random_bases_agree_with_pandas():
    """Oracle: pandas' own grouping, of random rows with returns."""
    random = np.random.default_rng(5)
    n = 3000
    rows = pd.DataFrame(
        {
            "customer_id": random.integers(1, 200, n),
            "date": pd.Timestamp("2025-06-01") + pd.to_timedelta(random.integers(0, 200, n), unit="D"),
            "amount": random.normal(20, 15, n).round(2),
            "category": random.choice(list("abcd"), n),
        }
    )
    made = kk.summarize(rows, as_of="2025-12-31", mix=True).set_index("customer_id").sort_index()
    spend = rows.pivot_table(index="customer_id", columns="category", values="amount", aggfunc="sum", fill_value=0)
    np.testing.assert_allclose(made[[f"spend_on_{c}" for c in "abcd"]], spend.clip(lower=0), atol=1e-9)
    bought = rows[rows["amount"] > 0]
    breadth = bought.groupby(["customer_id", "date"])["category"].nunique().groupby("customer_id").mean()
    np.testing.assert_allclose(made["breadth"].dropna(), breadth)
