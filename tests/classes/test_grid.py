"""The grid of customers and their values by columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.classes.grid import grid
from kundkarriar.errors import DataError


@pytest.fixture(scope="module")
def customers():
    return kk.testing.make_customers(800, seed=3)


def test_customers_and_values_add_up(customers):
    """The grid's customers sum to all rows, its values to the total."""
    made = grid(customers)
    assert made["customers"].sum() == len(customers)
    assert made["value"].sum() == pytest.approx(customers["net_value"].sum())
    positive = customers["net_value"].clip(lower=0).sum()
    assert made["share_of_value"].sum() == pytest.approx(customers["net_value"].sum() / positive)


def test_every_combination_that_occurs_and_no_other(customers):
    made = grid(customers)
    seen = customers.groupby(["rung_number", "rung", "abc"], dropna=False)["net_value"].agg(["size", "mean"])
    assert len(made) == len(seen)
    again = made.set_index(["rung_number", "rung", "abc"])
    assert again["customers"].tolist() == seen["size"].reindex(again.index).tolist()
    np.testing.assert_allclose(again["mean_value"], seen["mean"].reindex(again.index), rtol=1e-9)


def test_order_of_rows(customers):
    """Rungs upwards, A to D, customers without a class last; the order of the customers is no matter."""
    made = grid(customers)
    assert made["rung_number"].is_monotonic_increasing
    for _, rows in made.groupby("rung_number"):
        classes = rows["abc"].fillna("Z").tolist()
        assert classes == sorted(classes)
    pd.testing.assert_frame_equal(grid(customers.iloc[::-1]), made, rtol=1e-9)


def test_prospects_have_a_cell_without_value(customers):
    made = grid(customers)
    prospects = made[made["rung"] == "prospect"]
    assert prospects["abc"].isna().tolist() == [True]
    assert prospects["customers"].tolist() == [80]
    assert prospects[["value", "share_of_value", "mean_value"]].isna().all(axis=None)


def test_a_cell_in_which_some_have_no_value():
    """Means are of known values; customers without a class come last on their rung."""
    customers = pd.DataFrame(
        {
            "rung": "client",
            "rung_number": 4,
            "abc": [None, "B", "A", "B", "B"],
            "clv": [np.nan, 10.0, 60.0, np.nan, 20.0],
        }
    )
    made = grid(customers)
    assert made["abc"].tolist()[:2] == ["A", "B"]
    assert made["customers"].tolist() == [1, 3, 1]
    assert made["mean_value"].tolist()[:2] == [60.0, 15.0]
    assert np.isnan(made["mean_value"].iloc[2])


def test_classes_of_ones_own_come_after_d():
    """In the order of their names, and customers without a class last."""
    abc = ["Z", None, "D", "gold", "A", "E"]
    made = grid(pd.DataFrame({"rung": "client", "rung_number": 4, "abc": abc, "clv": 1.0}))
    assert made["abc"].tolist()[:5] == ["A", "D", "E", "Z", "gold"]
    assert made["abc"].isna().tolist() == [False] * 5 + [True]


def test_polars_is_pandas(customers):
    columns = {name: customers[name].tolist() for name in ("rung", "rung_number", "net_value")}
    columns["abc"] = [v if isinstance(v, str) else None for v in customers["abc"]]
    made = grid(pl.DataFrame(columns, nan_to_null=True))
    assert isinstance(made, pl.DataFrame)
    expected = grid(customers)
    assert made["abc"].to_list() == [v if isinstance(v, str) else None for v in expected["abc"]]
    np.testing.assert_allclose(made["value"].to_numpy(), expected["value"])


def test_another_value(customers):
    """The sums of other columns are the same, and that of net value is one of them."""
    made, usual = grid(customers, value="total_value"), grid(customers)
    assert made["value"].sum() == pytest.approx(customers["total_value"].sum())
    pd.testing.assert_series_equal(made["net_value"], usual["value"], check_names=False)
    pd.testing.assert_frame_equal(made[["value_at_risk", "win_back_value"]], usual[["value_at_risk", "win_back_value"]])


@settings(max_examples=15)
@given(
    by=st.lists(
        st.sampled_from(["rung", "abc", "lapsed", "months_on_rung", "first_contact", "channel", "late"]),
        min_size=1,
        unique=True,
    ),
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from([pd.DataFrame, pl.from_pandas]),
)
def test_cells_are_a_partition(customers, by, seed, kind):
    """Law: by any columns, in any order of rows, each customer is in one cell, cells differ, and sums are kept."""
    rng = np.random.default_rng(seed)
    made_up = customers.assign(
        channel=rng.choice(["shop", "web", None], len(customers)),
        late=pd.Series(rng.choice([True, False, None], len(customers)), dtype="boolean"),
    ).sample(frac=1, random_state=rng)
    made = grid(kind(made_up), by=by)
    made = made if kind is pd.DataFrame else made.to_pandas()
    assert made["customers"].sum() == len(customers)
    assert made["customers"].min() >= 1
    assert not made.duplicated(by).any()
    for name, of in (("value", "net_value"), ("value_at_risk", "value_at_risk"), ("win_back_value", "win_back_value")):
        assert made[name].sum() == pytest.approx(customers[of].sum(), rel=1e-12)
    cells = made_up.groupby(by, dropna=False)["net_value"].agg(["size", "sum"])
    assert sorted(made["customers"]) == sorted(cells["size"])
    assert sorted(made["value"].fillna(0)) == pytest.approx(sorted(cells["sum"]))


def test_columns_are_sorted_by_what_they_hold(customers):
    """Numbers by size, truths from False, days by date, text by alphabet; missing values come last in each."""
    known = customers[customers["purchase_days"] > 0].reset_index(drop=True)
    channel = np.where(known.index % 7 == 0, None, np.where(known.index % 2 == 0, "web", "shop"))
    known = known.assign(channel=channel, number=np.where(known.index % 5 == 0, np.nan, known.index % 3 * 10.0))
    assert grid(known, by="channel")["channel"].tolist()[:2] == ["shop", "web"]
    assert grid(known, by="channel")["channel"].isna().tolist() == [False, False, True]
    number = grid(known, by=["number"])["number"]
    assert number.tolist()[:3] == [0, 10, 20]
    assert number.isna().tolist() == [False] * 3 + [True]
    assert grid(known, by="lapsed")["lapsed"].tolist() == [False, True]
    assert grid(known, by="first_contact")["first_contact"].is_monotonic_increasing
    both = grid(known, by=("channel", "rung"))
    assert both.columns[:4].tolist() == ["channel", "rung", "rung_number", "customers"]
    assert all(rows["rung_number"].is_monotonic_increasing for _, rows in both.groupby("channel", dropna=False))


def test_columns_keep_their_types(customers):
    """Of polars too; categories come back as text, without those that nobody is in."""
    frame = customers.assign(channel=pd.Categorical(["web"] * len(customers), categories=["shop", "web"]))
    made = grid(frame, by=["lapsed", "first_contact", "months_on_rung", "channel"])
    for name in ("lapsed", "first_contact", "months_on_rung"):
        assert made[name].dtype == customers[name].dtype
    assert made["channel"].unique().tolist() == ["web"]
    other = grid(pl.from_pandas(frame), by=["lapsed", "channel"])
    assert other.schema["lapsed"] == pl.Boolean
    assert other.schema["channel"] == pl.String


NO_ORDER = (
    "The grid needs values of one kind that have an order in `{0}`: texts, numbers, days or truths.\n\n"
    "Hint: convert `{0}` to text, or leave it out of by=."
)
TAKEN = (
    "`by` must be columns that the grid does not make itself (customers, value, share_of_value, mean_value, "
    "net_value, priority, value_at_risk, win_back_value), got ('rung', 'net_value').\n\n"
    'Hint: write by=("rung", "abc"), or rename the column.'
)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ((), "`by` must be different names of columns, got ().\n\nHint: write by=['name']."),
        (("abc", "abc"), "`by` must be different names of columns, got ('abc', 'abc').\n\nHint: write by=['name']."),
        (("rung", "net_value"), TAKEN),
        ("odd", NO_ORDER.format("odd")),
        ("lists", NO_ORDER.format("lists")),
    ],
)
def test_columns_that_span_no_grid(by, message):
    frame = pd.DataFrame({"clv": [1.0, 2.0], "odd": ["web", 1], "lists": [[1], [2]], "net_value": 1.0, "abc": "A"})
    with pytest.raises(DataError) as caught:
        grid(frame, by=by)
    assert str(caught.value) == message


def test_no_value(customers):
    with pytest.raises(DataError) as caught:
        grid(customers[["rung", "rung_number", "abc"]])
    assert str(caught.value) == (
        "The grid needs a value per customer, and finds neither `net_value` nor `clv`.\n\n"
        "Hint: name the column: value=\"...\". The DataFrame has ['rung', 'rung_number', 'abc']."
    )


def test_an_empty_base():
    made = grid(kk.testing.make_customers(5, seed=1).iloc[:0])
    assert made.columns.tolist() == [
        "rung", "rung_number", "abc", "customers", "value", "share_of_value", "mean_value",
        "value_at_risk", "win_back_value",
    ]  # fmt: skip
    assert len(made) == 0


def test_without_a_ladder(customers):
    with pytest.raises(DataError) as caught:
        grid(customers[["customer_id", "abc", "net_value"]])
    assert str(caught.value) == (
        "The grid needs columns that are not there: ['rung', 'rung_number'].\n\n"
        "Hint: the DataFrame has ['customer_id', 'abc', 'net_value']."
    )
