"""What the shifted beta-geometric reads of a table of memberships: renewals, and who left, checked, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, require, rows_where
from kundkarriar.history.customer_ids import one_row_each
from kundkarriar.history.discrete_time.opportunity_rows import MOST, read_every
from kundkarriar.history.summary.purchase_rows import as_floats, read_weights
from kundkarriar.history.summary.table_kind import MEMBERSHIPS, refuse_another_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

MADE_BY = "kk.memberships(members, as_of=..., every=...)"
SHOWN = ("customer_id", "renewals", "ended")


@frozen(kw_only=True, eq=False)
class MembershipRows:
    """Members; a row may stand for several alike (`weights`).

    Attributes:
        k: how often renewed, (n,), whole numbers.
        ended: whether the member left at the renewal after that, (n,).
        weights: how many members each row stands for, (n,).
        every: the period from one renewal to the next, as typed: "Y".
    """

    k: NDArray[np.float64] = field(converter=as_floats)
    ended: NDArray[np.bool_]
    weights: NDArray[np.float64] = field(converter=as_floats)
    every: str

    def __len__(self) -> int:
        return len(self.k)

    def distinct(self) -> MembershipRows:
        """Each different (renewals, ended) once, with the members it stands for.

        >>> ended = np.array([True, False, True])
        >>> MembershipRows(k=[0, 2, 0], ended=ended, weights=[3, 5, 1], every="Y").distinct().weights
        array([4., 5.])
        """
        keys, inverse = np.unique(2 * self.k + self.ended, return_inverse=True)
        counts = np.bincount(inverse, weights=self.weights, minlength=len(keys))
        return MembershipRows(k=keys // 2, ended=keys % 2 == 1, weights=counts, every=self.every)

    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Members who left at renewal j, and who came to it at all, j = 0, 1, ..., each (J,).

        >>> ended = np.array([True, False])
        >>> left, came = MembershipRows(k=[0, 2], ended=ended, weights=[3, 5], every="Y").counts()
        >>> left, came
        (array([3., 0.]), array([8., 5.]))
        """
        size = int((self.k + self.ended).max(initial=0))
        at = self.k.astype(np.int64)
        left = np.bincount(at[self.ended], weights=self.weights[self.ended], minlength=size)[:size]
        still = np.bincount(at[~self.ended], weights=self.weights[~self.ended], minlength=size + 1)
        there = np.cumsum((np.append(left, 0.0) + still)[::-1])[::-1]  # who renewed j times or more
        return left.astype(np.float64), (there - still)[:size].astype(np.float64)


def read_membership_rows(
    table: object, *, need: str, every: str | None = None, weights: str | None = None
) -> MembershipRows:
    """Check a table of memberships.

    Args:
        table: renewals, ended, and where there are: customer_id (once each, unless rows are weighted), every.
        need: who asks, as the start of a sentence.
        every: the period expected; required where the table has no column `every`.
        weights: the column that counts the members a row stands for; None where a row is one member.

    Raises:
        DataError: columns are missing, another table, or rows that no member can have; the message shows the first.
    """
    frame = narrow(table, need=need)
    refuse_another_table(frame, wanted=MEMBERSHIPS, need=need)
    require(frame, [*MEMBERSHIPS.columns, *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs members, got an empty table.",
            hint="see kk.memberships(members, as_of=..., every=...).",
        )
    one_row_each(frame, need=need, weights=weights, hint=f"one row per member: see {MADE_BY}.")
    span = read_every(frame, need=need, expected=every, made_by=MADE_BY)
    renewals = numbers(frame, "renewals", need=need)
    broken = (renewals < 0) | (renewals > MOST) | (renewals != np.floor(renewals))
    if broken.any():
        raise DataError.at_rows(
            f"{need}: `renewals` is a whole number from 0 to {MOST:,}",
            rows_where(frame, broken, SHOWN),
            of=len(frame),
            hint="it counts how often a member has renewed; see kk.memberships(members, as_of=..., every=...).",
        )
    ended = _ended(frame, need=need)
    return MembershipRows(
        k=renewals, ended=ended, weights=read_weights(frame, weights, need=need, shown=SHOWN), every=span
    )


def _ended(frame: NarrowFrame, *, need: str) -> NDArray[np.bool_]:
    """A column of truth values, none of them missing, (n,)."""
    series = frame["ended"]
    if series.dtype == nw.Boolean:
        wrong = series.is_null().to_numpy()
    else:
        wrong = np.array([not isinstance(value, (bool, np.bool_)) for value in series.to_list()], dtype=bool)
    if wrong.any():
        raise DataError.at_rows(
            f"{need} needs True or False in `ended`",
            rows_where(frame, wrong, SHOWN),
            of=len(frame),
            hint="True where the member left at the renewal after the last one counted, False where still a member; "
            "frame['ended'] == 1 makes truth values of numbers.",
        )
    return np.array(series.to_list(), dtype=bool)
