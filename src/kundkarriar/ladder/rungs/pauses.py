"""Pauses: which of the lapsed customers are expected back by their own history, and why, in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.facts_as_of import FactsAsOf


def longest_gaps(known: FactsAsOf) -> Array:
    """The most days between a customer's consecutive purchase days, (n,); 0 for fewer than two."""
    code, day, longest = known.days.code, known.days.day, np.zeros(known.n)
    first = np.flatnonzero(np.diff(code, prepend=-1))  # each buyer's first purchase day
    gaps = np.diff(day, prepend=0)
    gaps[first] = 0
    if len(first):
        longest[code[first]] = np.maximum.reduceat(gaps, first)
    return longest


def own_pauses(known: FactsAsOf, *, lapsed: Mask) -> tuple[Mask, NDArray[Any]]:
    """Which of the lapsed have been silent for as long before and came back, (n,), and why, to follow a reason, (n,).

    The silence is not longer than the longest gap between purchase days: so it is with customers who buy in bursts.
    """
    silent = facts_at(known, known.as_of, ("days_since_purchase",))["days_since_purchase"]
    longest = longest_gaps(known)
    paused: Mask = lapsed & (silent <= longest)
    why = np.full(known.n, "", dtype=object)
    why[paused] = [
        f"; silent for {days:.0f} days, and came back after {gap:.0f} days before"
        for days, gap in zip(silent[paused], longest[paused], strict=True)
    ]
    return paused, why
