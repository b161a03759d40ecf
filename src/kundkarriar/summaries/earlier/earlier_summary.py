"""A summary with gaps as of an earlier day."""

from typing import Any

import numpy as np

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, add_columns, narrow
from kundkarriar.season.season import Season
from kundkarriar.season.season_clock import SEASON_COLUMN, read_season_key
from kundkarriar.summaries.earlier.purchase_dates import first_days, purchase_dates
from kundkarriar.summaries.holdout_period import summary_day
from kundkarriar.summaries.summarize import MONEY, summarize
from kundkarriar.summaries.summary_laws import GAP_LOG_SUM
from kundkarriar.summaries.table_kind import SUMMARY, read_unit

OWN = ("customer_id", "entry", "period", SEASON_COLUMN)
"""Columns of a summary that are of the customer or of the unit of time, whatever the day."""


def earlier_summary(summary: FrameT, *, as_of: Any, need: str) -> FrameT:
    """The rows of a summary as of an earlier day: customers who had bought by then, with their purchases up to it.

    Args:
        summary: from `kk.summarize(..., gaps=True)`, with or without a season.
        as_of: the last day that counts, not after the end of the summary.
        need: the caller's name, which starts the messages.

    Returns:
        The rows of customers who had bought by `as_of`, in their order; a pandas index is kept. Counts, times, dates,
        gaps, gap_log_sum and as_of are those of the day. Entry, period, season and further columns are kept; there is
        no monetary_value, total_value or returns_value, because a summary has no amounts by day.

    Raises:
        DataError: no gaps or no first_purchase; `as_of` lies after the end of the summary or before all purchases.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> now = kk.summarize(transactions, as_of="1997-09-30", gaps=True)
    >>> then = earlier_summary(now, as_of="1997-01-31", need="this example")
    >>> len(now), len(then), int(then["frequency"].sum())
    (2357, 781, 92)
    """
    bought, frame = purchase_dates(summary, need=need), narrow(summary, need=need)
    day, first, end = as_day(as_of, name="as_of"), first_days(frame, need=need), summary_day(frame, need=need)
    known = np.flatnonzero((first != NEVER) & (first <= day_number(day)))
    if day > end or not len(known):
        begin = np.datetime64(int(first[first != NEVER].min(initial=day_number(end))), "D")
        raise DataError.because(
            f"{need}: `as_of` is {day}, and the purchases of the summary run from {begin} to the end of {end}.",
            hint="choose a day between them.",
        )
    key = read_season_key(frame, need=need)
    made = narrow(
        summarize(
            bought,
            as_of=day,
            period=read_unit(frame, kind=SUMMARY, need=need, expected=None),
            regularity=GAP_LOG_SUM in frame.columns,
            gaps=True,
            season=None if key is None else Season(index=[float(each) for each in key.split(" ")]),
        ),
        need=need,
    )
    kept = frame.drop(*(name for name in MONEY if name in frame.columns))[known]
    columns = {name: made[name] for name in made.columns if name in kept.columns and name not in OWN}
    told: FrameT = add_columns(kept.to_native(), columns)
    return told
