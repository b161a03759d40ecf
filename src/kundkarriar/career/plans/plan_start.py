"""The day on which a plan starts, held against the time that a career's values are for."""

import numpy as np

from kundkarriar.dates.period import Period, as_day
from kundkarriar.errors import DataError, warn


def check_start(start: str, *, as_of: str, horizon: str) -> None:
    """Refuse a plan that starts when its time is over, and tell of one that starts after the values' horizon.

    Raises:
        DataError: the plan does not start after `as_of`.

    Warns:
        DataWarning: the plan starts after the horizon of the values, counted from `as_of`.
    """
    first, known = as_day(start, name="start"), as_day(as_of, name="as_of")
    if first <= known:
        raise DataError.because(
            f"the plan starts on {start}, and the career is as of {as_of}: that time is over.",
            hint="start the plan after as_of.",
        )
    span = Period.of(horizon)
    if first > known + np.timedelta64(round(span.days), "D"):
        warn(
            f"career.plan: the plan starts on {first}, and its values are those of the {span} from {as_of}: rungs, "
            "classes and values will not hold any more by then. Fit the career as of a day just before the plan."
        )
