"""Check that expected purchases are not distorted by a season that the model ignores."""

from typing import Any

from attrs import evolve

from kundkarriar.dates.period import DAYS
from kundkarriar.frames import narrow, numbers
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.season.whole_years import DAYS_TO_ESTIMATE, share_beyond_whole_years
from kundkarriar.strategy.checks.check import Check

CHECK = "no season hides in what customers are expected to buy"
ESTIMATE_HINT = "kk.Season.estimate(transactions) tells the season, for kk.ValueScorer(season=...)"
TOO_SHORT_HINT = (
    "two years would tell the season; one known from elsewhere goes in kk.ValueScorer(season=kk.Season(...))"
)

CANCELS = (
    "the horizon and the time since customers' first purchases are whole years; only the silence before as_of is "
    "judged as if every month were alike"
)


def season_check(scorer: FittedValueScorer, customers: Any) -> Check:
    """Check that a season was given, or that it cancels: in the horizon, and in the own history of each customer.

    `customers` has the column T. A span of the data of whole years is not enough: a rate is told from the time since
    the customer's first purchase (`season/whole_years.py`).
    """
    season, unit = scorer.scorer.season, DAYS[scorer.purchases.period]
    if season is not None:
        text = "none, as was said" if season.flat else f"taken out: {season.range} of the year's mean rate"
        return Check(check=CHECK, passed=True, informative=False, severity="info", message=f"season {text}")
    days, T = scorer.observed * unit, numbers(narrow(customers, need=CHECK), "T", need=CHECK, nullable=True)
    note = evolve(scorer, beyond_whole_years=share_beyond_whole_years(T[T >= 0] * unit)).season_note
    return Check(
        check=CHECK,
        passed=not note,
        value=days / DAYS["Y"],
        message=f"{note}; {ESTIMATE_HINT if days >= DAYS_TO_ESTIMATE else TOO_SHORT_HINT}" if note else CANCELS,
    )
