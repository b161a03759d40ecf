"""The change in value by its parts: laws, hand-computed splits, planted changes, bad input."""

from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kundkarriar as kk
from kundkarriar.numerics.money.product_split import product_split

FACTORS = arrays(np.float64, (4, 3), elements=st.floats(0, 100))
PARTS = ["frequency", "basket", "breadth", "margin", "cost", "new_customers", "lost_customers"]


def table(**columns):
    """Customers 1, 2, ... with two purchases of 10, two categories each, at a margin of .3, and a cost of 1."""
    n = len(next(iter(columns.values()), [0, 0, 0]))
    usual = {"customer_id": np.arange(1, n + 1), "purchases": 2.0, "basket": 5.0, "breadth": 2.0, "margin": 0.3}
    made = pd.DataFrame(usual | {"cost": 1.0} | columns)
    made["expected_purchases"] = made["purchases"]
    made["expected_revenue"] = made["purchases"] * made["basket"] * made["breadth"]
    made["clv"] = made["expected_revenue"] * made.pop("margin")
    return made.drop(columns=["purchases", "basket"])


@settings(max_examples=50, deadline=None)
@given(FACTORS, FACTORS)
def test_parts_are_means_over_orders(before, after):
    """Law: a factor's part is the mean, over all orders of changing one factor after the other, of its step."""
    expected = np.zeros(before.shape)
    for order in permutations(range(4)):
        now = before.copy()
        for factor in order:
            was = now.prod(axis=0)
            now[factor] = after[factor]
            expected[factor] += (now.prod(axis=0) - was) / 24
    found = product_split(before, after)
    scale = 1 + np.abs(before).max() ** 4 + np.abs(after).max() ** 4
    np.testing.assert_allclose(found, expected, atol=1e-12 * scale)
    np.testing.assert_allclose(found.sum(axis=0), after.prod(axis=0) - before.prod(axis=0), atol=1e-12 * scale)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_parts_sum_to_the_change(seed):
    """Law: the parts of each customer, and of each group, sum to 1e-9 to the change; customers come and go."""
    random = np.random.default_rng(seed)

    def some():
        columns = {name: random.lognormal(0, 2, 40) for name in ("purchases", "basket", "cost")}
        made = table(**columns, breadth=random.uniform(1, 5, 40), margin=random.uniform(-0.5, 1, 40))
        made = made.assign(rung=random.choice(["new", "often"], 40))
        made.loc[random.random(40) < 0.2, "clv"] = np.nan
        nothing = random.random(40) < 0.1
        made.loc[nothing & made["clv"].notna(), ["expected_purchases", "expected_revenue", "clv"]] = 0.0
        return made.sample(frac=0.8, random_state=seed % 1000)

    before, after = some(), some()
    split = kk.gain_split(before, after)
    np.testing.assert_allclose(split[PARTS].sum(axis=1), split["change"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(split["after"] - split["before"], split["change"], atol=1e-9)
    for frame, column in ((before, "before"), (after, "after")):
        known = frame[frame["clv"].notna()]
        assert split[column].sum() == pytest.approx((known["clv"] - known["cost"]).sum(), abs=1e-9)
    groups = kk.gain_split(before, after, by="rung")
    np.testing.assert_allclose(groups[PARTS].sum(axis=1), groups["change"], rtol=1e-9, atol=1e-9)
    assert groups["change"].sum() == pytest.approx(split["change"].sum(), abs=1e-8)
    assert groups["customers"].sum() == len(split)


@pytest.mark.parametrize(
    ("part", "columns"),
    [("frequency", {"purchases": [3.0] * 3}), ("basket", {"basket": [7.0] * 3}), ("breadth", {"breadth": [4.0] * 3}),
     ("margin", {"margin": [0.1] * 3}), ("cost", {"cost": [2.5] * 3})],
)  # fmt: skip
def test_one_planted_change_is_found_alone(part, columns):
    """Planted truth: where one factor alone changed, it has the whole change, and the others nothing."""
    split = kk.gain_split(table(), table(**columns))
    assert (split["change"] != 0).all()
    np.testing.assert_allclose(split[part], split["change"])
    np.testing.assert_allclose(split[[each for each in PARTS if each != part]], 0, atol=1e-12)


def test_new_and_lost_customers_are_parts_of_their_own():
    """A customer of one table alone, or without a value in the other, is new or lost with the whole value."""
    before, after = table(), table(purchases=[2.0, 2.0, 2.0])
    before.loc[0, "clv"] = np.nan
    split = kk.gain_split(before, after[after["customer_id"] != 3]).set_index("customer_id")
    assert split["status"].to_dict() == {1: "new", 2: "kept", 3: "lost"}
    assert split.loc[1, "new_customers"] == split.loc[1, "change"] == pytest.approx(2 * 10 * 0.3 - 1)
    assert split.loc[3, "lost_customers"] == split.loc[3, "change"] == pytest.approx(-5)
    assert (split.loc[[1, 3], ["frequency", "basket", "breadth", "margin", "cost"]] == 0).all(axis=None)


def test_undefined_factors_are_those_of_the_other_side():
    """Of a customer without purchases before, the whole change is one of frequency."""
    split = kk.gain_split(table(purchases=[0.0]), table(purchases=[4.0]))
    assert split["frequency"].item() == pytest.approx(12)
    unknown = kk.gain_split(table().assign(breadth=np.nan), table(breadth=[4.0] * 3, basket=[5.0, 2.5, 3.0]))
    np.testing.assert_allclose(unknown["breadth"], 0)
    np.testing.assert_allclose(unknown["basket"], unknown["change"])


def test_money_scales_and_order_does_not_matter():
    """Law: scaled money scales all parts; shuffled rows give the same row of each customer."""
    before, after = table(purchases=[1.0, 2, 3]), table(purchases=[2.0, 2, 1], basket=[5.0, 9.0, 1.0])
    money = ["expected_revenue", "clv", "cost"]
    scaled = [frame.assign(**{name: frame[name] * 1e6 for name in money}) for frame in (before, after)]
    split = kk.gain_split(before, after)
    amounts = ["before", "after", "change", *PARTS]
    np.testing.assert_allclose(kk.gain_split(*scaled)[amounts], split[amounts] * 1e6, rtol=1e-12, atol=1e-8)
    shuffled = kk.gain_split(before.iloc[::-1], after.iloc[[1, 2, 0]]).sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(shuffled, split)


@pytest.mark.parametrize("kind", [pl.DataFrame, pa.Table.from_pandas])
def test_other_kinds_of_frames(kind):
    """Law: the frames of other libraries give the same numbers in their own kind; columns without data are left out."""
    before, after = table(purchases=[1.0, 2, 3]).assign(k="a"), table(purchases=[2.0, 2, 1]).assign(k="a")
    for by in (None, "k"):
        found = kk.gain_split(kind(before), kind(after), by=by)
        assert type(found) is type(kind(before))
        pd.testing.assert_frame_equal(
            pd.DataFrame(found.to_pandas()), kk.gain_split(before, after, by=by), check_dtype=False
        )
    lazy = kk.gain_split(pl.DataFrame(before).lazy(), pl.DataFrame(after).lazy())
    assert isinstance(lazy, pl.LazyFrame)
    less = [pl.DataFrame(each).drop("breadth", "cost") for each in (before, after)]
    assert "breadth" not in kk.gain_split(*less).columns


def test_scores_of_two_days():
    """A scorer's tables of two days: the split adds up to the change of the firm's net value."""
    transactions = kk.datasets.load_cdnow(sample=True)
    spec = kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=2)
    )
    summaries = [kk.summarize(transactions, as_of=day) for day in ("1997-02-28", "1998-06-30")]
    fitted = spec.fit(summaries[1])
    before, after = map(fitted.score, summaries)
    split = kk.gain_split(before, after)
    assert split["change"].sum() == pytest.approx(after["net_value"].sum() - before["net_value"].sum(), abs=1e-9)
    assert split[["frequency", "basket", "margin", "cost", "new_customers"]].sum().sum() == pytest.approx(
        split["change"].sum(), abs=1e-9
    )
    assert (split["status"] == "new").sum() == len(after) - len(before) > 0


BAD = {
    "no clv": (lambda a: a.drop(columns="clv"), "gain_split: `after` needs columns that are not there: ['clv']"),
    "cost on one side": (lambda a: a.drop(columns="cost"), "needs `cost` in both tables or in neither, and `after`"),
    "ids twice": (lambda a: a.assign(customer_id=1), "needs one row per customer in `customer_id`"),
    "negative purchases": (lambda a: a.assign(expected_purchases=-1.0), "at least 0 in `expected_purchases`"),
    "missing revenue": (lambda a: a.assign(expected_revenue=np.nan), "at least 0 in `expected_revenue`"),
    "infinite": (lambda a: a.assign(clv=np.inf), "finite numbers or missing values in `clv`"),
    "huge": (lambda a: a.assign(clv=1e200), "amounts of at most 1e+15 in `clv`"),
    "text": (lambda a: a.assign(clv="much"), "needs numbers in `clv`"),
    "value of nothing": (lambda a: a.assign(expected_purchases=0.0), "has a value without what makes it"),
    "no breadth": (lambda a: a.assign(breadth=0.0), "numbers above 0 in `breadth`"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    """Each fault is named with its table, its rows and what to type."""
    change, words = BAD[name]
    with pytest.raises(kk.DataError) as caught:
        kk.gain_split(table(), change(table()))
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_bad_groups():
    """A column of groups that is not there, or that the answer makes, is named."""
    with pytest.raises(kk.DataError, match=r"`after` needs columns that are not there: \['rung'\]"):
        kk.gain_split(table(), table(), by="rung")
    with pytest.raises(kk.DataError, match=r"makes columns of its own that `by` names: \['cost'\]"):
        kk.gain_split(table(), table(), by="cost")


def test_empty_tables():
    """Without customers on both sides there is nothing to split; one empty side makes all customers new."""
    assert len(kk.gain_split(table().head(0), table().head(0))) == 0
    assert (kk.gain_split(table().head(0), table())["status"] == "new").all()
