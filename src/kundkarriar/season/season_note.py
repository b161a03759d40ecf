"""The note that a season may bias rates and predictions of a fit without one.

A season cancels in a horizon of whole years, and in the rates of customers whose own histories are whole years. The
length of the data does not matter: a year of data holds customers who were seen through one December and no July. The
note names what is not whole years; nothing is corrected here. Even where all is, a silence since a busy month counts no
more than one since a slow month: only a season given mends that.
"""

from kundkarriar.dates.period import DAYS, Period
from kundkarriar.season.whole_years import MOST_BEYOND, are_whole_years


def season_note(*, history: float | None, beyond: float | None, horizon: Period) -> str:
    """Note that a season may bias rates and predictions made without one; empty if all is whole years.

    `history` is the longest history of a customer in days, None if no rates were fitted to any; `beyond` is the share
    of the customers' time beyond whole years, None where it is not known.

    >>> from kundkarriar.dates.period import Period
    >>> season_note(history=273.0, beyond=0.9, horizon=Period.of("6M"))
    'no season taken out, and not whole years: a history of 39 weeks and a horizon of 6 months'
    >>> season_note(history=730.0, beyond=0.25, horizon=Period.of("12M"))
    'no season taken out, and not whole years: 25% of the time since the first purchases of the customers'
    >>> season_note(history=730.0, beyond=0.0, horizon=Period.of("12M"))
    ''
    """
    odd = [] if history is None else _odd_history(history, beyond)
    odd += [] if are_whole_years(horizon.days) else [f"a horizon of {horizon}"]
    return f"no season taken out, and not whole years: {' and '.join(odd)}" if odd else ""


def _odd_history(history: float, beyond: float | None) -> list[str]:
    if beyond is not None and beyond <= MOST_BEYOND:
        return []
    if not are_whole_years(history):
        return [f"a history of {_in_words(history)}"]
    share = "perhaps some" if beyond is None else f"{beyond:.0%}"
    return [f"{share} of the time since the first purchases of the customers"]


def _in_words(days: float) -> str:
    return f"{days / DAYS['Y']:.1f} years" if days >= DAYS["Y"] else f"{days / DAYS['W']:.0f} weeks"
