"""Spans of whole years, in which every month lies equally often, so that a season cancels."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS

SLACK = 15.0
"""Days by which a span may differ from whole years: 52 weeks are a year, 51 months are not four years."""
DAYS_TO_ESTIMATE = 2 * DAYS["Y"] - SLACK
"""Days of history that tell a season: two years, at whose ends a shop may have been closed, or sold nothing."""
MOST_BEYOND = 0.05
"""Share of time beyond whole years at which a season still cancels: one of 50 % then moves rates by 2.5 %."""


def are_whole_years(days: float) -> bool:
    """Whether a span is one whole year or several, give or take the slack."""
    return days >= DAYS["Y"] / 2 and bool(_beyond(np.array([days]))[0] == 0)


def share_beyond_whole_years(days: Array, *, weights: Array | float = 1.0) -> float:
    """Share of the time that n customers were observed, `days` (n,), that lies beyond whole years, or lacks to them.

    `weights`, (n,), are the numbers of customers alike.

    The rate of a customer is told from their own time since the first purchase. If that is not whole years, the season
    does not cancel in it, however long the data are: who came in October has been seen through a December only. Of
    customers who came at an even pace over one year half of the time is beyond, over ten years a twentieth.

    >>> share_beyond_whole_years(np.array([365.0, 730.0])), share_beyond_whole_years(np.array([365.25, 182.625]))
    (0.0, 0.3333333333333333)
    """
    total = float((weights * days).sum())
    return float((weights * _beyond(days)).sum()) / total if total > 0 else 0.0


def _beyond(days: Array) -> Array:
    years = np.rint(days / DAYS["Y"])
    away = np.abs(days - years * DAYS["Y"])
    return np.where((years > 0) & (away <= SLACK), 0.0, away)
