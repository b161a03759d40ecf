"""Group x category: shares and indices by hand, planted affinities, coverage of intervals, laws, bad input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.numerics.mix.group_index import group_index

from .conftest import as_pandas


def test_by_hand(kind):
    """Shares, index, penetration and breadth of a table that can be counted; two lines of a day are one order."""
    customers = pd.DataFrame({"customer_id": [1, 2, 3], "rung": ["a", "a", "b"]})
    rows = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 3, 3],
            "date": pd.to_datetime(["2026-01-05"] * 2 + ["2026-01-06"] * 4),
            "amount": [10.0, 20.0, 10.0, 20.0, 30.0, 10.0],
            "category": ["gifts", "cards", "gifts", "cards", "gifts", "cards"],
        }
    )
    made = as_pandas(kk.profile(kind(customers), kind(rows), by="rung"))
    assert made["rung"].tolist() == ["a", "a", "b", "b"]
    assert made["category"].tolist() == ["cards", "gifts", "cards", "gifts"]
    assert made["spend"].tolist() == [40, 20, 10, 30]
    np.testing.assert_allclose(made["share"], [2 / 3, 1 / 3, 1 / 4, 3 / 4])
    np.testing.assert_allclose(made["share_all"], [0.5, 0.5] * 2)
    np.testing.assert_allclose(made["index"], [400 / 3, 200 / 3, 50, 150])
    assert made["customers"].tolist() == [2, 2, 1, 1]
    assert made["buyers"].tolist() == [2, 1, 1, 1]
    np.testing.assert_allclose(made["penetration"], [1, 0.5, 1, 1])
    np.testing.assert_allclose(made["breadth"], [4 / 3, 4 / 3, 2, 2])
    np.testing.assert_allclose(made["categories"], [1.5, 1.5, 2, 2])
    assert set(made["verdict"]) == {"too few to say"}
    orders = rows.assign(order_id=[1, 1, 1, 2, 3, 3])
    by_order = as_pandas(kk.profile(kind(customers), kind(orders), by="rung"))
    np.testing.assert_allclose(by_order["breadth"], [1.5, 1.5, 2, 2])


def test_planted_affinities_are_found(base, kind):
    """Planted truth: clients like gifts, the others cards; channels are chosen by chance."""
    customers, rows = base
    made = as_pandas(kk.profile(kind(customers), kind(rows), by="rung")).set_index(["rung", "category"])
    assert made.loc[("client", "gifts"), "verdict"] == "strength"
    assert made.loc[("client", "cards"), "verdict"] == "weakness"
    assert made.loc[("trial buyer", "cards"), "verdict"] == "strength"
    assert made.loc[("client", "gifts"), "index"] == pytest.approx(100 * 0.6 / 0.4, rel=0.1)
    by_channel = as_pandas(kk.profile(kind(customers), kind(rows), by="rung", of="channel", level=0.99))
    assert set(by_channel["verdict"]) == {"as all"}
    np.testing.assert_allclose(by_channel.groupby("rung")["share"].sum(), 1)
    pd.testing.assert_frame_equal(
        made.reset_index(), kk.profile(customers, rows, by="rung"), check_dtype=False, rtol=1e-9
    )


def test_intervals_cover_the_truth():
    """Planted truth: of 400 bases, the 90 % interval of an index holds the truth in 84 to 95 % of them."""
    random = np.random.default_rng(11)
    group, held = np.repeat([0, 1], [60, 140]), []
    for _ in range(400):
        p = np.where(group == 0, 0.6, 0.3)
        share = random.beta(4 * p, 4 * (1 - p))
        total = random.gamma(1.0, 20, 200)
        amount = np.concatenate([total * share, total * (1 - share)])
        found = group_index(
            group=group,
            groups=2,
            customer=np.tile(np.arange(200), 2),
            category=np.repeat([0, 1], 200),
            amount=amount,
            categories=2,
            level=0.9,
        )
        held.append(found.low[0, 0] <= 0.6 / 0.39 <= found.high[0, 0])
    assert 0.84 <= np.mean(held) <= 0.95


def test_laws_of_scale_order_and_splitting(base):
    """Law: another currency changes amounts alone; so do rows in another order, or split into halves, nothing."""
    customers, rows = base
    made = kk.profile(customers, rows, by="rung")
    scaled = kk.profile(customers, rows.assign(amount=rows["amount"] * 1024), by="rung")
    pd.testing.assert_frame_equal(scaled.assign(spend=scaled["spend"] / 1024), made)
    halves = pd.concat([rows.assign(amount=rows["amount"] / 2)] * 2)
    pd.testing.assert_frame_equal(kk.profile(customers, halves, by="rung"), made)
    shuffled = kk.profile(customers.sample(frac=1, random_state=1), rows.sample(frac=1, random_state=2), by="rung")
    pd.testing.assert_frame_equal(shuffled, made)


def test_returns_groups_without_purchases_and_missing_labels():
    """Spend is net of returns and at least 0; who bought nothing is counted; a missing label is a group."""
    customers = pd.DataFrame({"customer_id": [1, 2, 3], "rung": ["a", None, "z"]})
    rows = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2],
            "date": pd.Timestamp("2026-01-05"),
            "amount": [10.0, -4.0, -3.0, 5.0],
            "category": ["gifts", "gifts", "cards", "gifts"],
        }
    )
    made = kk.profile(customers, rows, by="rung")
    assert made["spend"].tolist() == [0, 6, 0, 0, 0, 5]
    assert made["rung"].tolist()[:4] == ["a", "a", "z", "z"]
    assert made["rung"].isna().tolist()[4:] == [True, True]
    assert made["share"].isna().tolist() == [False, False, True, True, False, False]


def test_customers_who_are_not_given_are_left_out_with_a_warning(base):
    customers, rows = base
    with pytest.warns(kk.DataWarning, match="profile: 790 customers of the transactions are not in `customers`"):
        kk.profile(customers.head(10), rows, by="rung")


BAD = {
    "no category": (lambda c, t: (c, t.drop(columns="category")), {}, "needs columns that are not there: ['category']"),
    "blank": (lambda c, t: (c, t.assign(category=" ")), {}, "`category` must name a category in text on every row"),
    "no rung": (lambda c, t: (c.drop(columns="rung"), t), {}, "needs columns that are not there: ['rung']"),
    "no group": (lambda c, t: (c, t), {"by": []}, "`by` must be different names of columns"),
    "own column": (lambda c, t: (c.assign(share=1), t), {"by": "share"}, "makes columns of its own that `by` names"),
    "empty": (lambda c, t: (c.head(0), t), {}, "needs at least one customer: the frame is empty"),
    "no rows": (lambda c, t: (c, t.head(0)), {}, "needs at least one transaction"),
    "twice": (lambda c, t: (pd.concat([c, c]), t), {}, "needs one row per customer"),
    "level": (lambda c, t: (c, t), {"level": 90}, "`level` must be a number above 0 and below 1"),
    "text ids": (lambda c, t: (c.astype({"customer_id": str}), t), {}, "needs ids of one kind"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(base, kind, name):
    change, asked, words = BAD[name]
    customers, rows = change(*base)
    with pytest.raises(kk.DataError) as caught:
        kk.profile(kind(customers), kind(rows), **({"by": "rung"} | asked))
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_without_amounts_it_is_refused(base):
    customers, rows = base
    with pytest.raises(kk.CapabilityError, match="counts money, and the purchases have no amounts"):
        kk.profile(customers, rows.drop(columns="amount").assign(kind="purchase"), by="rung")


def test_duckdb(base):
    """Sums of DuckDB give the table of pandas."""
    duckdb = pytest.importorskip("duckdb")
    customers, rows = base
    made = kk.profile(customers, duckdb.from_df(rows), by="rung")
    pd.testing.assert_frame_equal(made, kk.profile(customers, rows, by="rung"), check_dtype=False)
    assert isinstance(kk.profile(pl.DataFrame(customers), duckdb.from_df(rows), by="rung"), pl.DataFrame)
