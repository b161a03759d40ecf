"""Laws of units: money in other coins, time in other periods or at another date, say the same."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk

AS_OF, EARLIER = pd.Timestamp("2025-06-30"), pd.Timestamp("2024-12-31")
DAYS = {unit: kk.Period.of(unit).days for unit in "DWM"}
OTHER_CUT = 1e-7
"""Fits end where the gradient is small; in other units that is at another last digit."""
CYCLE = 10_227
"""Days of 28 years, after which weekdays, lengths of months and leap years come again, from 1901 to 2099."""
COINS = {
    "expected_order_value", "expected_sales", "expected_revenue", "clv", "contribution", "cost", "net_value",
    "clv_lifelong", "net_value_lifelong", "retention_value", "value_at_risk", "win_back_value", "clv_low", "clv_high",
    "expected_low", "expected_high", "monetary_value", "value_1M", "value_12M", "total_value", "net_value_now",
    "potential", "priority",
}  # fmt: skip
"""Columns of customers that are amounts."""


def customers_of(orders, *, coins=1.0, shift=0):
    """The customers of a career, and the plan for them, with money and dates in other units."""
    costs = kk.Costs(serve_per_year=2 * coins, per_order=coins)
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=costs)
    moved = orders.assign(amount=orders["amount"] * coins, date=orders["date"] + pd.Timedelta(days=shift))
    day = pd.Timedelta(days=shift)
    career = kk.CustomerCareer(scorer=scorer).fit(moved, as_of=AS_OF + day, seed=1, draws=10)
    before = kk.CustomerCareer(scorer=scorer).fit(moved, as_of=EARLIER + day, seed=1, draws=10)
    effect = kk.Effect(on="purchases", mean=1.3, low=1.1, high=1.5, evidence="assumed", relative_to="no letter")
    actions = [
        kk.Action(name=objective, objective=objective, lever="information", cost=0.2 * coins, hours=0.01, effect=effect)
        for objective in ("repeat", "grow")
    ]
    year = (AS_OF + day).year + 1
    budget = kk.Budget(money=6 * coins, hours=1, period=str(year), reserve=0)
    plan = career.plan(actions=actions, budget=budget, start=f"{year}-01-01", holdout=0)
    return {"customers": career.customers(), "changed": career.changed(before), "plan": plan.assignments()}


@pytest.fixture(scope="module")
def orders(laws):
    return laws.shop(1)["orders"]


@pytest.fixture(scope="module")
def usual(orders, laws):
    return laws.keep("in usual units", lambda: customers_of(orders))


@settings(max_examples=1)
@given(coins=st.sampled_from([0.0078125, 1024.0]))
@example(coins=100.0)
@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_the_unit_of_money_changes_only_amounts(orders, usual, laws, coins):
    """Law: in other coins (costs and budget too) amounts are multiplied, and all else, the plan too, is the same."""
    other = customers_of(orders, coins=coins)
    for name in ("customers", "changed"):
        one, two = usual[name], other[name]
        money = COINS & set(one)
        assert len(money) == (22 if name == "customers" else 1)
        one = one.assign(**{column: one[column] * coins for column in money})
        assert laws.differences(laws.plain(one), laws.plain(two), within=OTHER_CUT) == [], name
    chosen = ["customer_id", "strategy", "action"]
    assert laws.plain(usual["plan"][chosen]) == laws.plain(other["plan"][chosen])


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
@pytest.mark.parametrize("cycles", [-1, 2])
def test_the_calendar_comes_again_after_28_years(orders, usual, laws, cycles):
    """Law: 28 years earlier or 56 years later, careers, changes and plans are the same, and only dates have moved."""
    other = customers_of(orders, shift=cycles * CYCLE)
    for name, one in usual.items():
        two = other[name]
        dates = one.select_dtypes("datetime").columns
        two = two.assign(**{column: two[column] - pd.Timedelta(days=cycles * CYCLE) for column in dates})
        texts = [column for column in one if column in {"reason", "starts", "period"}]  # they tell dates
        rows = (laws.plain(each.drop(columns=texts)) for each in (one, two))
        assert laws.differences(*rows) == [], name


@settings(max_examples=5)
@given(weeks=st.integers(-1200, 1200), period=st.sampled_from(["D", "W"]))
def test_whole_weeks_move_nothing_but_dates(orders, laws, weeks, period):
    """Law: with purchases and `as_of` moved by whole weeks the summary is the same but for dates; so is its fit."""
    day = pd.Timedelta(weeks=weeks)
    one = kk.summarize(orders, as_of=AS_OF, period=period)
    two = kk.summarize(orders.assign(date=orders["date"] + day), as_of=AS_OF + day, period=period)
    dates = one.select_dtypes("datetime").columns
    assert len(dates) >= 2
    back = two.assign(**{column: two[column] - day for column in dates})
    assert laws.differences(laws.plain(one), laws.plain(back)) == []
    fitted, moved = kk.NBD().fit(one), kk.NBD().fit(two)
    assert pd.Timestamp(moved.report.as_of) - pd.Timestamp(fitted.report.as_of) == day
    assert fitted == evolve(moved, report=evolve(moved.report, as_of=fitted.report.as_of))


def models_of(period):
    """The same models in each unit of time."""
    unit = 7.0 / DAYS[period]
    for kind, params in (
        ("MBGNBD", {"r": 0.5, "alpha": 6 * unit, "a": 0.9, "b": 1.6}),
        ("BGNBD", {"r": 0.2, "alpha": 4 * unit, "a": 0.8, "b": 2.4}),
        ("MBGCNBD", {"k": 3, "r": 0.5, "alpha": 2 * unit, "a": 0.9, "b": 1.6}),
        ("NBD", {"r": 0.4, "alpha": 12 * unit}),
        ("ParetoNBD", {"r": 0.5, "alpha": 10 * unit, "s": 0.6, "beta": 12 * unit}),
        ("GGompertzNBD", {"r": 0.5, "alpha": 10 * unit, "b": 0.01 / unit, "s": 0.6, "beta": 0.1}),
    ):
        yield getattr(kk, f"Fitted{kind}")(params=getattr(kk, f"{kind}Params")(**params), period=period)


@settings(max_examples=3)
@given(weeks=st.floats(0.5, 300), period=st.sampled_from(["D", "M"]))
def test_the_unit_of_time_changes_no_prediction(orders, laws, weeks, period):
    """Law: models in days or months predict of summaries in days or months what those in weeks do of weeks."""
    summaries = {unit: kk.summarize(orders, as_of=AS_OF, period=unit, regularity=True) for unit in ("W", period)}
    ahead = {unit: weeks * 7 / DAYS[unit] for unit in summaries}
    for models in zip(models_of("W"), models_of(period), strict=True):
        told = []
        for model, (unit, summary) in zip(models, summaries.items(), strict=True):
            predicted = model.predict(summary, horizon=ahead[unit])
            present = model.discounted(summary, discount_rate=0.1, horizon=ahead[unit])
            told.append({"ahead": predicted[["p_alive", "expected_purchases"]], "present": present.iloc[:, -1:]})
        assert laws.differences(laws.plain(told[0]), laws.plain(told[1]), within=1e-9) == [], models[0]


def test_the_rate_of_a_season_has_no_year_zero(orders):
    """Law: a season estimated 28 years later is the same."""
    moved = orders.assign(date=orders["date"] + pd.Timedelta(days=CYCLE))
    one, two = (
        kk.Season.estimate(orders, until=AS_OF),
        kk.Season.estimate(moved, until=AS_OF + pd.Timedelta(days=CYCLE)),
    )
    assert np.array_equal(one.index, two.index)
