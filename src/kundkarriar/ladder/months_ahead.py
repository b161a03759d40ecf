"""A horizon in whole months, from text such as "6M"."""

import math
from typing import Any

from kundkarriar.arguments import WholeNumber, is_number, refusal
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import DataError

MONTHS_AHEAD = WholeNumber(least=1, most=1_200, unit="of months", example=6)
LAW = "a span of whole months, at most 1,200, as text"


def months_of(horizon: Any, *, name: str = "horizon") -> int:
    """The number of months of a horizon: 6 of "6M", 12 of "1Y".

    Raises:
        DataError: a number, another text, a span of days or weeks, a fraction of a month, or more than 1,200 months.

    >>> months_of("6M"), months_of("1Y")
    (6, 12)
    >>> months_of(6)
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `horizon` must be a span of whole months, at most 1,200, as text, got 6.
    <BLANKLINE>
    Hint: write horizon="6M".
    """
    typed = f"{horizon}M" if MONTHS_AHEAD.holds(horizon) else "6M"
    hint = f'write {name}="{typed}".'
    if is_number(horizon):
        raise refusal(horizon, name, law=LAW, hint=hint)
    try:
        span = as_period(horizon, name=name)
    except DataError:
        raise refusal(horizon, name, law=LAW, hint=hint) from None
    months = _whole(span)
    if months is None:
        raise refusal(horizon, name, law=LAW, hint=hint)
    return months


def _whole(span: Period) -> int | None:
    """The number of months of a span, if it is a whole number that chains can go ahead."""
    if span.months is None or not math.isclose(span.months, round(span.months), abs_tol=1e-9):
        return None
    months = round(span.months)
    return months if MONTHS_AHEAD.holds(months) else None
