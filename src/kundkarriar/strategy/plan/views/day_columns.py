"""Columns of dates, from days as numbers since 1970-01-01."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole


def as_dates(day: Array | Whole) -> Any:
    """Dates of days as numbers since 1970-01-01, (n,); NaT where missing.

    >>> as_dates(np.array([20_000.0, np.nan])).astype("datetime64[D]").astype(str).tolist()
    ['2024-10-04', 'NaT']
    """
    known = np.isfinite(day)
    dates = np.where(known, day, 0).astype(np.int64).astype("datetime64[D]")
    return np.where(known, dates, np.datetime64("NaT")).astype("datetime64[us]")
