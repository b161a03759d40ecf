"""Comparisons: kinds of columns with texts, numbers and truth values, and the rows that an error names."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

WORDS = ["client", None, "prospect", "client"]
COLUMNS = {
    "pandas text": pd.DataFrame({"rung": WORDS}, index=[5, 5, 2, 9]),
    "pandas objects": pd.DataFrame({"rung": pd.Series(WORDS, dtype=object)}),
    "pandas string": pd.DataFrame({"rung": pd.Series(WORDS, dtype="string")}),
    "pandas categories": pd.DataFrame({"rung": pd.Series(WORDS, dtype="category")}),
    "polars text": pl.DataFrame({"rung": WORDS}),
    "polars categories": pl.DataFrame({"rung": pl.Series(WORDS, dtype=pl.Categorical)}),
    "polars enum": pl.DataFrame({"rung": pl.Series(WORDS, dtype=pl.Enum(["client", "prospect"]))}),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_texts_are_compared_in_every_kind_of_column(kind):
    """A value that occurs, one that does not, and both: a missing value is never equal."""
    condition = kk.column("rung").isin(["client", "partner"])
    assert condition.holds(COLUMNS[kind]).tolist() == [True, False, False, True]
    assert (~condition).holds(COLUMNS[kind]).tolist() == [False, False, True, False]
    assert not kk.column("rung").equals("partner").holds(COLUMNS[kind]).any()


@pytest.mark.parametrize("values", [[None] * 3, [np.nan] * 3])
@pytest.mark.parametrize("value", ["client", 1, True])
def test_a_column_without_values_answers_nothing(values, value):
    frame = pd.DataFrame({"rung": pd.Series(values, dtype=object)})
    condition = kk.column("rung").equals(value)
    assert not condition.holds(frame).any()
    assert not (~condition).holds(frame).any()


def test_one_number_among_texts_is_found_wherever_it_stands():
    frame = pd.DataFrame({"customer_id": range(200), "rung": pd.Series([None] + ["client"] * 198 + [7], dtype=object)})
    with pytest.raises(kk.DataError) as caught:
        kk.column("rung").equals("client").holds(frame)
    assert str(caught.value) == (
        "the condition `rung is client` compares text, but `rung` holds String: broken by 1 of 200 rows.\n\n"
        "row  customer_id  rung\n199          199     7\n\n"
        "Hint: ask numbers for numbers: .equals(4), .isin([1, 2])."
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [np.nan, np.inf, 1.0],
            (
                "the condition `orders is 1` needs finite numbers or missing values in `orders`: "
                "broken by 1 of 3 rows.\n\n"
                "row  customer_id  orders\n  1            b     inf\n\n"
                "Hint: look at these rows; repair or leave out what has no `orders`."
            ),
        ),
        (
            pd.Series([pd.NA, "one", 1], dtype=object),
            (
                "the condition `orders is 1` needs numbers in `orders`: broken by 1 of 3 rows.\n\n"
                "row  customer_id  orders\n  1            b     one\n\n"
                "Hint: convert `orders` to numbers first."
            ),
        ),
    ],
)
def test_rows_are_numbered_as_in_the_frame_although_one_before_is_missing(values, message):
    with pytest.raises(kk.DataError) as caught:
        kk.column("orders").equals(1).holds(pd.DataFrame({"customer_id": list("abc"), "orders": values}))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([True, None, False], dtype=object),
        pd.Series([True, np.nan, False], dtype=object),
        pd.Series([True, pd.NA, False], dtype=object),
        pd.Series([True, None, False], dtype="boolean"),
        pl.Series([True, None, False]),
    ],
)
def test_truth_values_with_a_missing_one(values):
    frame = (pl.DataFrame if isinstance(values, pl.Series) else pd.DataFrame)({"lapsed": values})
    assert kk.column("lapsed").equals(True).holds(frame).tolist() == [True, False, False]
    assert (~kk.column("lapsed").equals(True)).holds(frame).tolist() == [False, False, True]


def test_other_values_among_truth_values_are_shown():
    frame = pd.DataFrame({"customer_id": list("abc"), "lapsed": pd.Series([None, "no", 1], dtype=object)})
    with pytest.raises(kk.DataError) as caught:
        kk.column("lapsed").equals(True).holds(frame)
    assert str(caught.value) == (
        "the condition `lapsed is true` needs numbers in `lapsed`: broken by 1 of 3 rows.\n\n"
        "row  customer_id  lapsed\n  1            b      no\n\n"
        "Hint: convert `lapsed` to numbers first."
    )


def test_ones_and_zeros_stand_for_truth_values():
    assert kk.column("lapsed").equals(True).holds(pd.DataFrame({"lapsed": [1, 0]})).tolist() == [True, False]
