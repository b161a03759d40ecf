"""Whether a ledger is long enough to estimate a season from, and the refusal of one that is not."""

from __future__ import annotations

import numpy as np

from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError
from kundkarriar.history.ledger.ledger import Ledger

FEWEST = 3
"""Purchase days of a customer needed to have one between the first and the last."""

SHORTEST_HISTORY = "2Y"
"""Shortest history to estimate a season from: in a shorter one a season cannot be told from a trend."""


def can_estimate_season(ledger: Ledger) -> bool:
    """Whether the ledger spans two whole years and some customer has three purchase days."""
    return _long_enough(ledger) and bool((ledger.purchases.count >= FEWEST).any())


def refuse_short_history(ledger: Ledger, *, need: str) -> None:
    """Refuse a ledger of less than two whole years.

    Raises:
        DataError: it is shorter.
    """
    if not _long_enough(ledger):
        raise DataError.because(
            f"{need} needs two whole years of purchases, these run from {_first_day(ledger)} to {ledger.as_of}: a month"
            " that was seen once cannot be told from a trend.",
            hint="a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers from January on.",
        )


def _long_enough(ledger: Ledger) -> bool:
    """Whether the ledger spans two whole years."""
    return bool(Period.of(SHORTEST_HISTORY).after(_first_day(ledger) - 1) <= ledger.as_of)


def _first_day(ledger: Ledger) -> np.datetime64:
    """The first purchase day of all customers; `as_of` without a purchase."""
    day = ledger.purchase_day
    return np.datetime64(int(day.min()), "D") if len(day) else ledger.as_of
