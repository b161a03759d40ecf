"""The frame boundary: numbers, text, and the rows an error carries."""

from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.errors import BrokenRows, DataError
from kundkarriar.frames import category_column, distinct_values, narrow, new_frame, numbers, rows_where, text_column

KINDS = pytest.mark.parametrize("frame_of", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])


def message_of(call):
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def series(values, **kind):
    return nw.from_native(pd.Series(values, **kind), series_only=True)


@pytest.mark.parametrize(
    ("values", "broken", "shown"),
    [
        ([1, "1e3"], 1, "  1            b  1e3"),
        ([1.0, True], 1, "  1            b  True"),
        ([1.0, np.True_], 1, "  1            b  True"),
        ([None, b"2"], 1, "  1            b  b'2'"),
    ],
)
def test_text_and_truth_among_objects_are_no_numbers(values, broken, shown):
    """float() would read them all."""
    frame = pd.DataFrame({"customer_id": ["a", "b"], "f": pd.Series(values, dtype=object)})
    width = len(shown.split()[-1])
    assert message_of(lambda: numbers(narrow(frame, need="this test"), "f", need="this test", nullable=True)) == (
        f"this test needs numbers in `f`: broken by {broken} of 2 rows.\n\n"
        f"row  customer_id  {'f':>{width}}\n{shown}\n\n"
        "Hint: convert `f` to numbers first."
    )


@KINDS
def test_a_column_of_truth_values_is_no_number(frame_of):
    """True is not 1."""
    frame = narrow(frame_of({"customer_id": ["a", "b"], "f": [True, False]}), need="this test")
    assert message_of(lambda: numbers(frame, "f", need="this test")) == (
        "this test needs numbers in `f`, found Boolean: broken by 2 of 2 rows.\n\n"
        "row  customer_id      f\n  0            a   True\n  1            b  False\n\n"
        "Hint: convert it first: frame['f'].astype(float) in pandas, .cast(pl.Float64) in polars."
    )


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([Decimal("1.5"), Decimal(2)], dtype=object),
        pd.Series([1.5, 2], dtype=object),
        pl.Series([Decimal("1.5"), Decimal(2)]),
    ],
)
def test_decimals_and_numbers_among_objects_are_numbers(values):
    """Decimals, and numbers in a column of objects, are read as floats."""
    frame = values.to_frame("f")
    assert numbers(narrow(frame, need="this test"), "f", need="this test").tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([True, False, True]),
        pd.Series([True, False, True], dtype=object),
        pd.Series([True, False, True], dtype="boolean"),
        pl.Series([True, False, True]),
    ],
)
def test_conditions_accept_truth_values(values):
    """A condition on `lapsed` needs them."""
    assert kk.column("lapsed").equals(True).holds(values.to_frame("lapsed")).tolist() == [True, False, True]


@KINDS
def test_rows_are_all_there_and_gathered_late(frame_of):
    """An error names three rows at once, and the others only when they are asked for."""
    rows = rows_where(
        narrow(frame_of({"customer_id": list("abcdef")}), need="this test"), np.array([1, 0, 1, 0, 1, 1]) > 0
    )
    assert isinstance(rows, BrokenRows)
    assert rows.count == 4
    assert rows == {"row": [0, 2, 4, 5], "customer_id": ["a", "c", "e", "f"]}
    assert dict(rows.first(2)) == {"row": [0, 2], "customer_id": ["a", "c"]}


def test_an_error_gathers_only_what_it_prints(monkeypatch):
    """Not one Python string per row of a column of text."""
    gathered = []
    to_list = nw.Series.to_list
    monkeypatch.setattr(nw.Series, "to_list", lambda self: gathered.append(len(self)) or to_list(self))
    frame = narrow(pd.DataFrame({"customer_id": range(1000), "f": ["x"] * 1000}), need="this test")
    with pytest.raises(DataError) as caught:
        numbers(frame, "f", need="this test")
    assert gathered == [3, 3]
    assert caught.value.rows["f"] == ["x"] * 1000


@KINDS
def test_words_are_gathered_by_code(frame_of):
    """A code below 0 is missing."""
    text = text_column(["low", "high"], np.array([1, -1, 0]), like=frame_of())
    frame = new_frame({"rung": text}, like=frame_of())
    assert isinstance(frame, frame_of)
    assert frame["rung"].to_list()[::2] == ["high", "low"]
    assert text.is_null().to_list() == [False, True, False]
    assert text.dtype == nw.String


@KINDS
@pytest.mark.parametrize("column", [text_column, category_column])
def test_a_code_of_a_byte_is_missing_also_of_as_many_words_as_it_holds(frame_of, column):
    """The place of what is missing comes after the last word, which a byte may hold just so."""
    text = column([str(each) for each in range(128)], np.array([127, -1], dtype=np.int8), like=frame_of())
    assert text[0] == "127"
    assert text.is_null().to_list() == [False, True]


@KINDS
@pytest.mark.parametrize("codes", [None, np.array([-1, -1])])
def test_a_text_column_without_values_has_type_text(frame_of, codes):
    """So that a frame of prospects can be joined with others."""
    text = text_column([None, None] if codes is None else ["A"], codes, like=frame_of())
    assert text.is_null().to_list() == [True, True]
    if frame_of is pl.DataFrame:
        assert text.dtype == nw.String


def test_columns_of_one_name_are_refused():
    twice = pd.DataFrame([[1, 2.0, 3.0]], columns=["customer_id", "amount", "amount"])
    with pytest.raises(DataError) as error:
        narrow(twice, need="summarize")
    assert str(error.value) == (
        "summarize needs columns with names of their own, these stand twice: ['amount'].\n\n"
        "Hint: rename or drop one of each."
    )


@given(words=st.lists(st.sampled_from(["W", "D", None]), max_size=6))
def test_different_values_in_order_of_appearance(words):
    """Law: each value once, whether text, objects or polars."""
    for column in (pd.Series(words, dtype=object), pd.Series(words, dtype="str"), pl.Series(words, dtype=pl.String)):
        found = distinct_values(nw.from_native(column, series_only=True))
        assert [value if isinstance(value, str) else None for value in found] == list(dict.fromkeys(words))


def test_whole_numbers_of_128_bits_are_numbers():
    frame = pl.DataFrame({"T": pl.Series([2**100, 7], dtype=pl.Int128)})
    assert numbers(narrow(frame, need="this"), "T", need="this").tolist() == [2.0**100, 7.0]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([{"a": 1}]),
        pl.Series([[1, 2]]),
        pl.Series([[1, 2]], dtype=pl.Array(pl.Int64, 2)),
        pl.Series([b"1"]),
        pd.Series([10**400]),
        pd.Series([10**5000]),
    ],
)
def test_columns_of_no_numbers_are_refused(column):
    frame = (pd.DataFrame if isinstance(column, pd.Series) else pl.DataFrame)({"T": column})
    with pytest.raises(DataError, match="this needs numbers in `T`"):
        numbers(narrow(frame, need="this"), "T", need="this")


def test_a_cell_without_a_text_does_not_hide_the_law():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    with pytest.raises(DataError, match="an object of type Silent"):
        numbers(narrow(pd.DataFrame({"T": [Silent(), 1]}), need="this"), "T", need="this")
