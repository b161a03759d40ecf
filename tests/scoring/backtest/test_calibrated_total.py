"""Totals calibrated by a backtest: the factor, the width of the interval, and errors."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.dates.period import Period


@pytest.fixture(scope="module")
def result(scorer, cdnow_sample):
    return kk.Backtest(scorer=scorer, origins=3, horizon="6M", draws=10).run(cdnow_sample)


@pytest.fixture(scope="module")
def draws(scorer, summary):
    return evolve(scorer, horizon="6M").fit(summary).draw(summary, draws=40, seed=1)


def test_without_a_backtest_the_note_says_so(draws):
    """The note of a total without a backtest."""
    assert list(draws.total().columns) == ["measure", "expected", "low", "high", "note"]
    assert draws.total()["note"].tolist() == ["model error not included: see kk.backtest"]


@pytest.mark.parametrize(("measure", "of"), [("sales", "sales"), ("clv", "sales"), ("purchases", "purchases")])
def test_the_total_is_multiplied_and_its_interval_widened(draws, result, measure, of):
    """The factor of sales, or of purchases; half-widths in quadrature with the spread between origins."""
    drawn = draws.measuring(measure)
    total = drawn.total(backtest=result)
    assert list(total.columns) == ["measure", "basis", "factor", "expected", "low", "high", "note"]
    assert total["basis"].tolist() == ["model alone", "calibrated"]
    alone, calibrated = (total.iloc[place] for place in (0, 1))
    pd.testing.assert_frame_equal(total.iloc[[0]][drawn.total().columns], drawn.total())
    factor = result.factor(of)
    assert calibrated["factor"] == factor.factor
    assert calibrated["expected"] == pytest.approx(factor.factor * alone["expected"])
    width = factor.log_width(0.9)
    down = factor.factor * np.hypot(alone["expected"] - alone["low"], alone["expected"] * (1 - np.exp(-width)))
    up = factor.factor * np.hypot(alone["high"] - alone["expected"], alone["expected"] * (np.exp(width) - 1))
    assert calibrated["expected"] - calibrated["low"] == pytest.approx(down)
    assert calibrated["high"] - calibrated["expected"] == pytest.approx(up)
    assert calibrated["note"] == (
        "factor: geometric mean of actual / predicted over 6 months at 3 origins; interval widened by their spread, "
        f"{factor.log_spread:.3f} on the log scale, t with 1.6 degrees of freedom: more origins narrow it"
    )


def test_costs_are_not_multiplied(draws, result):
    """Only the clv part of a net value is multiplied: costs do not depend on the error of the sales forecast."""
    clv, net = (draws.measuring(measure).total()["expected"].iloc[0] for measure in ("clv", "net_value"))
    calibrated = draws.measuring("net_value").total(backtest=result).iloc[1]
    assert calibrated["expected"] == pytest.approx(result.factor("sales").factor * clv + net - clv)
    assert calibrated["note"].endswith("; costs are not multiplied")


def test_a_higher_level_is_wider(draws, result):
    """The quantile of the spread follows the level."""
    narrow, wide = (draws.measuring("sales").total(level, backtest=result).iloc[1] for level in (0.5, 0.95))
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_one_origin_has_no_spread_and_says_so(draws, result, cdnow_sample):
    """The factor is known, its spread is not."""
    one = evolve(result.backtest, origins=1).run(cdnow_sample)
    row = draws.measuring("sales").total(backtest=one).iloc[1]
    assert row["expected"] == pytest.approx(one.factor("sales").factor * draws.expected["sales"].sum())
    assert pd.isna(row["low"])
    assert pd.isna(row["high"])
    assert row["note"] == (
        "factor: actual / predicted over 6 months at one origin; one origin has no spread: no interval"
    )


@pytest.mark.parametrize(("freedom", "says"), [(2.99, ": more origins narrow it"), (3.0, "")])
def test_few_degrees_of_freedom_ask_for_more_origins(result, freedom, says):
    factor = evolve(result.factor("sales"), log_spread=0.2, freedom=freedom)
    assert result.calibration_note(factor, over=Period.of("6M")) == (
        "factor: geometric mean of actual / predicted over 6 months at 3 origins; interval widened by their spread, "
        f"0.200 on the log scale, t with 3.0 degrees of freedom{says}"
    )


def test_another_horizon_is_named(scorer, summary, result):
    """A factor tested over half a year says less of a whole one."""
    year = scorer.fit(summary).draw(summary, draws=2, seed=1).measuring("sales")
    assert (
        year.total(backtest=result)["note"]
        .iloc[1]
        .endswith(": more origins narrow it; tested over 6 months, applied to 12 months as if it stayed the same")
    )


def test_the_summary_alone_is_refused(draws, result):
    with pytest.raises(kk.DataError) as error:
        draws.total(backtest=result.summary())
    assert str(error.value) == (
        "`backtest` must be what kk.Backtest(...).run(transactions) gives, got DataFrame.\n\n"
        "Hint: kk.backtest(...) gives the summary alone; write kk.Backtest(...).run(transactions)."
    )


def test_a_backtest_of_another_model_is_refused(scorer, summary, result):
    other = evolve(scorer, purchases=kk.NBD()).fit(summary).draw(summary, draws=2, seed=1)
    with pytest.raises(kk.DataError) as error:
        other.total(backtest=result)
    assert str(error.value) == (
        "the backtest tested FittedMBGNBD and FittedGammaGamma, the draws are of FittedNBD and FittedGammaGamma.\n\n"
        "Hint: run the backtest with the scorer that the draws come from."
    )


def test_totals_that_are_not_positive_are_refused(draws, result):
    """With more returns than sales there is no factor."""
    report = result.reports[0]
    model = report.rules[0]
    worse = evolve(model, sales=evolve(model.sales, actual=-1.0))
    broken = evolve(result, reports=(evolve(report, rules=(worse, *report.rules[1:])), *result.reports[1:]))
    with pytest.raises(kk.DataError) as error:
        draws.measuring("sales").total(backtest=broken)
    assert str(error.value) == (
        "the backtest has no calibration factor of sales: at some origin their total, foreseen or actual, is not above "
        "0.\n\nHint: look at result.totals(); fewer origins, or a longer horizon."
    )
    assert broken.totals()["factor"].isna().tolist()[4:] == [False, True, True, True]
