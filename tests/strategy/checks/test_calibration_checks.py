"""Calibration by kind of customer: fails where forecasts are off by more than a quarter and by more than chance."""

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.numerics.forecast.total_error import TotalError
from kundkarriar.strategy.checks.calibration_checks import calibration_checks

TOGETHER, SILENT, NEWCOMERS, ONCE, LARGEST = (
    "customers together buy as expected",
    "silent customers buy as expected",
    "newcomers buy as expected",
    "one-time buyers buy as expected",
    "the largest customers buy as expected",
)
TRY = "try other models and a season in the backtest: kk.Backtest(scorer=kk.ValueScorer(purchases=..., season=...))"


SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")


def judged(result):
    """The checks of a career with amounts; of its fits only that there are amounts is asked."""
    given = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=1, alpha=9, a=1, b=2), period="W")
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6, q=4, gamma=15))
    scorer = evolve(SCORER, purchases=given, spend=spend)
    fitted = kk.FittedValueScorer(
        scorer=scorer, purchases=given, spend=spend, return_mean=0.1, return_mass=2.0, observed=52.0
    )
    return calibration_checks(fitted, result)


@pytest.fixture(scope="module")
def result(cdnow_sample):
    return kk.Backtest(scorer=SCORER, horizon="6M", draws=40).run(cdnow_sample)


def with_silent(result, *, purchases, sales):
    """The result with the totals given of silent customers: predicted, actual, variance."""
    (report,) = result.reports
    totals = [
        TotalError(predicted=m, actual=y, process_variance=v, parameter_variance=0.0) for m, y, v in (purchases, sales)
    ]
    silent = evolve(report.kinds[1], customers=900, definition="no word", purchases=totals[0], sales=totals[1])
    kinds = (report.kinds[0], silent, *report.kinds[2:])
    (check,) = (each for each in judged(evolve(result, reports=(evolve(report, kinds=kinds),))) if each.check == SILENT)
    return check


def test_cdnow_fails_of_silent_customers(result):
    """Of whom the model expects too little; nobody is new there."""
    checks = {each.check: each for each in judged(result)}
    assert list(checks) == [TOGETHER, SILENT, NEWCOMERS, ONCE, LARGEST]
    assert [name for name, each in checks.items() if not each.passed] == [SILENT]
    assert checks[NEWCOMERS].message == ("not checked: nobody is of this kind (first purchase within the last 90 days)")
    assert not checks[NEWCOMERS].informative
    assert all(each.informative for name, each in checks.items() if name != NEWCOMERS)
    rows = result.by_kind().query("measure == 'purchases' and origin == 'all'").set_index("kind")
    assert checks[SILENT].value == rows.loc["silent", "ratio"] > checks[SILENT].limit >= 1.25


def test_the_whole_message_of_a_failure(result):
    check = with_silent(result, purchases=(207.0, 486.0, 900.0), sales=(3000.0, 3300.0, 1e5))
    assert (check.passed, check.severity, check.informative) == (False, "warning", True)
    assert (check.value, check.limit) == (pytest.approx(486 / 207), pytest.approx(1 + 2.5758 * 30 / 207, rel=1e-4))
    assert check.message == (
        "silent (no word): of 900 customers 207 purchases expected, 486 actual, 2.35 times (passes from 0.63 to 1.37); "
        "sales 3,000 expected, 3,300 actual, 1.10 times (passes from 0.73 to 1.27); the model gives them up too early: "
        f"do not write them off by p_alive; {TRY}"
    )


def test_customers_of_several_origins_are_said_to_count_at_each(result):
    """Law: the number is the sum over origins, and the message says so, whether the kind is checked or too small."""
    (report,) = result.reports
    few = TotalError(predicted=1.0, actual=2.0, process_variance=1.0, parameter_variance=0.0)
    once = evolve(report.kinds[3], customers=7, definition="one day", purchases=few, sales=few)
    at = evolve(report, kinds=(*report.kinds[:3], once, report.kinds[4]))
    checks = {each.check: each.message for each in judged(evolve(result, reports=(at, at)))}
    assert checks[ONCE] == (
        "not checked: 14 customers, counted once at each of 2 origins, with fewer than 10 purchases, expected and "
        "actual (one day)"
    )
    assert checks[TOGETHER].startswith(
        f"everyone (at least one purchase): of {2 * report.customers:,} customers, counted once at each of 2 origins, "
        f"{2 * report.kinds[0].purchases.predicted:,.0f} purchases expected, "
    )


@pytest.mark.parametrize(
    ("purchases", "sales", "passed", "says"),
    [
        ((100.0, 126.0, 1.0), (100.0, 100.0, 1.0), False, "too early"),
        ((100.0, 124.0, 1.0), (100.0, 100.0, 1.0), True, ""),
        ((100.0, 126.0, 200.0), (100.0, 100.0, 1.0), True, ""),  # by chance
        ((100.0, 79.0, 1.0), (100.0, 100.0, 1.0), False, "do not plan a win-back"),
        ((100.0, 81.0, 1.0), (100.0, 100.0, 1.0), True, ""),
        ((100.0, 100.0, 1.0), (100.0, 70.0, 1.0), False, "do not plan a win-back"),
        ((100.0, 100.0, 1.0), (100.0, -70.0, 1.0), False, "do not plan a win-back"),
        ((0.0, 10.0, 9.0), (0.0, 0.0, 0.0), False, "too early"),
        ((9.0, 0.0, 1.0), (100.0, 0.0, 1.0), True, "not checked"),
    ],
)
def test_a_kind_fails_by_more_than_a_quarter_and_more_than_chance(result, purchases, sales, passed, says):
    """Of purchases or of sales; 99 % of chance are 2.58 standard errors."""
    check = with_silent(result, purchases=purchases, sales=sales)
    assert check.passed is passed
    assert says in check.message
    assert np.isnan(check.value) == np.isnan(check.limit)


def test_right_models_pass():
    """Of three bases that buy as the model has it, at most one fails in one kind."""
    failed = []
    for seed in range(3):
        when = {"start": "2024-01-01", "until": "2025-12-31", "joining": "24M"}
        shop = kk.testing.make_transactions(customers=900, seed=seed, **when)
        result = kk.Backtest(scorer=SCORER, horizon="6M", draws=20).run(shop)
        checks = judged(result)
        assert all(each.informative for each in checks)
        failed += [each.message for each in checks if not each.passed]
    assert len(failed) <= 1


def test_without_a_backtest_its_kinds_or_amounts_nothing_is_checked(result, cdnow_sample):
    (check,) = judged(None)
    assert (check.check, check.passed, check.informative) == ("customers of every kind buy as expected", True, False)
    assert check.message == (
        "not checked: no backtest given; career.checks(backtest=kk.Backtest(...).run(transactions))"
    )
    unpriced = kk.summarize(cdnow_sample.drop(columns="amount").assign(kind="purchase"), as_of="1998-06-30")
    (check,) = calibration_checks(SCORER.fit(unpriced), None)
    assert (check.check, check.passed, check.informative) == ("customers of every kind buy as expected", True, False)
    assert check.message == "not checked: the purchases have no amounts, and backtests value them"
    bare = evolve(result, reports=tuple(evolve(at, kinds=()) for at in result.reports))
    (check,) = judged(bare)
    assert (check.passed, check.informative) == (True, False)
    assert check.message == "not checked: the backtest has no totals by kind of customer; run it again"
