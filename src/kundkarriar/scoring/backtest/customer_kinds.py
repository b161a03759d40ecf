"""Kinds of customers at a forecast origin, by what was known of them then: a right total may hide wrong kinds."""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Mask
from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

OLDER, SEEN_FROM_THE_FIRST = "older than the data", "seen from their first purchase"
KINDS = ("everyone", "silent", "newcomers", "one-time buyers", "largest", OLDER, SEEN_FROM_THE_FIRST)
"""The kinds in their order; the last two only where a burn-in marks customers. All but the first overlap, and many
customers are only in the first."""
SILENT = 0.95
"""Share of all gaps between purchases that are no longer than the silence of a customer who counts as silent."""
NEWCOMER_DAYS = 90
LARGEST = 10
"""The largest are one in so many."""


@frozen(kw_only=True, eq=False)
class CustomerKind:
    """The customers of a kind at an origin.

    Attributes:
        kind: one of `KINDS`.
        definition: who belongs to it, with the limits of this origin.
        member: whether each customer of the origin does, (n,).
    """

    kind: str
    definition: str
    member: Mask


def customer_kinds(origin: ForecastOrigin) -> tuple[CustomerKind, ...]:
    """The kinds of customers at an origin, in the order of `KINDS`; the purchases after it are not read.

    Silent: no purchase for longer than 95 % of the gaps between two purchases of one customer so far; nobody where no
    customer has bought twice. Newcomers: first purchase within the last 90 days. One-time buyers: one purchase day.
    The largest: the top tenth by net sales so far; those of equal sales are in it together, or not at all. Where a
    burn-in marks customers who may be older than the data, they and the others are kinds too.
    """
    days, n = origin.days, len(origin)
    at = origin.row[days.code]
    by_then = (at >= 0) & (days.day <= origin.start)
    at, day = at[by_then], days.day[by_then]
    same = at[1:] == at[:-1]  # sorted by customer, then day
    gaps = np.diff(day)[same]
    count = np.bincount(at, minlength=n)
    first, last = np.full((2, n), origin.start + 1)
    last[at] = day
    first[at[::-1]] = day[::-1]
    limit = int(np.quantile(gaps, SILENT, method="higher")) if len(gaps) else None
    _, sales = origin.window(int(origin.begin.astype(np.int64)) - 1, origin.start)
    members: dict[str, tuple[str, Mask]] = {
        "everyone": ("at least one purchase", np.ones(n, dtype=bool)),
        "silent": (
            "nobody, as no customer has bought twice"
            if limit is None
            else f"no purchase for more than {limit} days; {SILENT:.0%} of the gaps between purchases were no longer",
            np.zeros(n, dtype=bool) if limit is None else (count > 0) & (origin.start - last > limit),
        ),
        "newcomers": (
            f"first purchase within the last {NEWCOMER_DAYS} days",
            (count > 0) & (first > origin.start - NEWCOMER_DAYS),
        ),
        "one-time buyers": ("one purchase day", count == 1),
        "largest": ("the top tenth by net sales so far", groups(predicted=sales, count=LARGEST) == 1),
    }
    if (older := origin.older).any():
        members[OLDER] = "first seen within the burn-in, before which they may have bought", older
        members[SEEN_FROM_THE_FIRST] = "first purchase after the burn-in, or first contact within the data", ~older
    return tuple(CustomerKind(kind=kind, definition=text, member=member) for kind, (text, member) in members.items())
