"""Need x value x strategy: by hand, planted needs, stated before surveyed, laws, bad input."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

from .conftest import as_pandas

CUSTOMERS = pd.DataFrame(
    {"customer_id": [1, 2, 3, 4], "abc": ["A", "A", "C", "C"], "strategy": "grow", "net_value": [100, 50, -5, np.nan]}
)
NEEDS = pd.DataFrame(
    [(1, "cheap", 1.0, "stated"), (1, "safe", 3.0, "stated"), (1, "new", 9.0, "surveyed"),
     (2, "safe", 7.0, "surveyed"), (3, "cheap", 0.2, "stated"), (3, "new", 0.0, "stated")],
    columns=["customer_id", "need", "weight", "source"],
)  # fmt: skip


def test_by_hand(kind):
    """Weights are shares of a customer; what was stated goes before the survey; value follows the shares."""
    made = as_pandas(kk.needs_profile(kind(CUSTOMERS), kind(NEEDS), by=["abc", "strategy"]))
    made = made.set_index(["abc", "need"])
    np.testing.assert_allclose(made["weight"], [0.25, 0, 1.75, 1, 0, 0])
    np.testing.assert_allclose(made["share"], [0.125, 0, 0.875, 1, 0, 0])
    np.testing.assert_allclose(made["value"], [25, 0, 125, -5, 0, 0])
    assert made["customers"].tolist() == [2] * 6
    assert made["known"].tolist() == [2] * 3 + [1] * 3
    assert made["stated"].tolist() == [1] * 6
    assert made["holders"].tolist() == [1, 0, 2, 1, 0, 0]
    assert made["main"].tolist() == [0, 0, 2, 1, 0, 0]
    assert set(made["strategy"]) == {"grow"}


def test_planted_needs_are_found(kind):
    """Planted truth: half of class C want the cheap most, and a tenth of class A."""
    random = np.random.default_rng(1)
    n = 600
    abc = np.where(np.arange(n) % 2, "A", "C")
    customers = pd.DataFrame({"customer_id": np.arange(n), "abc": abc, "clv": random.gamma(2, 10, n)})
    main = random.random(n) < np.where(abc == "C", 0.5, 0.1)
    needs = pd.DataFrame(
        {"customer_id": np.tile(np.arange(n), 2), "need": np.repeat(["cheap", "safe"], n),
         "weight": np.concatenate([np.where(main, 3.0, 1.0), np.where(main, 1.0, 3.0)])}
    )  # fmt: skip
    made = as_pandas(kk.needs_profile(kind(customers), kind(needs), by="abc")).set_index(["abc", "need"])
    assert made["verdict"].to_dict() == {
        ("A", "cheap"): "weakness",
        ("A", "safe"): "strength",
        ("C", "cheap"): "strength",
        ("C", "safe"): "weakness",
    }
    assert made.loc[("C", "cheap"), "main"] == main[abc == "C"].sum()
    assert made["value"].sum() == pytest.approx(customers["clv"].sum())


def test_laws_of_scale_and_order():
    """Law: the unit of weights, of each customer and source, and the order of rows change nothing."""
    made = kk.needs_profile(CUSTOMERS, NEEDS, by="abc")
    scaled = NEEDS.assign(weight=NEEDS["weight"] * NEEDS["customer_id"] * 8)
    pd.testing.assert_frame_equal(kk.needs_profile(CUSTOMERS.iloc[::-1], scaled.iloc[::-1], by="abc"), made)
    dear = kk.needs_profile(CUSTOMERS.assign(net_value=CUSTOMERS["net_value"] * 8), NEEDS, by="abc")
    pd.testing.assert_frame_equal(dear.assign(value=dear["value"] / 8), made)


def test_needs_of_others_are_left_out_with_a_warning():
    with pytest.warns(kk.DataWarning, match="needs_profile: 1 customers of the needs are not in `customers`"):
        kk.needs_profile(CUSTOMERS.head(2), NEEDS, by="abc")


BAD = {
    "no weight": (
        lambda c, n: (c, n.drop(columns="weight")),
        {},
        "`needs` needs columns that are not there: ['weight']",
    ),
    "negative": (lambda c, n: (c, n.assign(weight=-1.0)), {}, "needs weights from 0 to 1e+15 in `weight`"),
    "infinite": (lambda c, n: (c, n.assign(weight=np.inf)), {}, "needs finite numbers in `weight`"),
    "missing": (lambda c, n: (c, n.assign(weight=np.nan)), {}, "needs finite numbers in `weight`"),
    "zero": (lambda c, n: (c, n.assign(weight=0.0)), {}, "needs a weight above 0 for some need of each customer"),
    "blank": (lambda c, n: (c, n.assign(need="")), {}, "`need` must name a need in text on every row"),
    "source": (lambda c, n: (c, n.assign(source="guessed")), {}, 'needs `source` "stated" or "surveyed"'),
    "twice": (lambda c, n: (c, n.assign(need="x", source="stated")), {}, "one row for each customer, need and source"),
    "empty": (lambda c, n: (c, n.head(0)), {}, "needs at least one row: the frame is empty"),
    "nobody": (lambda c, n: (c.head(0), n), {}, "needs at least one customer"),
    "no value": (lambda c, n: (c.drop(columns="net_value"), n), {}, "needs a column of value, and finds none of"),
    "value": (lambda c, n: (c, n), {"value": "abc"}, "needs numbers in `abc`"),
    "no class": (lambda c, n: (c.drop(columns="abc"), n), {}, "needs columns that are not there: ['abc']"),
    "text ids": (lambda c, n: (c, n.astype({"customer_id": str})), {}, "needs ids of one kind"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(kind, name):
    change, asked, words = BAD[name]
    customers, needs = change(CUSTOMERS, NEEDS)
    with pytest.raises(kk.DataError) as caught:
        kk.needs_profile(kind(customers), kind(needs), **({"by": "abc"} | asked))
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)
