"""Customers first seen in the first month of the data, of whom many may be older than the data."""

import math

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.period import Period

TIMES_USUAL = 2.0
"""Ratio of newcomers in the first month to a later month above which many are probably older."""

ERRORS = 4.0
"""Standard errors of a Poisson number that chance is allowed: a first month is looked at in every base."""


def most_in_a_first_month(usual: float) -> float:
    """The number of newcomers in the first month above which many are probably older than the data.

    `usual` newcomers come in a later month. One more is no chance: the data begin with a customer.

    >>> [round(most_in_a_first_month(usual), 1) for usual in (0.1, 2.0, 50.0)]
    [2.4, 8.7, 100.0]
    """
    return max(TIMES_USUAL * usual, 1 + usual + ERRORS * math.sqrt(usual)) if usual >= 0 else math.nan


def first_month(first: Whole) -> tuple[Mask, float]:
    """Who was first seen in the first month, (n,), and the mean number of newcomers of a later month.

    Months after the last newcomer are not later months of newcomers: nobody joined a closed cohort. NaN where there is
    no later month. `first` is the day on which each customer was first seen, (n,).
    """
    start = np.datetime64(int(first.min()), "D")
    early = first <= Period.of("1M").after(start - 1).astype(np.int64)
    months = (int(first.max() - first.min()) + 1) / Period.of("1M").days - 1
    return early, float((~early).sum() / months) if months >= 1 else np.nan
