"""A warning where customers who may be older than the data are counted as newcomers."""

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import warn
from kundkarriar.history.first_month import first_month, most_in_a_first_month
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases


def warn_of_older(first: FirstPurchases, *, among: Whole | Mask, need: str) -> None:
    """Warn where many more first purchases are of the first month than of a later one, and some of these are counted.

    `among` are the positions of the first purchases that count. An ordinary order of an old customer then passes
    for a first order.
    """
    if not len(first.day):
        return
    early, usual = first_month(first.day)
    if early.sum() > most_in_a_first_month(usual) and early[among].any():
        warn(
            f"{need}: {early.sum():,} customers were first seen in the first month from "
            f"{np.datetime64(first.begins, 'D')} on, and {usual:,.0f} in a later month, so that many may be older than "
            "the data, and no newcomers: kk.CustomerCareer(...).fit(..., burn_in=...) leaves them out."
        )
