"""The level that a backtest shows: of earlier origins whose outcome was known by then, and of all."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.numerics.forecast.level_error import interval_with_level

TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
ABLE = kk.ValueScorer(purchases=kk.MBGNBD(), **TERMS)


@pytest.fixture(scope="module")
def result(cdnow_sample):
    return kk.Backtest(scorer=ABLE, origins=6, horizon="3M", every="1M", draws=40).run(cdnow_sample)


@pytest.fixture(scope="module")
def rows(result):
    totals = result.totals()
    return totals[totals["measure"] == "purchases"].set_index("origin")


def by_hand(reports, prior=0.08):
    e = np.log([at.rules[0].purchases.actual / at.rules[0].purchases.predicted for at in reports])
    v = [np.log(at.rules[0].purchases.interval.totals).var(ddof=1) for at in reports]
    return np.sqrt(max(0, 2 * prior**2 + np.sum(e**2 - v)) / (2 + len(e)))


def test_the_level_is_that_of_the_formula(result, rows):
    """Of purchases at all origins; what the forecasts had stated already is subtracted."""
    level = result.level()
    assert (level.prior_sd, level.origins) == (0.08, 6)
    assert level.sd == pytest.approx(by_hand(result.reports))
    assert rows.loc["all", ["level_sd", "level_origins"]].tolist() == [level.sd, 6]


def test_an_origin_has_the_level_of_outcomes_known_by_then(result, rows):
    """Month-end origins with horizons of three months: the fourth from the first knows one outcome, the fifth two."""
    assert rows.index.tolist() == [
        *("1998-03-31", "1998-02-28", "1998-01-31", "1997-12-31", "1997-11-30", "1997-10-31"),
        "all",
    ]
    assert rows["until"].iloc[3] == "1998-03-31"
    assert rows["level_origins"].tolist() == [3, 2, 1, 0, 0, 0, 6]
    for place, known in enumerate((3, 2, 1)):
        assert rows["level_sd"].iloc[place] == pytest.approx(by_hand(result.reports[6 - known :]))
    assert (rows["level_sd"].iloc[3:6] == 0.08).all()


def test_the_interval_with_level_is_that_of_drawn_totals_times_the_level(result, rows):
    """Around the interval of parameters and futures alone, for sales by the level of purchases."""
    totals = result.totals()
    for measure, some in totals[totals["origin"] != "all"].groupby("measure"):
        for at, row in zip(result.reports, some.itertuples(), strict=True):
            drawn = np.array(at.rules[0].of(measure).interval.totals)
            low, high = interval_with_level(drawn, sd=row.level_sd, level=0.9)
            assert (row.level_low, row.level_high) == (min(low, row.predicted), max(high, row.predicted))
            assert row.level_low < row.low < row.high < row.level_high
        assert (some["level_sd"] == rows["level_sd"].iloc[:6].to_numpy()).all()
    everything = rows.loc["all"]
    assert everything[["level_low", "level_high"]].isna().all()


def test_a_backtest_draws_without_level(result, cdnow_sample):
    """Law: the scorer's level changes neither intervals nor what is learnt, its prior does."""
    assert evolve(result.backtest, scorer=evolve(ABLE, level=0.3)).run(cdnow_sample).reports == result.reports
    wide = evolve(result, backtest=evolve(result.backtest, scorer=evolve(ABLE, level=kk.Level(prior_sd=0.2))))
    assert wide.level().prior_sd == 0.2
    assert wide.level().sd == pytest.approx(by_hand(result.reports, prior=0.2))


def test_the_level_is_not_in_the_calibrated_total(result, cdnow_sample):
    """The spread of the factor holds it: the row "model alone" widens, "calibrated" stays."""
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30")
    totals = []
    for level in (0, result.level()):
        fitted = evolve(ABLE, horizon="3M", level=level).fit(summary)
        totals.append(fitted.draw(summary, draws=40, seed=1).total(backtest=result).set_index("basis"))
    alone, leveled = totals
    pd.testing.assert_frame_equal(alone.loc[["calibrated"]], leveled.loc[["calibrated"]])
    assert leveled.loc["model alone", "low"] < alone.loc["model alone", "low"]
    assert "learnt from 6 origins" in leveled.loc["model alone", "note"]


def test_of_the_right_model_there_is_next_to_no_level():
    """Simulated customers who buy by the model: ten origins leave of the prior less than half."""
    shop = kk.testing.make_transactions(customers=3000, seed=3)
    found = kk.Backtest(scorer=ABLE, origins=10, horizon="2M", every="1M", draws=200).run(shop)
    assert found.level().sd < 0.045


def test_month_ends_stay_month_ends(cdnow_sample):
    """By the calendar from the latest origin, not step by step: 28 February leads back to 31 January."""

    def dates(every, origins, until):
        spec = kk.Backtest(scorer=ABLE, origins=origins, horizon="1M", every=every, until=until, draws=2)
        return [at.origin for at in spec.run(cdnow_sample).reports]

    assert dates("1M", 3, "1998-03-31") == ["1998-02-28", "1998-01-31", "1997-12-31"]
    assert dates("1M", 2, "1998-03-30") == ["1998-02-28", "1998-01-31"]
    assert dates("2W", 2, "1998-03-31") == ["1998-02-28", "1998-02-14"]


def test_the_function_takes_the_span_between_origins(cdnow_sample):
    table = kk.backtest(ABLE, cdnow_sample, origins=2, horizon="3M", every="1M", draws=2)
    assert table["origin"].unique().tolist() == ["1998-03-31", "1998-02-28"]


def test_no_draws_no_level(cdnow_sample):
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    result = kk.Backtest(scorer=evolve(ABLE, purchases=given), horizon="3M").run(cdnow_sample)
    assert result.totals()[["level_sd", "level_origins", "level_low"]].iloc[[1, 3]].isna().all(axis=None)
    with pytest.raises(kk.CapabilityError) as raised:
        result.level()
    assert str(raised.value) == (
        "the backtest has no level: the models cannot draw futures, and so do not say how far their own totals may lie "
        "from the forecast.\n\nHint: kk.Backtest(scorer=kk.ValueScorer(purchases=kk.MBGNBD(), ...), ...) has one."
    )


def test_no_purchases_no_level(result):
    quiet = [
        evolve(at, rules=tuple(evolve(rule, purchases=evolve(rule.purchases, actual=0.0)) for rule in at.rules))
        for at in result.reports
    ]
    with pytest.raises(kk.DataError) as raised:
        evolve(result, reports=tuple(quiet)).level()
    assert str(raised.value) == (
        "the backtest has no level: at some origin total purchases, predicted, drawn or actual, are not above 0.\n\n"
        "Hint: look at result.totals(); fewer origins, or a longer horizon."
    )


NO_SPAN = '`every` must be a span of time: a number above 0, then D, W, M or Y, got 3.\n\nHint: write "12M" or "90D".'
NO_STEP = (
    "1.5 months cannot step through the calendar: months have no fractions there.\n\n"
    'Hint: count in days or weeks: "46D".'
)


@pytest.mark.parametrize(("every", "message"), [(3, NO_SPAN), ("1.5M", NO_STEP)])
def test_what_is_no_span_between_origins(every, message):
    with pytest.raises(kk.DataError) as raised:
        kk.Backtest(scorer=ABLE, horizon="3M", every=every)
    assert str(raised.value) == message


def test_origins_before_the_data(cdnow_sample):
    with pytest.raises(kk.DataError) as raised:
        kk.Backtest(scorer=ABLE, horizon="3M", every="3M", origins=6).run(cdnow_sample)
    assert str(raised.value) == (
        "an origin at 1996-12-31 lies before the data, which begin on 1997-01-01.\n\n"
        "Hint: fewer origins (now 6) or a shorter horizon (now '3M'), or origins closer together (now every '3M')."
    )
