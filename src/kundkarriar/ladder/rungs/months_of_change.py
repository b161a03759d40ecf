"""Month ends at which somebody's place on the ladder may change: the others need not be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.history.calendar_months import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.history.as_of.facts_as_of import Past
    from kundkarriar.ladder.rungs.lapse import Lapse
    from kundkarriar.ladder.rungs.rung import Rung

SILENCE = "days_since_purchase"
"""The one fact that changes by itself."""

CENTURIES = 10.0**7
"""Days beyond all calendars: a longer silence is never reached."""


def months_of_change(
    rungs: Sequence[Rung], lapse: Lapse | None, past: Past, *, first: int, months: int, scored: bool
) -> NDArray[np.bool_]:
    """Whether what the rungs ask may differ from the month before, (months,); always in the first month and the last.

    What a rung remembers (grace, months on another) is not in it: that runs on by itself, and comes to rest.

    Args:
        rungs: of the ladder.
        lapse: its flag, if it has one.
        past: purchases and events.
        first: the first month, from 1970-01.
        months: how many.
        scored: whether they ask a model, whose scores change by the day.
    """
    answer = np.zeros(months, dtype=bool)
    answer[[0, -1]] = True
    silences = _silences(rungs)
    if scored or silences is None:
        answer[:] = True
        return answer
    _mark(answer, past.months_of_change() - first)
    if answer.all():
        return answer
    for silence in silences:  # the answer may change on the day itself, or on the day after
        _mark(answer, _months_after(past, np.floor([[silence], [silence + 1.0]])) - first)
    if lapse is not None:
        bought, gap = past.purchase
        allowed = lapse.allowed(purchase_days=bought, typical_gap=gap)
        _mark(answer, _months_after(past, np.floor(allowed) + 1.0) - first)
    return answer


def _silences(rungs: Sequence[Rung]) -> tuple[float, ...] | None:
    """The lengths of silence at which an answer changes; None where they cannot be seen."""
    conditions = [asked for rung in rungs for asked in rung.all_conditions]
    functions = [function for asked in conditions for function in asked.functions()]
    if any(SILENCE in function.needs for function in functions):
        return None
    questions = [question for asked in conditions for question in asked.questions()]
    return tuple(limit for asked in questions if asked.column == SILENCE for limit in asked.test.limits)


def _months_after(past: Past, silence: NDArray[np.float64]) -> NDArray[np.int64]:
    """The months in which so many days have passed since each purchase day."""
    return month_of(past.days.day + np.clip(silence, 0.0, CENTURIES).astype(np.int64))


def _mark(answer: NDArray[np.bool_], month: NDArray[np.int64]) -> None:
    answer[month[(month >= 0) & (month < len(answer))]] = True
