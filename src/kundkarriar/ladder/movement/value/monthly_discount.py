"""Monthly discount factor of a yearly effective discount rate."""

from __future__ import annotations

import numpy as np

from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.numerics.money.discount import rate_per_period


def monthly_discount_factor(discount_rate: float) -> float:
    """Monthly discount factor of a yearly effective rate.

    Raises:
        DataError: the rate is not above 0.
    """
    if not (isinstance(discount_rate, int | float) and np.isfinite(discount_rate) and discount_rate > 0):
        raise DataError.because(
            f"value without end needs a yearly discount rate above 0, got {discount_rate!r}.",
            hint="discount_rate=0.10 is 10 % a year.",
        )
    return float(np.exp(-rate_per_period(float(discount_rate), days=DAYS["M"])))
