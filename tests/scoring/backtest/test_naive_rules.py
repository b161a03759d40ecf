"""Naive forecasts, recomputed by hand from the transactions."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.dates.period import Period
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.backtest.naive_rules import hiatus_heuristic, hiatus_threshold, last_year_again, mean_of_all


def origin_at(data, date, *, horizon="6M"):
    date = np.datetime64(date)
    begin = np.datetime64(data["date"].min(), "D")
    days = purchase_days(data, as_of=data["date"].max())
    until = Period.of(horizon).after(date)
    return ForecastOrigin.of(data, days, begin=begin, date=date, until=until, period="W")


@pytest.fixture(scope="module")
def three_years():
    """Purchases and returns of 60 customers from 2019 to 2021, over a leap day."""
    g = np.random.default_rng(1)
    n = 2000
    dates = pd.Timestamp("2019-01-01") + pd.to_timedelta(g.integers(0, 3 * 365, n), unit="D")
    often, dear = g.gamma(1.0, size=60), 60 / g.gamma(4.0, size=60)
    ids = g.choice(60, n, p=often / often.sum())
    amount = np.where(g.random(n) < 0.1, -5.0, dear[ids] * g.gamma(2, size=n))
    return pd.DataFrame({"customer_id": ids, "date": dates, "amount": amount})


def test_last_year_again_is_the_same_dates_a_year_before(three_years):
    """Purchase days and sales of each customer, and their cumulative totals by month."""
    origin = origin_at(three_years, "2020-12-31")
    forecast = last_year_again(origin)
    window = three_years[three_years["date"].between("2020-01-01", "2020-06-30")]
    ids = origin.summary["customer_id"]
    sales = window.groupby("customer_id")["amount"].sum().reindex(ids).fillna(0)
    np.testing.assert_allclose(forecast.sales, sales)
    day = window.groupby(["customer_id", "date"])["amount"].sum()
    gross = window[window["amount"] > 0].groupby(["customer_id", "date"]).size()
    bought = gross[day.reindex(gross.index) > 0].groupby("customer_id").size().reindex(ids).fillna(0)
    np.testing.assert_array_equal(forecast.purchases, bought)
    january = three_years[three_years["date"].between("2020-01-01", "2020-01-31")]
    assert forecast.cumulative[1][0] == pytest.approx(january["amount"].sum())
    assert forecast.cumulative[0][-1] == bought.sum()


@pytest.mark.parametrize(("date", "horizon"), [("2019-12-15", "6M"), ("2020-03-31", "13M")])
def test_last_year_again_needs_a_year_before_the_origin(three_years, date, horizon):
    """Neither dates before the data, nor dates after the origin."""
    assert last_year_again(origin_at(three_years, date, horizon=horizon)) is None


def test_a_backtest_has_the_rule_where_the_data_allow_it(three_years):
    """And leaves it out where they do not."""
    flat = kk.Season(index=[1] * 12)
    scorer = kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="12M", season=flat)
    found = kk.backtest(scorer, three_years, origins=4, horizon="6M", until="2020-12-31", draws=2)
    rules = found.groupby("origin")["rule"].agg(list)
    assert {origin: "last year again" in rule for origin, rule in rules.items()} == {
        "2019-10-01": False,
        "2019-12-31": False,
        "2020-03-31": True,
        "2020-06-30": True,
    }
    assert rules.iloc[-1] == ["model", "last span again", "last year again", "hiatus heuristic", "mean of all"]


def small():
    """Six customers; of the four of the trial date (2026-04-01) three buy until the origin (2026-07-01)."""
    days = {
        "a": ["2026-01-01", "2026-03-20", "2026-06-01"],
        "b": ["2026-01-01", "2026-03-01", "2026-06-20"],
        "c": ["2026-01-11", "2026-02-01"],
        "d": ["2026-01-01", "2026-01-15", "2026-04-10"],
        "e": ["2026-05-01", "2026-06-30"],
        "f": ["2026-12-01"],
        "g": ["2026-04-15", "2026-05-03"],
    }
    rows = [(who, pd.Timestamp(day), 10.0) for who, several in days.items() for day in several]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def test_the_threshold_classifies_as_many_as_active_as_bought_again():
    """On 2026-04-01 a, b, c and d were silent for 12, 31, 59 and 76 days; three of them then bought: 59."""
    origin = origin_at(small(), "2026-07-01", horizon="91D")
    assert (origin.start - origin.length) == int(np.datetime64("2026-04-01").astype(int))
    assert hiatus_threshold(origin) == 59


def test_a_short_history_has_its_trial_date_half_way():
    """Six months before the origin there are no customers yet: the trial date is half way, as in the other tests."""
    assert hiatus_threshold(origin_at(small(), "2026-07-01", horizon="6M")) == 59


def test_active_customers_continue_at_their_own_rate():
    """Silent for at most 59 days on 2026-07-01: a, b, e and, for just 59, g; at repeats over days since the first."""
    origin = origin_at(small(), "2026-07-01", horizon="91D")
    forecast = hiatus_heuristic(origin)
    by_customer = dict(zip(origin.summary["customer_id"], forecast.purchases, strict=True))
    rates = {"a": 2 / 181, "b": 2 / 181, "c": 0, "d": 0, "e": 1 / 61, "g": 1 / 77}
    assert by_customer == pytest.approx({who: 91 * rate for who, rate in rates.items()})
    np.testing.assert_allclose(forecast.sales, 10 * forecast.purchases)
    assert forecast.note == "a rule of thumb, no model; active: silent for at most 59 days"
    assert forecast.cumulative[0][-1] == pytest.approx(forecast.purchases.sum())


def test_nobody_is_active_where_nobody_bought_again():
    """Only customers with a purchase on that very day would be active."""
    rows = small().query("customer_id == 'c' or customer_id == 'f'")
    assert hiatus_threshold(origin_at(rows, "2026-07-01", horizon="91D")) == 0


def test_the_mean_of_all_is_equal_for_all_customers():
    """The mean of the last span, also for customers without a purchase in it."""
    forecast = mean_of_all(origin_at(small(), "2026-07-01", horizon="91D"))
    np.testing.assert_allclose(forecast.purchases, 7 / 6)
    np.testing.assert_allclose(forecast.sales, 70 / 6)
