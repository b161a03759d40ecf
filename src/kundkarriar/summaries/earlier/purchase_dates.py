"""The purchases of a summary with gaps, day by day, as transactions."""

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, text_column
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.packed_gaps import GAPS, MADE_BY, unpacked
from kundkarriar.summaries.purchase_gaps import ends_of


def purchase_dates(summary: FrameT, *, need: str) -> FrameT:
    """The purchase days of a summary as standard transactions without amounts, which `kk.summarize` reads.

    Args:
        summary: from `kk.summarize(..., gaps=True)`, with or without a season: customer_id, first_purchase, gaps, and
            what purchase models read.
        need: the caller's name, which starts the messages.

    Returns:
        customer_id, date and kind ("purchase"), a row per purchase day, by customer in the order of the summary, then
        by date, in a frame of the kind of `summary`. Prospects have no row.

    Raises:
        DataError: no gaps or no first_purchase, or rows that break a law of repeat buying.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", gaps=True)
    >>> purchase_dates(summary, need="this example").head(3)
       customer_id       date      kind
    0            4 1997-01-01  purchase
    1            4 1997-01-18  purchase
    2            4 1997-08-02  purchase
    """
    frame = narrow(summary, need=need)
    refuse_without_dates(frame, need=need)
    position = read_purchase_rows(summary, need=need, gaps=True).position
    gaps, count, _ = unpacked(frame[GAPS])
    purchases = count[position] + 1
    starts = ends_of(purchases)
    steps = np.zeros(starts[-1], dtype=np.int64)
    later = np.ones(len(steps), dtype=bool)
    later[starts[:-1]] = False
    steps[later] = gaps
    since = np.cumsum(steps)
    day = since + np.repeat(first_days(frame, need=need)[position] - since[starts[:-1]], purchases)
    made = {
        "customer_id": frame["customer_id"][np.repeat(position, purchases).tolist()],
        "date": day.astype("datetime64[D]").astype("datetime64[us]"),
        "kind": text_column(["purchase"], np.zeros(len(day), np.int64), like=summary),
    }
    return new_frame(made, like=summary)


def refuse_without_dates(frame: NarrowFrame, *, need: str) -> None:
    """Refuse a summary without the columns from which purchase days are told."""
    if missing := [name for name in ("customer_id", "first_purchase", GAPS) if name not in frame.columns]:
        raise DataError.because(
            f"{need} needs the purchase days of each customer: the summary has no column `{missing[0]}`.",
            hint=f"{MADE_BY}.",
        )


def first_days(frame: NarrowFrame, *, need: str) -> Whole:
    """The day of the first purchase of each row of a summary, since 1970-01-01, (N,); `NEVER` for prospects."""
    return date_ticks(frame, "first_purchase", need=need, nullable=True)
