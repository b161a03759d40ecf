"""Checks, by kind of customer, that a backtest of the career's models foresaw what customers bought."""

from __future__ import annotations

import numpy as np

from kundkarriar.errors import CapabilityError
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.backtest.customer_kinds import OLDER, SEEN_FROM_THE_FIRST
from kundkarriar.scoring.backtest.forecast import MEASURES
from kundkarriar.scoring.backtest.kind_calibration import KindCalibration, kinds_of
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.amount_text import amount, quantity
from kundkarriar.strategy.checks.check import Check

CHECKS = {
    "everyone": "customers together buy as expected",
    "silent": "silent customers buy as expected",
    "newcomers": "newcomers buy as expected",
    "one-time buyers": "one-time buyers buy as expected",
    "largest": "the largest customers buy as expected",
    OLDER: "customers older than the data buy as expected",
    SEEN_FROM_THE_FIRST: "customers seen from their first purchase buy as expected",
}
ANY_KIND = "customers of every kind buy as expected"
NO_AMOUNTS = "the purchases have no amounts, and backtests value them"
NO_BACKTEST = "no backtest given; career.checks(backtest=kk.Backtest(...).run(transactions))"
LEAST, MOST = 0.8, 1.25
"""Ratios of actual to expected that count as calibrated, as of the total by movement."""
CHANCE = 2.5758293035489004
"""Standard errors that chance explains, 99 %: of ten totals, two measures of five kinds, hardly one fails by chance."""
FEWEST = 10
"""Purchases, expected or actual, below which a kind is not checked: a normal error says little of fewer."""

TOO_LOW = {
    "everyone": "the level is too low: draws.total(backtest=...) multiplies by the factor",
    "silent": "the model gives them up too early: do not write them off by p_alive",
    "newcomers": "they are worth more than their scores, and a budget by value passes them over",
    "one-time buyers": "more of them come back by themselves than p_purchase says",
    "largest": "they keep more than the model says: it pulls the best too far towards the mean",
    OLDER: "the base of long standing holds better than the model says",
    SEEN_FROM_THE_FIRST: "who came since buys more than the model says, and so will newcomers",
}
TOO_HIGH = {
    "everyone": "the level is too high: draws.total(backtest=...) multiplies by the factor",
    "silent": "fewer come back than the model says: do not plan a win-back on these values",
    "newcomers": "they stay less than the model says: wait for a second purchase before spending on them",
    "one-time buyers": "fewer of them come back than p_purchase says",
    "largest": "they lose more than the model says: do not count on their scores in a budget",
    OLDER: "the base of long standing wears away sooner than the model says",
    SEEN_FROM_THE_FIRST: "who came since buys less than the model says, and so will newcomers",
}
TRY = "try other models and a season in the backtest: kk.Backtest(scorer=kk.ValueScorer(purchases=..., season=...))"


def calibration_checks(scorer: FittedValueScorer, backtest: BacktestResult | None) -> list[Check]:
    """Check for each kind of customer that actual purchases and sales were .8 to 1.25 times the expected, or by chance.

    The totals are those of `BacktestResult.by_kind` over all origins. A kind fails if purchases or sales are off by
    more than that and by more than 99 % of chance. Kinds of fewer than ten purchases are not checked; without a
    backtest, or a spend model of the `scorer`, none is.
    """
    if scorer.spend is None or backtest is None:
        return [Check.impossible(ANY_KIND, why=NO_AMOUNTS if scorer.spend is None else NO_BACKTEST)]
    try:
        found = {
            kind: [KindCalibration.over(backtest.reports, kind=kind, measure=measure) for measure in MEASURES]
            for kind in kinds_of(backtest.reports)
        }
    except CapabilityError:
        return [Check.impossible(ANY_KIND, why="the backtest has no totals by kind of customer; run it again")]
    return [_check(kind, *both, origins=len(backtest.reports)) for kind, both in found.items()]


def _check(kind: str, purchases: KindCalibration, sales: KindCalibration, *, origins: int) -> Check:
    if not purchases.customers:
        return Check.impossible(CHECKS[kind], why=f"nobody is of this kind ({purchases.definition})")
    customers = quantity(purchases.customers, "customer")
    if origins > 1:
        customers += f", counted once at each of {origins} origins,"
    if max(purchases.predicted, purchases.actual) < FEWEST:
        few = f"{customers} with fewer than {FEWEST} purchases, expected and actual"
        return Check.impossible(CHECKS[kind], why=f"{few} ({purchases.definition})")
    off = [each for each in (purchases, sales) if _is_off(each)]
    worst = off[0] if off else purchases
    message = (
        f"{kind} ({purchases.definition}): of {customers} {purchases.predicted:,.0f} purchases expected, "
        f"{purchases.actual:,.0f} actual{_times(purchases)}; sales {amount(sales.predicted)} expected, "
        f"{amount(sales.actual)} actual{_times(sales)}"
    )
    if off:
        advice = TOO_LOW if worst.actual > worst.predicted else TOO_HIGH
        message += f"; {advice[kind]}; {TRY}"
    return Check(
        check=CHECKS[kind],
        passed=not off,
        value=_ratio(worst),
        limit=_limits(worst)[worst.actual > worst.predicted],
        message=message,
    )


def _is_off(total: KindCalibration) -> bool:
    by_chance = abs(total.actual - total.predicted) <= CHANCE * total.std_error
    return not by_chance and not LEAST * total.predicted <= total.actual <= MOST * total.predicted


def _limits(total: KindCalibration) -> tuple[float, float]:
    """The ratios between which a total passes: those that count as calibrated, and those of chance."""
    if total.predicted <= 0:
        return np.nan, np.nan
    chance = CHANCE * total.std_error / total.predicted
    return max(min(LEAST, 1 - chance), 0.0), max(MOST, 1 + chance)


def _ratio(total: KindCalibration) -> float:
    return np.nan if total.ratio is None else total.ratio


def _times(total: KindCalibration) -> str:
    if total.ratio is None:
        return ""
    low, high = _limits(total)
    return f", {total.ratio:.2f} times (passes from {low:.2f} to {high:.2f})"
