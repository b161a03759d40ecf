"""Months that a rung history evaluates: a customer may meet other conditions at their end than a month before.

The other months are skipped.
"""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.rung import Rung

DAYS_SINCE_PURCHASE = "days_since_purchase"
"""The only fact that changes from day to day without a purchase or an event."""

CENTURIES = 10.0**7
"""Upper bound of the days since a purchase: no calendar is as long."""


def months_of_change(
    rungs: Sequence[Rung], lapse: Lapse | None, facts_as_of: FactsAsOf, *, first: int, months: int, scored: bool
) -> Mask:
    """Whether some condition may hold or fail otherwise than in the month before, (months,).

    The first and the last month are always marked. Grace and time on a rung, which pass without any event, are not
    considered here: `RungState.memory` shows them. `first` is counted from 1970-01; `scored` says whether
    conditions use scores of a model, which change by the day.
    """
    answer = np.zeros(months, dtype=bool)
    answer[[0, -1]] = True
    limits = _limits_of_days_since_purchase(rungs)
    if scored or limits is None:
        answer[:] = True
        return answer
    _mark(answer, facts_as_of.months_of_changing_facts() - first)
    if answer.all():
        return answer
    for limit in limits:  # a condition may change on the day itself, or on the day after
        _mark(answer, _months_after(facts_as_of, np.floor([[limit], [limit + 1.0]])) - first)
    if lapse is not None:
        bought, gap = facts_as_of.purchase_number_and_gap
        allowed = lapse.allowed(purchase_days=bought, typical_gap=gap)
        _mark(answer, _months_after(facts_as_of, np.floor(allowed) + 1.0) - first)
    return answer


def _limits_of_days_since_purchase(rungs: Sequence[Rung]) -> tuple[float, ...] | None:
    """Days since the last purchase at which a condition changes; None where a function reads them."""
    conditions = [condition for rung in rungs for condition in rung.all_conditions]
    functions = [function for condition in conditions for function in condition.functions()]
    if any(DAYS_SINCE_PURCHASE in function.needs for function in functions):
        return None
    compared = [each for condition in conditions for each in condition.questions()]
    return tuple(limit for each in compared if each.column == DAYS_SINCE_PURCHASE for limit in each.comparison.limits)


def _months_after(facts_as_of: FactsAsOf, days: Array) -> Whole:
    """The month in which `days` days have passed since each purchase day; `days` is broadcast against them."""
    return month_of(facts_as_of.days.day + np.clip(days, 0.0, CENTURIES).astype(np.int64))


def _mark(answer: Mask, month: Whole) -> None:
    answer[month[(month >= 0) & (month < len(answer))]] = True
