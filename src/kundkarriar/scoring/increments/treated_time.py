"""`TreatedTime`: when customers are treated, as it is stated, and the horizon."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import is_number, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, as_day, as_period, day_number
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import values_from
from kundkarriar.frames import NarrowFrame
from kundkarriar.season.season_clock import SEASON_COLUMN
from kundkarriar.summaries.holdout_period import summary_day

DAY_COLUMNS = {"first_purchase", "T"}
"""The columns that tell the day of a summary."""


@frozen(kw_only=True, eq=False)
class TreatedTime:
    """Treated time from now on, in days.

    Attributes:
        usual: spans (start, end) that are treated in any case, apart and ascending, (m, 2).
        treated: spans of the treatment that is valued, (m, 2).
        horizon: length of the horizon; every span ends within it.
    """

    usual: Array
    treated: Array
    horizon: float

    @classmethod
    def read(
        cls, summary: NarrowFrame, treated: Any, *, previous: Any, horizon: Any, usual: str, unit: str
    ) -> TreatedTime:
        """The spans after the day of `summary`, and the horizon: `horizon`, or where None the longest.

        `usual` is the scorer's horizon, which a later treated day makes longer; `unit` that of numbers in a summary
        without dates.

        Raises:
            DataError: spans that are none, or begin before the summary ends; a horizon that ends before they do.
        """
        now = _day(summary)
        both = ((previous, "previous"), (treated, "treated"))
        spans = [united(_spans(given, name, now=now, unit=unit)) for given, name in both]
        last = max(float(each.max(initial=0.0)) for each in spans)
        length = as_period(usual if horizon is None else horizon, name="horizon").within_calendar().days
        if horizon is not None and math.ceil(length) < last:
            raise DataError.because(
                f"the horizon ends {length:g} days after now, and customers are treated until day {last:g}.",
                hint="leave `horizon` out: it then runs at least to the last treated day.",
            )
        return cls(usual=spans[0], treated=spans[1], horizon=max(length, last))


def _day(summary: NarrowFrame) -> int | None:
    """The number of the day of a summary; None where it has no dates."""
    warped = {SEASON_COLUMN, "as_of"} <= set(summary.columns)
    if warped or set(summary.columns) >= DAY_COLUMNS:
        return day_number(summary_day(summary, need="increments"))
    return None


def _spans(given: Any, name: str, *, now: int | None, unit: str) -> list[tuple[float, float]]:
    """The spans of an argument in days from now, from the beginning of the first day to the end of the last."""
    pairs, law = values_from(given), "spans of time, each a pair of its first and its last day"
    hint = f'write {name}=(("2027-01-01", "2027-03-31"),).'
    if now is None:
        law = "spans of time, each from and to how many periods from now: the summary has no dates"
        hint = f"write {name}=((0, 13),); or take a summary with `first_purchase` and `T`."
    spans = [values_from(pair) or () for pair in pairs or ()]
    if pairs is None or not all(len(span) == 2 for span in spans):
        raise refusal(given, name, law=law, hint=hint)
    found = []
    for span in spans:
        if now is None:
            if not all(is_number(each) for each in span):
                raise refusal(span, name, law=law, hint=hint)
            start, end = (float(each) * DAYS[unit] for each in span)
        else:
            first, last = (day_number(as_day(each, name=name)) - now for each in span)
            start, end = first - 1.0, float(last)
        if not (np.isfinite(end) and start < end):
            raise refusal(span, name, law=f"{law}, the first before the last", hint=hint)
        if start < 0:
            raise DataError.because(
                f"`{name}` begins before the summary ends: {span[0]} is "
                + ("before now." if now is None else f"not after {np.datetime64(now, 'D')}."),
                hint="what came before is in the purchases already; write the first day after it.",
            )
        found.append((start, end))
    return found


def united(spans: Iterable[tuple[float, float]]) -> Array:
    """The union of spans, as spans that do not touch, (m, 2)."""
    united: list[list[float]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1][1] = max(united[-1][1], end)
        else:
            united.append([start, end])
    return np.array(united).reshape(-1, 2)
