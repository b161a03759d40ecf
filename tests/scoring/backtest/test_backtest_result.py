"""Frames of a backtest result: totals that add up, numbers recomputed by hand, simulated drift recovered."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk
from kundkarriar.numerics.forecast.rate_drift import path_variance


@pytest.fixture(scope="module")
def spec(scorer):
    return kk.Backtest(scorer=scorer, origins=3, horizon="6M", draws=40)


@pytest.fixture(scope="module")
def result(spec, cdnow_sample):
    return spec.run(cdnow_sample)


@pytest.fixture(scope="module")
def result_without_draws(spec, cdnow_sample):
    """A backtest of given parameters, which cannot draw futures."""
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    return evolve(spec, scorer=evolve(spec.scorer, purchases=given), origins=1).run(cdnow_sample)


def test_a_result_prints_its_origins_and_models(result):
    models = "models=('FittedMBGNBD', 'FittedGammaGamma')"
    text = f"BacktestResult(3 origins from 1997-07-02 to 1997-12-31, horizon='6M', {models})"
    assert repr(result) == text


def test_where_nothing_was_bought_nobody_has_a_share(result):
    """Neither newcomers nor others: a share of nothing is missing, not a number."""
    quiet = []
    for report in result.reports:
        rules = [
            evolve(rule, purchases=evolve(rule.purchases, actual=0.0), sales=evolve(rule.sales, actual=0.0))
            for rule in report.rules
        ]
        nobody = {"newcomers": 0, "newcomer_purchases": 0, "newcomer_sales": 0.0}
        quiet.append(evolve(report, rules=tuple(rules), **nobody))
    table = evolve(result, reports=tuple(quiet)).newcomers()
    assert table[["share_of_purchases", "share_of_sales"]].isna().all(axis=None)


def test_deciles_add_up_to_the_summary(result):
    """Every customer is in one decile of each measure, by every rule."""
    summed = result.by_decile().groupby(["origin", "rule", "measure"]).sum(numeric_only=True)
    for row in result.summary().itertuples():
        for measure in ("purchases", "sales"):
            deciles = summed.loc[(row.origin, row.rule, measure)]
            assert deciles["customers"] == row.customers
            assert deciles["predicted"] == pytest.approx(getattr(row, f"{measure}_predicted"))
            assert deciles["actual"] == pytest.approx(getattr(row, f"{measure}_actual"))


def test_the_first_decile_has_the_highest_forecasts(result):
    """Mean forecasts fall from decile to decile, and a tenth of the customers is in each where none are equal."""
    for _, deciles in result.by_decile().groupby(["origin", "rule", "measure"]):
        mean = deciles["predicted"] / deciles["customers"]
        assert (np.diff(deciles["decile"]) > 0).all()
        assert (np.diff(mean) < 0).all()
    model = result.by_decile().query("rule == 'model' and measure == 'purchases' and decile == 1")
    assert model["customers"].between(230, 242).all()


def test_tracking_ends_where_the_summary_is(result):
    """Steps add up to the cumulative sums, and those end at the totals of the horizon."""
    summary = result.summary().set_index(["origin", "rule"])
    for key, steps in result.tracking().groupby(["origin", "rule"]):
        for measure, before in (("purchases", "cumulative_"), ("sales", "cumulative_sales_")):
            for side in ("predicted", "actual"):
                running = steps[f"{before}{side}"]
                assert_allclose(np.cumsum(steps[f"{measure}_{side}"]), running, rtol=1e-9)
                assert running.iloc[-1] == pytest.approx(summary.loc[key, f"{measure}_{side}"])
        assert steps["until"].iloc[-1] == summary.loc[key, "until"]


def test_tracking_by_hand(result, cdnow_sample):
    """Purchase days and amounts of a month after the origin; of the span repeated, those one horizon earlier."""
    steps = result.tracking().query("origin == '1997-12-31'").set_index(["rule", "until"])
    assert list(steps.loc["model"].index) == [
        "1998-01-31",
        "1998-02-28",
        "1998-03-31",
        "1998-04-30",
        "1998-05-31",
        "1998-06-30",
    ]
    dates = {"actual": ("1998-01-01", "1998-01-31"), "predicted": ("1997-07-04", "1997-08-03")}  # 181 days apart
    row = steps.loc[("last span again", "1998-01-31")]
    for side, (first, last) in dates.items():
        bought = cdnow_sample[cdnow_sample["date"].between(first, last)]
        assert row[f"purchases_{side}"] == len(bought.drop_duplicates(["customer_id", "date"]))
        assert row[f"sales_{side}"] == pytest.approx(bought["amount"].sum())


def test_tracking_of_the_model_is_its_own_forecast(result, scorer, cdnow_sample):
    """The cumulative forecast is what the same fit expects up to each step."""
    row = result.tracking().query("origin == '1997-12-31' and rule == 'model' and until == '1998-03-31'").iloc[0]
    summary = kk.summarize(cdnow_sample, as_of="1997-12-31")
    expected = scorer.purchases.fit(summary).predict(summary, horizon=90 / 7)
    assert row["cumulative_predicted"] == pytest.approx(expected["expected_purchases"].sum(), rel=1e-6)


def test_bounds_of_totals_are_those_of_the_draws(result, scorer, cdnow_sample):
    """Central 90 % of the totals drawn by the same fit, not discounted and before any margin."""
    row = result.summary().query("rule == 'model' and origin == '1997-12-31'").iloc[0]
    summary = kk.summarize(cdnow_sample, as_of="1997-12-31", regularity=True)
    plain = evolve(scorer, margin=1.0, costs=None, discount_rate=0.0, horizon="181D")
    totals = plain.fit(summary).draw(summary, draws=40, seed=1).measuring("sales").totals()
    assert_allclose([row["sales_low"], row["sales_high"]], np.quantile(totals, [0.05, 0.95]), rtol=1e-9)


def test_short_horizons_are_followed_week_by_week(scorer, cdnow_sample):
    """Up to two months; the last step may be part of a week."""
    short = kk.Backtest(scorer=scorer, origins=1, horizon="17D", draws=2).run(cdnow_sample)
    model = short.tracking().query("rule == 'model'")
    assert model["until"].tolist() == ["1998-06-20", "1998-06-27", "1998-06-30"]


def test_coverage_of_the_right_model_is_near_its_level(result):
    """Wider levels cover more; with ties split it is the level, within what model error leaves."""
    for (_, measure), levels in result.coverage().groupby(["origin", "measure"]):
        assert measure in {"purchases", "sales"}
        assert (np.diff(levels["covered"]) > 0).all()
        assert_allclose(levels["covered_ties_split"], levels["level"], atol=0.05)
        assert (levels["covered"] - levels["covered_ties_split"]).iloc[0] > 0.2  # most buy nothing: the middle half too
    summary = result.summary().query("rule == 'model'").set_index("origin")["coverage"]
    nineties = result.coverage().query("measure == 'purchases' and level == 0.9").set_index("origin")["covered"]
    pd.testing.assert_series_equal(summary, nineties, check_names=False)


def test_newcomers_and_their_shares(spec, cdnow_sample):
    """Their number, and their share of all purchases."""
    new = cdnow_sample.head(3).assign(customer_id=[-1, -1, -2], date=pd.Timestamp("1998-03-01"), amount=100.0)
    row = evolve(spec, origins=1, draws=2).run(pd.concat([cdnow_sample, new], ignore_index=True)).newcomers().iloc[0]
    after = cdnow_sample[cdnow_sample["date"] > "1997-12-31"]
    assert (row["newcomers"], row["purchases"], row["sales"]) == (2, 2, 300.0)
    assert row["share_of_purchases"] == pytest.approx(2 / (2 + len(after.drop_duplicates(["customer_id", "date"]))))
    assert row["share_of_sales"] == pytest.approx(300 / (300 + after["amount"].sum()))


def test_an_origin_is_calibrated_by_the_others(result):
    """Its factor is the geometric mean of the other ratios; the row "all" has that of every origin."""
    for measure, rows in result.totals().groupby("measure"):
        ratios = (rows["actual"] / rows["predicted"]).iloc[:3]
        assert_allclose(rows["ratio"].iloc[:3], ratios)
        for place in range(3):
            expected = np.exp(np.log(ratios.drop(ratios.index[place])).mean())
            assert rows["factor"].iloc[place] == pytest.approx(expected)
            assert rows["calibrated"].iloc[place] == pytest.approx(expected * rows["predicted"].iloc[place])
            bounds = rows[["calibrated_low", "low", "high", "calibrated_high"]].iloc[place]
            assert bounds["calibrated_low"] < bounds["low"] * expected
            assert bounds["calibrated_high"] > bounds["high"] * expected
        everything = rows.iloc[3]
        assert everything["factor"] == pytest.approx(np.exp(np.log(ratios).mean()))
        assert everything["factor"] == result.factor(measure).factor
        assert everything["predicted"] == pytest.approx(rows["predicted"].iloc[:3].sum())
        assert everything[["low", "high", "calibrated", "calibrated_low"]].isna().all()


def test_one_origin_has_no_spread(spec, cdnow_sample):
    """And nothing to calibrate it by."""
    rows = evolve(spec, origins=1, draws=2).run(cdnow_sample).totals()
    assert rows[["log_spread", "degrees_of_freedom", "calibrated", "calibrated_low"]].isna().all(axis=None)
    assert rows["factor"].isna().tolist() == [True, False, True, False]


def test_what_cannot_be_drawn_is_missing(result_without_draws):
    """Given parameters: forecasts, accuracy and factors, without coverage, intervals and drift."""
    assert result_without_draws.coverage()[["covered", "covered_ties_split"]].isna().all(axis=None)
    assert result_without_draws.totals()[["low", "high"]].isna().all(axis=None)
    assert result_without_draws.totals()["factor"].notna().sum() == 2
    drift = result_without_draws.drift()
    assert drift["origin"].tolist() == ["1997-12-31", "all"]
    assert drift.drop(columns=["origin", "years"]).isna().all(axis=None)


def purchases_with_drift(drift, *, seed, n=4000, r=1.5, a_year=8.0, known=365, ahead=182):
    """Purchases of customers whose rates are multiplied after `known` days, as by a random walk with this drift."""
    g = np.random.default_rng(seed)
    spread = np.log1p(path_variance(drift=drift, years=ahead / 365.25))
    rate = g.gamma(r, a_year / r, n) / 365.25
    after = rate * np.exp(np.sqrt(spread) * g.standard_normal(n) - spread / 2)
    counts = g.poisson(rate * known), g.poisson(after * ahead)
    first = np.arange(n), np.ones(n)
    days = [first[1], g.uniform(1, known, counts[0].sum()), g.uniform(known, known + ahead, counts[1].sum())]
    ids = np.concatenate([first[0], *(np.repeat(first[0], count) for count in counts)])
    each = 10 / g.gamma(4.0, 1 / 3, n)
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.ceil(np.concatenate(days)).astype(int), unit="D")
    return pd.DataFrame({"customer_id": ids, "date": dates, "amount": g.gamma(4.0, each[ids])})


@pytest.fixture(scope="module")
def year():
    scorer = kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    return kk.Backtest(scorer=scorer, origins=1, horizon="182D", draws=40)


def test_a_simulated_drift_is_recovered(year):
    """Within a fifth: days with two purchases count once, which takes some scatter from the heavy buyers."""
    row = year.run(purchases_with_drift(1.0, seed=1)).drift().iloc[0]
    assert row["drift"] == pytest.approx(1.0, rel=0.2)
    assert row["drift_low"] > 0.5
    assert row["scatter"] > 1.2


def test_without_drift_the_estimate_includes_zero(year):
    """The interval reaches down to zero."""
    row = year.run(purchases_with_drift(0.0, seed=2)).drift().iloc[0]
    assert abs(row["rate_variance"]) < 3 * row["std_error"]
    assert row["drift_low"] == 0.0
    assert row["drift_high"] < 0.5


def test_a_scorer_with_the_drift_leaves_no_remaining_drift(year):
    """With the scorer's drift the draws have the variance of the outcomes."""
    with_it = evolve(year, scorer=evolve(year.scorer, drift=1.0))
    row = with_it.run(purchases_with_drift(1.0, seed=1)).drift().iloc[0]
    assert abs(row["rate_variance"]) < 3 * row["std_error"]
    assert row["scatter"] == pytest.approx(1.0, abs=0.1)


def test_all_origins_together(result):
    """The mean of the origins, and no smaller error: the customers are the same."""
    drift = result.drift()
    for name in ("scatter", "rate_variance", "std_error"):
        assert drift[name].iloc[3] == pytest.approx(drift[name].iloc[:3].mean())


def test_another_measure_has_no_factor(result):
    with pytest.raises(kk.DataError) as error:
        result.factor("clv")
    assert str(error.value) == (
        "`measure` must be one of 'purchases', 'sales', got 'clv'.\n\nHint: write measure='purchases'."
    )


def test_tracking_follows_the_season():
    """With the true season every step is predicted well, also the peak; without a season it is not."""
    g = np.random.default_rng(1)
    index = np.repeat([0.5, 1.0, 2.0], [4, 6, 2])
    calendar = pd.date_range("2019-01-01", "2021-06-30")
    bought = g.poisson(g.gamma(1.0, 8.0, (500, 1)) * index[calendar.month - 1] / index.mean() / 365.25) > 0
    bought[:, 0] = True
    who, day = np.nonzero(bought)
    dear = 60 / g.gamma(4.0, size=500)
    data = pd.DataFrame({"customer_id": who, "date": calendar[day], "amount": dear[who] * g.gamma(2, size=len(who))})

    def tracking(season):
        scorer = kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="12M", season=season)
        spec = kk.Backtest(scorer=scorer, origins=1, horizon="6M", until="2020-12-31", draws=2)
        steps = spec.run(data).tracking()
        return steps[steps["rule"] == "model"]

    steps = tracking(kk.Season(index=index))
    assert_allclose(steps["purchases_predicted"], steps["purchases_actual"], rtol=0.15)
    flat = tracking(None).iloc[-1]
    assert flat["purchases_predicted"] < 0.7 * flat["purchases_actual"]


def test_a_result_is_shown_in_a_few_lines(result):
    """Without its reports."""
    assert "reports" not in repr(result)


@pytest.mark.parametrize("name", ["backtest", "reports", "models"])
def test_a_result_holds_what_a_run_gives(result, name):
    with pytest.raises(kk.DataError, match=f"^`{name}` must be what "):
        evolve(result, **{name: None})
