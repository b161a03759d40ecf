"""Spans that hold every month equally often, and what to say of those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.history.period import DAYS

if TYPE_CHECKING:
    from kundkarriar.history.period import Period

SLACK = 15.0
"""Days by which a span may miss whole years: 52 weeks are a year, 51 months are no four years."""

TO_ESTIMATE = 2 * DAYS["Y"] - 1.0
"""Days of history from which a season can be estimated: two years, leap year or not."""


def whole_years(days: float) -> bool:
    """Whether a span is one or more whole years, within half a month.

    >>> whole_years(364.0), whole_years(730.0), whole_years(273.0)
    (True, True, False)
    """
    years = round(days / DAYS["Y"])
    return years >= 1 and abs(days - years * DAYS["Y"]) <= SLACK


def unseasoned(*, history: float | None, horizon: Period) -> str:
    """What a season that was not taken out may have done to rates and predictions; nothing where all is whole years.

    Args:
        history: days from the first purchase to the last day that counts; None where no rates were fitted to it.
        horizon: how far ahead.

    >>> from kundkarriar.history.period import Period
    >>> unseasoned(history=273.0, horizon=Period.of("6M"))
    'no season taken out, and not whole years: a history of 39 weeks and a horizon of 6 months'
    >>> unseasoned(history=730.0, horizon=Period.of("12M"))
    ''
    """
    odd = [] if history is None or whole_years(history) else [f"a history of {_told(history)}"]
    odd += [] if whole_years(horizon.days) else [f"a horizon of {horizon}"]
    return f"no season taken out, and not whole years: {' and '.join(odd)}" if odd else ""


def _told(days: float) -> str:
    return f"{days / DAYS['Y']:.1f} years" if days >= DAYS["Y"] else f"{days / DAYS['W']:.0f} weeks"
