"""Checks of the origin and the horizon of forecasts of movement."""

from typing import Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.ladder.career_panel import CareerPanel, month_number


def origin_month(panel: CareerPanel, origin: Any) -> int:
    """The month to forecast from, that of the date `origin` or the last one, in which every known customer has a row.

    Raises:
        DataError: the origin lies outside the careers, or the careers of some customers end before it.
    """
    month = panel.last if origin is None else month_number(origin)
    if not panel.first <= month <= panel.last:
        first, last = np.array([panel.first, panel.last]).astype("datetime64[M]")
        raise DataError.because(
            f"`origin` {origin} lies outside the careers, which go from {first} to {last}.",
            hint=f'origin="{last}-01", or leave it out.',
        )
    ended = (panel.entry <= month) & (panel.entry + panel.lengths <= month)
    if ended.any():
        raise DataError.because(
            f"the careers of {int(ended.sum()):,} of {len(panel):,} customers end before {np.datetime64(month, 'M')}.",
            hint="every customer has a row a month to the end, also without a purchase: see ladder.careers(...).",
        )
    return month
