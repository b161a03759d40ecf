"""Customers by order value beside lifetime value."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.career.worth.order_value import order_value_table, rank_differences

customers = st.lists(
    st.tuples(st.integers(1, 9), st.floats(0.5, 1e4), st.floats(-1e3, 1e5)), min_size=1, max_size=30
).map(lambda rows: frame(*zip(*rows, strict=True)))


def frame(days, order, value):
    """Customers with a number of purchase days, an order value and a lifetime value."""
    table = pd.DataFrame({"customer_id": range(len(days)), "purchase_days": days, "clv": value})
    return table.assign(total_value=np.multiply(days, order))


def parts(table, *, share=0.2, by=None):
    return order_value_table(table, share=share, by=by)


@pytest.fixture(scope="module")
def career(cdnow_sample):
    spec = kk.ValueScorer(
        purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="12M", level=0
    )
    known = pd.DataFrame({"customer_id": [99_001]})
    groups = kk.CustomerLadder.groups()
    career = kk.CustomerCareer(scorer=spec, groups=groups)
    return career.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, customers=known)


def test_the_sample_of_the_literature(career):
    """CDNOW, 2,357 customers by mid 1998: of the 471 with the largest orders 161 are among the 471 worth most."""
    table = career.order_value_vs_lifetime_value(by="clv_lifelong").set_index("part")
    assert table["customers"].tolist() == pytest.approx([471, 471, 161, 2357], abs=1e-9)
    assert table["share_of_value"].tolist()[:2] == pytest.approx([0.38, 0.80], abs=5e-5)
    bought = career.customers().query("purchase_days > 0")
    orders = bought["total_value"] / bought["purchase_days"]
    of_pandas = orders.corr(bought["clv_lifelong"], method="spearman")  # amounts equal but for rounding differ there
    assert table.loc["everyone", "rank_correlation"] == pytest.approx(of_pandas, abs=1e-5)
    assert table["rank_correlation"].notna().sum() == 1
    assert table.loc["everyone", "mean_order_value"] == pytest.approx(orders.mean())
    assert table.loc["everyone", "value"] == pytest.approx(bought["clv_lifelong"].sum())
    assert table["mean_value"].tolist() == pytest.approx((table["value"] / table["customers"]).tolist())


@given(customers, st.sampled_from([0.1, 0.2, 0.5]))
def test_parts_are_parts(table, share):
    """Law: both parts have as many customers as fit in the share, `both` no more; nobody holds more value than the
    customers who are worth most."""
    told = parts(table, share=share)
    by_order, by_value, both, everyone = told["customers"]
    n = len(table)
    assert by_order == pytest.approx(by_value)
    assert by_value == pytest.approx(max(int(share * n + 1e-9), 1))
    assert max(0, by_order + by_value - n) - 1e-9 <= both <= by_order + 1e-9
    assert everyone == n
    assert told["value"][0] <= told["value"][1] + 1e-6
    assert told["share_of_customers"].tolist() == pytest.approx((told["customers"] / n).tolist())


@settings(max_examples=30)
@given(customers, st.randoms(use_true_random=False), st.sampled_from([0.25, 1024.0]))
def test_order_of_rows_and_unit_of_money_change_nothing(table, random, coins):
    """Law: the same customers in another order, and with money in other coins (a power of two)."""
    other = table.iloc[random.sample(range(len(table)), len(table))].reset_index(drop=True)
    other = other.assign(clv=other["clv"] * coins, total_value=other["total_value"] * coins)
    one, two = parts(table), parts(other)
    same = ["customers", "share_of_customers", "share_of_value", "rank_correlation"]
    pd.testing.assert_frame_equal(one[same], two[same])
    np.testing.assert_allclose(one[["mean_order_value", "value"]] * coins, two[["mean_order_value", "value"]])
    ranks = ["customer_id", "order_value_rank", "value_rank", "difference"]
    of_each = [rank_differences(each, n=99, by=None)[ranks] for each in (table, other)]
    one, two = (each.sort_values("customer_id", ignore_index=True) for each in of_each)
    pd.testing.assert_frame_equal(one, two)


def test_one_price_says_nothing_of_value():
    """Law: with equal order values the places are shared, and the overlap is that of chance."""
    told = parts(frame([1] * 10, [9.9] * 10, range(10)))
    assert told["customers"].tolist() == pytest.approx([2, 2, 0.4, 10])
    assert told["share_of_value"].tolist() == pytest.approx([0.2, 17 / 45, 0.2 * 17 / 45, 1])
    assert told["rank_correlation"].isna().all()


def test_where_nobody_is_worth_anything():
    told = parts(frame([1, 2], [5, 6], [-1, -2]))
    assert told["share_of_value"].isna().all()
    assert told["value"].tolist() == [-2, -1, 0, -3]
    assert told["mean_value"].isna().tolist() == [False, False, True, False]


def test_rank_differences_by_hand(frame_of, as_dict):
    table = {
        "customer_id": ["a", "b", "c", "d", "prospect"],
        "purchase_days": [1, 2, 4, 1, 0],
        "total_value": [80.0, 40.0, 40.0, 20.0, 0.0],
        "net_value": [1.0, 30.0, 50.0, 1.0, None],
    }
    given = rank_differences(frame_of(table), n=3, by=None)
    assert isinstance(given, frame_of)
    told = as_dict(given)
    assert list(told) == [
        "customer_id", "order_value", "net_value", "order_value_rank", "value_rank", "difference",
    ]  # fmt: skip
    assert told["customer_id"] == ["c", "a", "d"]
    assert told["order_value"] == [10.0, 80.0, 20.0]
    assert told["net_value"] == [50.0, 1.0, 1.0]
    assert told["order_value_rank"] == [4.0, 1.0, 2.0]
    assert told["value_rank"] == [1.0, 3.0, 3.0]
    assert told["difference"] == [3.0, -2.0, -1.0]
    assert as_dict(rank_differences(frame_of(table), n=9, by=None))["customer_id"] == ["c", "a", "d", "b"]
    given = parts(frame_of(table))
    assert isinstance(given, frame_of)
    assert as_dict(given)["customers"] == [1, 1, 0, 4]


class TestRefused:
    def test_arguments(self, career, message_of):
        assert message_of(kk.DataError, lambda: career.order_value_vs_lifetime_value(share=1)) == (
            "`share` must be a number above 0 and below 1, got 1.\n\nHint: write share=0.2."
        )
        assert message_of(kk.DataError, lambda: career.rank_differences(n=0)) == (
            "`n` must be a whole number of at least 1, got 0.\n\nHint: write n=1."
        )
        message = message_of(kk.DataError, lambda: career.rank_differences(by="worth"))
        assert message.startswith("career.rank_differences needs columns that are not there: ['worth']")

    def test_lifelong_values_that_are_missing(self, message_of):
        table = frame([1], [5], [np.nan])
        assert message_of(kk.DataError, lambda: parts(table)) == (
            "career.order_value_vs_lifetime_value needs a customer who has bought and has a value in `clv`.\n\n"
            "Hint: leave by= out; lifelong values are missing where discount_rate=0."
        )

    @pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
    def test_purchases_without_amounts(self, cdnow_sample, message_of):
        spec = kk.ValueScorer(purchases=kk.MBGNBD(), spend=None, margin=0.3, discount_rate=0.1, horizon="12M")
        career = kk.CustomerCareer(scorer=spec, groups=kk.CustomerLadder.groups())
        counted = career.fit(pl.from_pandas(cdnow_sample.head(900)), as_of="1998-06-30", seed=1, draws=2)
        for name in ("order_value_vs_lifetime_value", "rank_differences", "profit"):
            assert message_of(kk.CapabilityError, getattr(counted, name)) == (
                f"career.{name} counts money, and the scorer counts purchases alone (spend=None).\n\n"
                "Hint: kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money."
            )
