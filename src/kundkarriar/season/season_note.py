"""The note that a season may bias rates and predictions of a fit without one.

A history or a horizon of whole years has every month equally often, so a season cancels. The note names the spans that
are not whole years; nothing is corrected here.
"""

from kundkarriar.dates.period import DAYS, Period

SLACK = 15.0
"""Days by which a span may differ from whole years: 52 weeks are a year, 51 months are not four years."""

DAYS_TO_ESTIMATE = 2 * DAYS["Y"] - 1.0
"""Days of history needed to estimate a season: two years, with or without a leap year."""


def season_note(*, history: float | None, horizon: Period) -> str:
    """Note that a season may bias rates and predictions made without one; empty if history and horizon are whole years.

    `history` is in days from the first purchase to `as_of`; None if no rates were fitted to it.

    >>> from kundkarriar.dates.period import Period
    >>> season_note(history=273.0, horizon=Period.of("6M"))
    'no season taken out, and not whole years: a history of 39 weeks and a horizon of 6 months'
    >>> season_note(history=730.0, horizon=Period.of("12M"))
    ''
    """
    odd = [] if history is None or _whole_years(history) else [f"a history of {_in_words(history)}"]
    odd += [] if _whole_years(horizon.days) else [f"a horizon of {horizon}"]
    return f"no season taken out, and not whole years: {' and '.join(odd)}" if odd else ""


def _whole_years(days: float) -> bool:
    years = round(days / DAYS["Y"])
    return years >= 1 and abs(days - years * DAYS["Y"]) <= SLACK


def _in_words(days: float) -> str:
    return f"{days / DAYS['Y']:.1f} years" if days >= DAYS["Y"] else f"{days / DAYS['W']:.0f} weeks"
