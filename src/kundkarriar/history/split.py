"""The split of transactions into a calibration and a holdout period at a date."""

from typing import Any

import numpy as np

from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.period import as_day
from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT
from kundkarriar.history.ledger.lazy_transactions import LazyTransactions, up_to
from kundkarriar.history.ledger.transaction_rows import checked_transactions


def split(transactions: FrameT, *, at: Any) -> tuple[FrameT, FrameT]:
    """Split transactions into those up to and including the day `at`, and those after it.

    Args:
        transactions: customer_id, date, amount.
        at: the last day of the calibration period.

    Returns:
        Calibration and holdout, with the rows in their order; a pandas index is kept.

    Raises:
        DataError: one of the two is empty.

    >>> import kundkarriar as kk
    >>> calibration, holdout = split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> len(calibration), len(holdout)
    (4960, 1959)
    """
    day = as_day(at, name="at")
    if (lazy := engine_of(transactions)) is not None:
        parts: tuple[FrameT, FrameT] = _of_lazy(*lazy, day)
        return parts
    frame, _ = checked_transactions(transactions, need="split")
    days = date_ticks(frame, "date", need="split")
    before = days <= day.astype(np.int64)
    if before.all() or not before.any():
        first, last = (np.datetime64(int(end), "D") for end in (days.min(), days.max()))
        raise DataError.because(
            f"`at` {day} leaves nothing to split: the transactions run from {first} to {last}.",
            hint="choose a day between them.",
        )
    calibration: FrameT = frame[np.flatnonzero(before)].to_native()
    holdout: FrameT = frame[np.flatnonzero(~before)].to_native()
    return calibration, holdout


def _of_lazy(engine: Engine, frame: LazyFrame, day: np.datetime64) -> tuple[Any, Any]:
    """The two parts as lazy frames."""
    found = LazyTransactions.checked(engine, frame)
    if found is None or not found.begin <= day < found.end:
        calibration, holdout = split(engine.collected(frame).to_native(), at=day)
        return tuple(engine.uploaded(part, beside=frame).to_native() for part in (calibration, holdout))
    before = up_to(frame, day)
    return frame.filter(before).to_native(), frame.filter(~before).to_native()
