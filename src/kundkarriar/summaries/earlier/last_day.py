"""The last day of the data of a summary, as far as the summary says it."""

from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, distinct_values
from kundkarriar.summaries.holdout_period import summary_day


def last_day(summary: NarrowFrame, *, need: str) -> str | None:
    """The last day of the data of a summary, from its column `as_of`, else from first_purchase and T.

    Returns:
        The day as text; None where neither says one day for all rows: frames made by hand or rounded in a file.

    >>> import kundkarriar as kk
    >>> from kundkarriar.frames import narrow
    >>> summary = narrow(kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30"), need="this example")
    >>> last_day(summary, need="this example"), last_day(summary.drop("first_purchase"), need="this example")
    ('1997-09-30', None)
    """
    try:
        if "as_of" in summary.columns:
            days = {str(as_day(each, name="as_of")) for each in distinct_values(summary["as_of"])}
            return days.pop() if len(days) == 1 else None
        return str(summary_day(summary, need=need)) if {"first_purchase", "T"} <= set(summary.columns) else None
    except DataError:  # a fit does not need the day, and so refuses no frame for it
        return None
