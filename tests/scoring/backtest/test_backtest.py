"""Backtests: forecasts read nothing after their origin, and are compared with outcomes counted by hand."""

import inspect

import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk


def run(scorer, data, **choices):
    return kk.backtest(scorer, data, **{"horizon": "6M", "draws": 10} | choices)


def result(scorer, data, **choices):
    return kk.Backtest(scorer=scorer, **{"origins": 1, "horizon": "6M", "draws": 10} | choices).run(data)


def frames(found):
    """All frames of a result, by method."""
    views = ("summary", "by_decile", "tracking", "coverage", "newcomers", "totals", "drift", "by_kind")
    return {name: getattr(found, name)() for name in views}


def test_origins_are_distinct_and_half_a_horizon_apart(scorer, cdnow_sample):
    """Three origins are three dates, however short the horizon."""
    for horizon, days in (("6M", 91), ("1M", 15), ("39W", 136)):
        origins = pd.to_datetime(run(scorer, cdnow_sample, origins=2, horizon=horizon)["origin"].unique())
        assert (origins[0] - origins[1]).days == days


def test_nothing_after_the_origin_is_read(scorer, cdnow_sample):
    """Other purchases after the origin change the actual, not the forecast."""
    later = cdnow_sample["date"] > "1997-12-31"
    more = cdnow_sample.assign(amount=cdnow_sample["amount"].where(~later, 1000.0))
    one, other = (run(scorer, data).iloc[0] for data in (cdnow_sample, more))
    for name in ("purchases_predicted", "sales_predicted", "sales_low", "sales_high"):
        assert one[name] == other[name]
    assert other["sales_actual"] > one["sales_actual"]


def test_no_forecast_in_any_frame_reads_what_came_after(scorer, cdnow_sample):
    """Other purchases after the origin change only columns of actual outcomes and what is computed from them."""
    later = cdnow_sample["date"] > "1997-12-31"
    fewer = cdnow_sample[~later | (cdnow_sample["customer_id"] % 2 == 0) | (cdnow_sample["date"] == "1998-06-30")]
    one, other = (frames(result(scorer, data)) for data in (cdnow_sample, fewer))
    kept = {"sales_low", "low", "high", "decile", "note", "definition", "customers"}
    for name in ("summary", "by_decile", "tracking", "totals", "by_kind"):
        forecast = [c for c in one[name] if "predicted" in c or c in kept]
        pd.testing.assert_frame_equal(one[name][forecast], other[name][forecast])
        assert not one[name].equals(other[name])


def test_the_function_is_the_summary_of_the_spec(scorer, cdnow_sample):
    """`kk.backtest` has one origin unless asked for more."""
    found = result(scorer, cdnow_sample)
    pd.testing.assert_frame_equal(run(scorer, cdnow_sample), found.summary())
    assert found.equals(result(scorer, cdnow_sample))
    assert not found.equals(result(scorer, cdnow_sample, seed=2))
    assert not found.equals(found.summary())


def test_actuals_by_hand(scorer, cdnow_sample):
    """Purchase days and amounts of known customers after the origin."""
    row = run(scorer, cdnow_sample, horizon="39W").iloc[0]
    after = cdnow_sample[cdnow_sample["date"] > "1997-09-30"]
    assert row["purchases_actual"] == len(after.drop_duplicates(["customer_id", "date"]))
    assert row["sales_actual"] == pytest.approx(after["amount"].sum())
    assert row["bias"] == pytest.approx(row["purchases_predicted"] / row["purchases_actual"] - 1)


def test_the_rule_of_thumb_by_hand(scorer, cdnow_sample):
    """Each customer again what they bought in the span before the origin."""
    row = run(scorer, cdnow_sample).iloc[1]
    before = cdnow_sample[cdnow_sample["date"].between("1997-07-04", "1997-12-31")]
    assert row["origin"] == "1997-12-31"
    assert row["purchases_predicted"] == len(before.drop_duplicates(["customer_id", "date"]))
    assert row["sales_predicted"] == pytest.approx(before["amount"].sum())


def test_newcomers_are_counted_apart(scorer, cdnow_sample):
    """Customers first seen after the origin are in no forecast and in no actual total."""
    new = cdnow_sample.head(3).assign(customer_id=[-1, -1, -2], date=pd.Timestamp("1998-03-01"))
    row = run(scorer, pd.concat([cdnow_sample, new], ignore_index=True)).iloc[0]
    plain = run(scorer, cdnow_sample).iloc[0]
    assert (row["newcomers"], plain["newcomers"]) == (2, 0)
    assert row["newcomer_sales"] == pytest.approx(new["amount"].sum())
    assert row["sales_actual"] == plain["sales_actual"]


def test_a_customer_who_returned_everything_the_same_day_is_not_forecast(scorer, cdnow_sample):
    """A purchase returned in full on its day is none: the customer is a newcomer at the first purchase kept."""
    rows = pd.DataFrame(
        {
            "customer_id": [-1, -1, -1, -2, -2],
            "date": pd.to_datetime(["1997-05-01", "1997-05-01", "1998-02-01", "1997-05-01", "1997-05-01"]),
            "amount": [30.0, -30.0, 20.0, 10.0, -10.0],
        }
    )
    plain, found = (run(scorer, data).iloc[0] for data in (cdnow_sample, pd.concat([cdnow_sample, rows])))
    assert found["customers"] == plain["customers"] == 2357
    assert (found["newcomers"], found["newcomer_sales"]) == (1, 20.0)


def test_forecast_and_newcomers_add_up_to_everything_sold(scorer, cdnow_sample):
    """Sales after the origin, net of returns, are those of forecast customers plus those of all others."""
    rows = pd.DataFrame(
        {
            "customer_id": [-1, -2, -2, 4, 21, -3],
            "date": pd.to_datetime(
                ["1998-02-01", "1998-01-31", "1998-03-01", "1998-04-01", "1998-04-02", "1997-12-30"]
            ),
            "amount": [30.0, 50.0, -50.0, -7.0, 11.0, -9.0],  # the last on the day of an origin, of nobody in the data
        }
    )
    data = pd.concat([cdnow_sample, rows.assign(date=pd.to_datetime(rows["date"]))], ignore_index=True)
    for origins in (1, 2):
        for row in run(scorer, data, origins=origins).itertuples():
            sold = data[data["date"].between(pd.Timestamp(row.origin) + pd.Timedelta("1D"), row.until)]["amount"].sum()
            assert row.sales_actual + row.newcomer_sales == pytest.approx(sold)


def test_the_order_of_rows_changes_nothing(scorer, cdnow_sample):
    """Draws follow a hash of the id."""
    one, other = (frames(result(scorer, data)) for data in (cdnow_sample, cdnow_sample.sample(frac=1, random_state=1)))
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], rtol=1e-5, atol=1e-9)


@pytest.mark.weak_fit
def test_covariates_are_taken_from_customers(scorer, cdnow_sample):
    """By id; a column that tells buyers apart orders them better, and rules of thumb do not read it."""
    often = cdnow_sample.groupby("customer_id").size() > 3
    customers = pd.DataFrame({"customer_id": often.index, "often": often.to_numpy()}).sample(frac=1, random_state=1)
    with_covariate = evolve(scorer, purchases=kk.MBGNBD(covariates=kk.Covariates(purchase=("often",))))
    found, plain = run(with_covariate, cdnow_sample, customers=customers), run(scorer, cdnow_sample)
    assert found["gini"][0] > plain["gini"][0] + 0.05
    assert found["gini"][1] == plain["gini"][1]
    with pytest.raises(kk.DataError, match=r"\['often'\]"):
        run(with_covariate, cdnow_sample)


def test_margin_and_costs_are_not_tested(scorer, cdnow_sample):
    """A forecast of sales does not depend on what the sales leave."""
    other = evolve(scorer, margin="nowhere", costs=None)
    pd.testing.assert_frame_equal(run(scorer, cdnow_sample), run(other, cdnow_sample))


def test_models_that_cannot_draw_have_no_interval(scorer, cdnow_sample):
    """Given parameters have no known uncertainty; the forecast is still compared with the outcome."""
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    row = run(evolve(scorer, purchases=given), cdnow_sample, horizon="39W").iloc[0]
    assert row["purchases_predicted"] == pytest.approx(1576.7, abs=1)
    assert pd.isna(row["sales_low"])
    assert row["note"] == (
        "no interval: the models cannot draw futures; no season taken out, and not whole years: a horizon of 273 days"
    )


def test_every_frame_is_of_the_kind_given(scorer, cdnow_sample):
    """Polars in, polars out, and nulls where something is missing."""
    plain, polar = (frames(result(scorer, data)) for data in (cdnow_sample, pl.DataFrame(cdnow_sample.to_dict("list"))))
    for name, frame in polar.items():
        assert isinstance(frame, pl.DataFrame)
        again = pd.DataFrame(frame.to_dict(as_series=False)).astype(plain[name].dtypes)
        pd.testing.assert_frame_equal(again, plain[name], rtol=1e-5)
    assert polar["totals"]["calibrated"].null_count() == len(polar["totals"])


def test_polars_gives_the_same(scorer, cdnow_sample):
    """The kind of frame is the user's."""
    polar = run(scorer, pl.DataFrame(cdnow_sample.to_dict("list")))
    assert isinstance(polar, pl.DataFrame)
    assert_allclose(polar["sales_predicted"].to_numpy(), run(scorer, cdnow_sample)["sales_predicted"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"until": "1998-12-31"},
            (
                "`until` 1998-12-31 lies after the last purchase, 1998-06-30: what happened then is not in the data."
                "\n\n"
                'Hint: until="1998-06-30", or leave it out.'
            ),
        ),
        (
            {"origins": 9},
            (
                "an origin at 1997-01-01 lies before the data, which begin on 1997-01-01.\n\n"
                "Hint: fewer origins (now 9) or a shorter horizon (now '6M')."
            ),
        ),
        ({"origins": 0}, "`origins` must be a whole number from 1 to 1,000, got 0.\n\nHint: write origins=3."),
        (
            {"horizon": 6},
            (
                "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got 6.\n\n"
                'Hint: write "12M" or "90D".'
            ),
        ),
        (
            {"draws": 1},
            "`draws` must be a whole number from 2 to 100,000, got 1.\n\nHint: write draws=200.",
        ),
        ({"origins": True}, "`origins` must be a whole number from 1 to 1,000, got True.\n\nHint: write origins=3."),
        (
            {"period": "H"},
            ("`period` must be one of 'D', 'W', 'M', 'Y', got 'H'.\n\nHint: write period='W'."),
        ),
        (
            {"seed": -1},
            "`seed` must be a whole number of at least 0 or a numpy Generator, got -1.\n\nHint: write seed=1.",
        ),
        (
            {"until": "yesterday"},
            "`until` must be a date, got 'yesterday'.\n\nHint: write until=\"2026-10-31\" (year-month-day).",
        ),
        (
            {"horizon": "0.4M"},
            (
                "0.4 months cannot step through the calendar: months have no fractions there.\n\n"
                'Hint: count in days or weeks: "12D".'
            ),
        ),
    ],
)
def test_what_a_backtest_refuses(scorer, cdnow_sample, choices, message):
    with pytest.raises(kk.DataError) as error:
        run(scorer, cdnow_sample, **choices)
    assert str(error.value) == message


def test_only_a_scorer_can_be_tested(fitted, cdnow_sample):
    with pytest.raises(kk.DataError) as error:
        run(fitted, cdnow_sample)
    assert str(error.value) == (
        "`scorer` of a backtest must be a kk.ValueScorer, got FittedValueScorer.\n\n"
        "Hint: scorer=kk.ValueScorer(margin=..., discount_rate=..., horizon=...); of a fitted one: fitted.scorer."
    )


def test_an_empty_frame_is_refused(scorer, cdnow_sample):
    with pytest.raises(kk.DataError) as error:
        run(scorer, cdnow_sample.head(0))
    assert str(error.value) == (
        "backtest needs at least one transaction: the frame is empty.\n\n"
        "Hint: check the file or filter that the rows came through."
    )


def test_raw_orders_are_refused(scorer):
    with pytest.raises(kk.DataError) as error:
        run(scorer, pd.DataFrame({"KundID": [1], "Datum": ["2026-01-01"]}))
    assert str(error.value) == (
        "backtest needs columns that are not there: ['amount', 'customer_id', 'date'].\n\n"
        "Hint: the DataFrame has ['KundID', 'Datum']. Orders get standard names from kk.transactions(orders, "
        "customer_id=..., date=..., amount=...); in other frames rename the column of ids to customer_id."
    )


def test_a_model_fitted_to_the_whole_of_the_data_is_refused(scorer, cdnow_sample):
    """A forecast made with parameters from after its origin proves nothing."""
    whole = kk.MBGNBD().fit(kk.summarize(cdnow_sample, as_of="1998-06-30"))
    with pytest.raises(kk.DataError) as error:
        run(evolve(scorer, purchases=whole), cdnow_sample)
    assert str(error.value) == (
        "a backtest fits anew at each origin, and FittedMBGNBD is fitted already, perhaps to what came after.\n\n"
        "Hint: give the scorer the spec: kk.MBGNBD()."
    )


def test_the_function_has_the_defaults_of_the_spec(scorer):
    """Law: `kk.backtest` and `kk.Backtest` have the same defaults, among them one origin."""
    call = inspect.signature(kk.backtest).parameters
    own = inspect.signature(kk.Backtest).parameters
    shared = [name for name in own if name != "scorer" and own[name].default is not inspect.Parameter.empty]
    assert {name: own[name].default for name in shared} == {name: call[name].default for name in shared}
    assert kk.Backtest(scorer=scorer, horizon="6M").origins == 1
