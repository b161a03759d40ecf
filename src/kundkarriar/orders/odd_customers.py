"""Conspicuous customers in the data report: counter-sale ids, giants, and customers older than the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import Period
from kundkarriar.history.ledger.ledger import Ledger
from kundkarriar.numerics.money.exact_sums import total

LARGE_SHARE = 0.05
TIMES_THE_MEAN = 10
"""An id is conspicuous with 5 % of the total, if that is also ten times the mean per customer."""

FIRST_MONTH = 2.0
"""Ratio of newcomers in the first month to a later month above which many are probably older."""


def odd_customers(ledger: Ledger, code: Whole, amount: Array) -> list[tuple[str, int, float, str]]:
    """Findings for `kk.data_report`: (check, rows, amount, message).

    Args:
        ledger: the ledger of the kept rows, by day.
        code: customer of each row, (r,).
        amount: amount of each row, (r,).
    """
    rows = np.bincount(code, minlength=len(ledger.customers))
    counter = "looks like a counter-sale id, not a customer: leave it out"
    giant = "a giant: look at values with and without it"
    return [
        _largest("rows", rows, ledger, rows=rows, suspicion=counter),
        _largest("purchase days", ledger.purchases.count, ledger, rows=rows, suspicion=counter),
        _largest("amount", np.maximum(ledger.net, 0.0), ledger, rows=rows, suspicion=giant),
        _possibly_older(ledger, code, amount),
    ]


def _largest(
    what: str, has: NDArray[Any], ledger: Ledger, *, rows: Whole, suspicion: str
) -> tuple[str, int, float, str]:
    """The id with the largest share (of equal ones the smallest id), and whether it is conspicuous."""
    most = np.flatnonzero(has == has.max())
    ids = ledger.customers[most].to_list()
    at = int(most[ids.index(min(ids))])
    everything = total(has.astype(np.float64))
    share = float(has[at]) / everything if everything > 0 else 0.0
    odd = share >= LARGE_SHARE and share * len(has) >= TIMES_THE_MEAN
    said = f"{ledger.customers[at]} has {share:.1%} of the {what}"
    return f"largest id by {what}", int(rows[at]), float(ledger.net[at]), f"{said}: {suspicion}" if odd else said


def _possibly_older(ledger: Ledger, code: Whole, amount: Array) -> tuple[str, int, float, str]:
    """Number of customers first seen in the first month, and whether it exceeds the usual number of newcomers."""
    first = ledger.known_since
    start = np.datetime64(int(first.min()), "D")
    early = first <= Period.of("1M").after(start - 1).astype(np.int64)
    months = (int((ledger.as_of - start).astype(np.int64)) + 1) / Period.of("1M").days - 1
    usual = (~early).sum() / months if months >= 1 else np.nan
    said = f"{early.mean():.1%} of the customers were first seen in the first month"
    if early.sum() > FIRST_MONTH * usual:
        said += (
            f", against {usual:,.1f} in a later month: many may be older than the data;"
            ' kk.summarize(..., burn_in="3M") marks them'
        )
    return "possibly older customers", int(early.sum()), total(amount[early[code]]), said
