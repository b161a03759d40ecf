"""The checks of a career: of its groups, models, season and spend, and of what it foresaw before."""

from __future__ import annotations

from kundkarriar.career.bridge import Bridge
from kundkarriar.frames import FrameT, narrow
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.checks.calibration_checks import calibration_checks
from kundkarriar.strategy.checks.model_checks import model_checks, total_check
from kundkarriar.strategy.checks.portfolio_checks import portfolio_checks
from kundkarriar.strategy.checks.season_check import season_check
from kundkarriar.strategy.checks.spend_check import spend_check


def career_checks(
    table: FrameT, *, scorer: FittedValueScorer, money: Bridge | None, backtest: BacktestResult | None
) -> FrameT:
    """The portfolio checks of the table of customers, then those of the scorer, see `FittedCareer.checks`."""
    also = model_checks(scorer, narrow(table, need="CustomerCareer"))
    if money is not None:
        also += [total_check(money.sales, mean=money.mean, differs=money.differs)]
    also += [season_check(scorer, table), spend_check(scorer, table), *calibration_checks(scorer, backtest)]
    return portfolio_checks(table, also=also)
