"""The warning that a purchase model was fitted long before the customers it values."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.period import Period
from kundkarriar.errors import warn
from kundkarriar.frames import NarrowFrame
from kundkarriar.models.drift.mixed_fits import last_fitted_day
from kundkarriar.summaries.earlier.last_day import last_day


def warn_of_old_fit(model: Any, summary: NarrowFrame, buyers: Whole, *, horizon: str, need: str) -> None:
    """Warn where the summary is more than a `horizon` later than the data that a purchase model was fitted to.

    A value is of the time after the summary, so the fit must hold until twice its own horizon. `buyers` are positions
    of customers with a purchase: the first tells the day.
    """
    fitted, now = last_fitted_day(model), last_day(summary[buyers[:1]], need=need)
    if fitted is None or now is None or np.datetime64(now, "D") <= Period.of(horizon).after(fitted):
        return
    warn(
        f"{need}: the purchase model was fitted to data up to {fitted}, and the customers are those of {now}, more than"
        f" the horizon of {Period.of(horizon)} later: scorer.purchases.drift_check(kk.summarize(..., gaps=True)) tells"
        " whether the fit is still good."
    )
