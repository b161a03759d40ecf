"""The grid of rung and class."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

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
    assert grid(customers, by="total_value")["value"].sum() == pytest.approx(customers["total_value"].sum())


def test_an_empty_base():
    made = grid(kk.testing.make_customers(5, seed=1).iloc[:0])
    assert made.columns.tolist() == [
        "rung", "rung_number", "abc", "customers", "value", "share_of_value", "mean_value",
    ]  # fmt: skip
    assert len(made) == 0


def test_without_a_ladder(customers):
    with pytest.raises(DataError) as caught:
        grid(customers[["customer_id", "abc", "net_value"]])
    assert str(caught.value) == (
        "The grid of rung and class needs columns that are not there: ['rung', 'rung_number'].\n\n"
        "Hint: the DataFrame has ['customer_id', 'abc', 'net_value']."
    )
