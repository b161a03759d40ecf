"""Rows of the shifted beta-geometric, read and checked from a table of memberships: renewals, ended, weights."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.frames import numbers, refuse_rows
from kundkarriar.summaries.discrete_time.opportunity_rows import MOST
from kundkarriar.summaries.summary_columns import read_weights
from kundkarriar.summaries.table_kind import MEMBERSHIPS, read_table, read_unit
from kundkarriar.summaries.weighted_rows import as_rows

SHOWN = ("customer_id", "renewals", "ended")


@frozen(kw_only=True, eq=False)
class MembershipRows:
    """The data of the shifted beta-geometric; a row may stand for several members with equal data (`weights`).

    Attributes:
        k: number of renewals, (n,), whole numbers.
        ended: whether the member did not renew the next time, (n,).
        weights: number of members each row stands for, (n,).
        every: the period from one renewal to the next, as typed: "Y".
    """

    k: Array = field(converter=as_rows)
    ended: Mask
    weights: Array = field(converter=as_rows)
    every: str

    def __len__(self) -> int:
        return len(self.k)

    def distinct(self) -> MembershipRows:
        """The distinct rows (k, ended) with their weights.

        >>> ended = np.array([True, False, True])
        >>> MembershipRows(k=[0, 2, 0], ended=ended, weights=[3, 5, 1], every="Y").distinct().weights
        array([4., 5.])
        """
        keys, inverse = np.unique(2 * self.k + self.ended, return_inverse=True)
        counts = np.bincount(inverse, weights=self.weights, minlength=len(keys))
        return MembershipRows(k=keys // 2, ended=keys % 2 == 1, weights=counts, every=self.every)

    def counts(self) -> tuple[Array, Array]:
        """Members lost at renewal j, and members at risk at renewal j, j = 0, 1, ..., each (J,).

        >>> ended = np.array([True, False])
        >>> lost, at_risk = MembershipRows(k=[0, 2], ended=ended, weights=[3, 5], every="Y").counts()
        >>> lost, at_risk
        (array([3., 0.]), array([8., 5.]))
        """
        size = int((self.k + self.ended).max(initial=0))
        at = self.k.astype(np.int64)
        lost = np.bincount(at[self.ended], weights=self.weights[self.ended], minlength=size)[:size]
        censored = np.bincount(at[~self.ended], weights=self.weights[~self.ended], minlength=size + 1)
        renewed = np.cumsum((np.append(lost, 0.0) + censored)[::-1])[::-1]  # members with j renewals or more
        return lost.astype(np.float64), (renewed - censored)[:size].astype(np.float64)


def read_membership_rows(
    table: object, *, need: str, every: str | None = None, weights: str | None = None
) -> MembershipRows:
    """Check a table of memberships and read its rows; arguments and errors as of `read_purchase_rows`.

    The table has renewals, ended; optional customer_id, every.
    """
    frame = read_table(table, kind=MEMBERSHIPS, need=need, weights=weights)
    span = read_unit(frame, kind=MEMBERSHIPS, need=need, expected=every)
    renewals = numbers(frame, "renewals", need=need)
    refuse_rows(
        frame,
        (renewals < 0) | (renewals > MOST) | (renewals != np.floor(renewals)),
        f"{need}: `renewals` is a whole number from 0 to {MOST:,}",
        hint=f"it counts how often a member has renewed; see {MEMBERSHIPS.made_by}.",
        shown=SHOWN,
    )
    # values of a pandas column of objects may be of any type
    ended = frame["ended"].to_list()
    refuse_rows(
        frame,
        np.array([not isinstance(value, bool | np.bool_) for value in ended], dtype=bool),
        f"{need} needs True or False in `ended`",
        hint="True where the member left at the renewal after the last one counted, False where still a member; "
        "frame['ended'] == 1 makes truth values of numbers.",
        shown=SHOWN,
    )
    weight = read_weights(frame, weights, need=need, shown=SHOWN)
    return MembershipRows(k=renewals, ended=np.array(ended, dtype=bool), weights=weight, every=span)
