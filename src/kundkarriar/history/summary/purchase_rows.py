"""What a purchase model reads of a summary: repeat purchases, recency and age, checked, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import evolve, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import different, narrow, numbers, require, rows_where
from kundkarriar.history.customer_ids import one_row_each
from kundkarriar.history.period import DAYS
from kundkarriar.history.summary.row_groups import codes, group, tally, whole_days
from kundkarriar.history.summary.table_kind import SUMMARY, refuse_another_table
from kundkarriar.season.clock import read_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

MOST_PURCHASES = 1_000_000
"""Likelihoods tabulate logs up to the largest frequency."""
OLDEST = 1e9  # nobody is a billion days old, and of far longer times the powers overflow
SHOWN = ("customer_id", "frequency", "recency", "T")
GAPS = "gap_log_sum"
SLACK = 0.01
"""How far the logarithm of a gap may be off: files round `recency`, and 1.9 is a week taken for a day."""


def as_floats(given: Any) -> NDArray[np.float64]:
    """One number or many as floats, (n,).

    >>> as_floats(3)
    array([3.])
    """
    return np.atleast_1d(np.asarray(given, dtype=np.float64))


def as_columns(given: Any) -> NDArray[np.float64]:
    """Columns of numbers side by side, (n, m)."""
    return np.asarray(given, dtype=np.float64)


def _perhaps_floats(given: Any) -> NDArray[np.float64] | None:
    return None if given is None else as_floats(given)


@frozen(kw_only=True, eq=False)
class PurchaseRows:
    """Customers as a purchase model sees them; a row may stand for several alike (`weights`).

    Attributes:
        x: repeat purchases, (n,), whole numbers.
        t_x: age at the last purchase, (n,), 0 where there was no repeat.
        T: age now, in the same unit, (n,), at least `t_x`.
        weights: how many customers each row stands for, (n,).
        covariates: what else is known of each that shifts its rates, as numbers, (n, m); m is 0 for most models.
        gap_log_sum: sum of the logarithms of the gaps between purchases, (n,), the mean of those a row stands for; None
            where nobody asked for it (`kk.summarize(..., regularity=True)`).

    >>> rows = PurchaseRows(x=[2, 0, 2], t_x=[30.0, 0, 30], T=[38.0, 38, 38], weights=[1, 1, 1])
    >>> rows.distinct(period="W").rows.weights
    array([2., 1.])
    """

    x: NDArray[np.float64] = field(converter=as_floats)
    t_x: NDArray[np.float64] = field(converter=as_floats)
    T: NDArray[np.float64] = field(converter=as_floats)
    weights: NDArray[np.float64] = field(converter=as_floats)
    covariates: NDArray[np.float64] = field(converter=as_columns)
    gap_log_sum: NDArray[np.float64] | None = field(default=None, converter=_perhaps_floats)

    @covariates.default
    def _none(self) -> NDArray[np.float64]:
        return np.empty((len(self.x), 0))

    def __len__(self) -> int:
        return len(self.x)

    def at(self, where: NDArray[Any]) -> PurchaseRows:
        """The rows under a mask or at positions, in their order."""
        return PurchaseRows(
            x=self.x[where],
            t_x=self.t_x[where],
            T=self.T[where],
            weights=self.weights[where],
            covariates=self.covariates[where],
            gap_log_sum=None if self.gap_log_sum is None else self.gap_log_sum[where],
        )

    def profiles(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of the different covariates each row has, (n,), and the first row of each, in order of appearance."""
        return group([np.zeros(len(self), dtype=np.int64), *(pd.factorize(column)[0] for column in self.covariates.T)])

    def distinct(self, *, period: str) -> DistinctRows:
        """Each different (x, t_x, T, covariates) once, with the customers it stands for, in order of first appearance.

        Times that are whole days of `period` become integer day numbers, so that one hash of one integer a row
        finds the different ones; other times (continuous ones, rounded files) are numbered by value first.
        """
        columns = [self.x.astype(np.int64)]
        columns += [codes(times, days=DAYS[period]) for times in (self.t_x, self.T)]
        columns += [pd.factorize(column)[0].astype(np.int64) for column in self.covariates.T]
        inverse, first = group(columns)
        rows = self.at(first)
        counts = np.bincount(inverse, weights=self.weights, minlength=len(first))
        gaps = None
        if self.gap_log_sum is not None:
            gaps = np.bincount(inverse, weights=self.weights * self.gap_log_sum, minlength=len(first)) / counts
        return DistinctRows(rows=evolve(rows, weights=counts, gap_log_sum=gaps), inverse=inverse)

    def merged(self, *, period: str) -> PurchaseRows:
        """The rows of `distinct` without the way back to each customer: all that a fit asks.

        Where times are whole days they come sorted, by T, t_x and x: so no order of the customers changes a digit.
        """
        plain = self.gap_log_sum is None and not self.covariates.shape[1]
        T, t_x = (whole_days(times, days=DAYS[period]) if plain else None for times in (self.T, self.t_x))
        weights = None if (self.weights == 1).all() else self.weights
        tallied = None if T is None or t_x is None else tally([T, t_x, self.x.astype(np.int64)], weights=weights)
        if tallied is None:
            return self.distinct(period=period).rows
        (T, t_x, x), counts = tallied
        return PurchaseRows(x=x, t_x=t_x / DAYS[period], T=T / DAYS[period], weights=counts)


@frozen(kw_only=True, eq=False)
class DistinctRows:
    """Different rows, and where each of the original rows finds its own: `values[inverse]` brings values back."""

    rows: PurchaseRows
    inverse: NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class CheckedSummary:
    """A summary that passed every check: the rows a model can predict, and where they stand in the frame.

    Attributes:
        rows: customers with at least one purchase, in the frame's order, (n,).
        position: the frame row of each of them, (n,).
        prospect: frame rows of customers who never bought, (N,).
        unknown: frame rows whose beginning lies before the data: predicted, not fitted, (N,).
        period: the unit of `recency` and `T`.
        season: the key of the season that warps them; None: they are the calendar's.
    """

    rows: PurchaseRows
    position: NDArray[np.int64]
    prospect: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    period: str
    season: str | None = None

    def to_fit(self) -> PurchaseRows:
        """The rows that a fit may use: those whose first purchase is known to be the first."""
        return self.rows.at(~self.unknown[self.position]) if self.unknown.any() else self.rows

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per row of `rows` brought back to the whole frame, (N,); prospects are missing (NaN)."""
        if len(self.position) == len(self.prospect):
            return values
        whole = np.full(len(self.prospect), np.nan)
        whole[self.position] = values
        return whole


def read_purchase_rows(
    summary: object, *, need: str, period: str | None = None, weights: str | None = None
) -> CheckedSummary:
    """Check a summary frame, and read what a purchase model needs.

    Args:
        summary: frequency, recency, T, and where there are: customer_id (once each, unless rows are weighted),
            period, n_transactions (0 marks a prospect), entry, gap_log_sum.
        need: who asks, as the start of a sentence.
        period: the unit expected; required where the frame has no column `period`.
        weights: the column that counts the customers a row stands for; None where a row is one customer.

    Raises:
        DataError: columns are missing, or rows break a law of repeat buying; the message shows the first.
    """
    frame = narrow(summary, need=need)
    refuse_another_table(frame, wanted=SUMMARY, need=need)
    require(frame, ["frequency", "recency", "T", *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs customers, got an empty summary.",
            hint="check the dates given to kk.summarize(transactions, as_of=...).",
        )
    one_row_each(frame, need=need, weights=weights)
    unit = _period(frame, need=need, expected=period)
    prospect = read_prospects(frame, need=need)
    position = np.flatnonzero(~prospect)
    rows = PurchaseRows(
        x=read_known(frame, "frequency", need=need, prospect=prospect),
        t_x=read_known(frame, "recency", need=need, prospect=prospect),
        T=read_known(frame, "T", need=need, prospect=prospect),
        weights=read_weights(frame, weights, need=need, shown=SHOWN)[position],
        gap_log_sum=read_known(frame, GAPS, need=need, prospect=prospect) if GAPS in frame.columns else None,
    )
    _refuse_impossible(frame, rows, position, need=need)
    _refuse_impossible_gaps(frame, rows, position, need=need)
    _refuse_other_counts(frame, prospect, need=need)
    return CheckedSummary(
        rows=rows,
        position=position,
        prospect=prospect,
        unknown=read_unknown(frame, prospect, need=need),
        period=unit,
        season=read_mark(frame, need=need),
    )


def _period(frame: NarrowFrame, *, need: str, expected: str | None) -> str:
    if expected is not None and expected not in DAYS:
        raise DataError.because(
            f"`period` must be one of {list(DAYS)}, got {expected!r}.", hint='write period="W" for weeks.'
        )
    if "period" not in frame.columns:
        if expected is None:
            raise DataError.because(
                f"{need} must know the unit of `recency` and `T`: the summary has no column `period`.",
                hint='write .fit(summary, period="W") for weeks, or use kk.summarize(transactions, as_of=...).',
            )
        return expected
    found = different(frame["period"])
    if len(found) != 1 or found[0] not in DAYS:
        raise DataError.because(
            f"{need} needs one unit of time in `period`, found {found[:5]}.",
            hint='summarize all customers with the same period, "D", "W", "M" or "Y".',
        )
    if expected is not None and found[0] != expected:
        raise DataError.because(
            f'{need} counts time in "{expected}", the summary in "{found[0]}".',
            hint=f'summarize with kk.summarize(..., period="{expected}").',
        )
    return str(found[0])


def read_weights(frame: NarrowFrame, weights: str | None, *, need: str, shown: Iterable[str]) -> NDArray[np.float64]:
    """How many customers each row stands for, (N,): 1 where no column says so.

    Args:
        frame: the summary.
        weights: the column that counts them.
        need: who asks, as the start of a sentence.
        shown: the columns that an error shows beside it.

    Raises:
        DataError: counts that are not whole numbers of at least 1.
    """
    if weights is None:
        return np.ones(len(frame))
    counts = numbers(frame, weights, need=need)
    broken = (counts < 1) | (counts != np.floor(counts))
    if broken.any():
        raise DataError.at_rows(
            f"{need}: `{weights}` counts customers: whole numbers of at least 1",
            rows_where(frame, broken, [*shown, weights]),
            of=len(frame),
            hint="it says how many customers alike a row stands for; leave `weights` out where a row is one customer.",
        )
    return counts


def read_prospects(frame: NarrowFrame, *, need: str) -> NDArray[np.bool_]:
    """Customers without any purchase, (N,); what is known of their purchases must be nothing.

    Raises:
        DataError: repeat purchases of someone who never bought.
    """
    if "n_transactions" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    prospect: NDArray[np.bool_] = numbers(frame, "n_transactions", need=need) == 0
    if prospect.any():
        frequency = numbers(frame, "frequency", need=need, nullable=True)
        if (wrong := prospect & (np.nan_to_num(frequency) != 0)).any():
            raise DataError.at_rows(
                "a customer without purchases (`n_transactions` 0) has `frequency` 0",
                rows_where(frame, wrong, ["customer_id", "n_transactions", "frequency"]),
                of=len(frame),
                hint="one of the two columns is wrong; see kk.summarize(transactions, as_of=...).",
            )
    return prospect


def read_known(frame: NarrowFrame, column: str, *, need: str, prospect: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A column of numbers that only prospects may lack, for all the others, (n,)."""
    if not prospect.any():
        return numbers(frame, column, need=need)
    values = numbers(frame, column, need=need, nullable=True)
    missing = np.isnan(values) & ~prospect
    if missing.any():
        raise DataError.at_rows(
            f"{need} needs `{column}` of every customer who has bought",
            rows_where(frame, missing, ["customer_id", "n_transactions", column]),
            of=len(frame),
            hint="only prospects (`n_transactions` 0) may lack it; repair or leave out these rows.",
        )
    return values[~prospect]


def _refuse_impossible(frame: NarrowFrame, rows: PurchaseRows, position: NDArray[np.int64], *, need: str) -> None:
    """Laws that every history keeps, the most basic first."""
    slack = 1e-9 * np.abs(rows.T)  # recency and T may come from two computations
    laws = (
        (rows.x < 0, "`frequency` counts repeat purchases: at least 0", "see kk.summarize."),
        (rows.x != np.floor(rows.x), "`frequency` counts repeat purchases: whole numbers", "see kk.summarize."),
        (
            rows.x > MOST_PURCHASES,
            f"`frequency` counts repeat purchases of one customer: at most {MOST_PURCHASES:,}",
            "an account that sums up many customers (a counter sale) is no customer: leave it out.",
        ),
        (rows.T < 0, "`T` is the age since the first purchase: at least 0", "as_of lies before it."),
        (rows.T > OLDEST, f"`T` is an age: at most {OLDEST:,.0f} periods", "see kk.summarize(..., period=...)."),
        (rows.t_x < 0, "`recency` is the age at the last purchase: at least 0", "see kk.summarize."),
        (
            rows.t_x > rows.T + slack,
            "`recency` must not exceed `T`",
            "both count from the first purchase; as_of must not lie before the last one.",
        ),
        (
            (rows.t_x == 0) & (rows.x > 0),
            "`recency` is above 0 where `frequency` is",
            "purchases of one day are one: kk.summarize(..., merge='D').",
        ),
        (
            (rows.t_x > 0) & (rows.x == 0),
            "`recency` is 0 where `frequency` is 0",
            "`recency` counts from the first purchase to the last, not back from today.",
        ),
    )
    for broken, law, hint in laws:
        if broken.any():
            where = np.zeros(len(frame), dtype=bool)
            where[position[broken]] = True
            raise DataError.at_rows(f"{need}: {law}", rows_where(frame, where, SHOWN), of=len(frame), hint=hint)


def _refuse_impossible_gaps(frame: NarrowFrame, rows: PurchaseRows, position: NDArray[np.int64], *, need: str) -> None:
    """The gaps add up to the recency; the sum of their logarithms is largest where they are even."""
    if rows.gap_log_sum is None:
        return
    even = rows.x * np.log(np.where(rows.x > 0, rows.t_x / np.maximum(rows.x, 1.0), 1.0))
    off = rows.gap_log_sum - even
    laws = (
        (off > SLACK * rows.x, "`gap_log_sum` is at most frequency x ln(recency / frequency): where gaps are even"),
        ((rows.x == 1) & (off < -SLACK), "`gap_log_sum` is ln(recency) where there is one gap"),
        ((rows.x == 0) & (off != 0), "`gap_log_sum` is 0 where there is no gap"),
    )
    for broken, law in laws:
        if broken.any():
            where = np.zeros(len(frame), dtype=bool)
            where[position[broken]] = True
            raise DataError.at_rows(
                f"{need}: {law}",
                rows_where(frame, where, [*SHOWN, GAPS]),
                of=len(frame),
                hint="it sums the natural logarithms of the gaps in the unit of `recency`: "
                "kk.summarize(transactions, as_of=..., regularity=True).",
            )


def _refuse_other_counts(frame: NarrowFrame, prospect: NDArray[np.bool_], *, need: str) -> None:
    """A buyer's purchase days are the first and the repeats; two columns that differ cannot both be right."""
    if "n_transactions" not in frame.columns:
        return
    days, repeats = (numbers(frame, name, need=need, nullable=True) for name in ("n_transactions", "frequency"))
    broken = ~prospect & (days != repeats + 1)
    if broken.any():
        raise DataError.at_rows(
            f"{need}: `n_transactions` is `frequency` + 1, and 0 for prospects",
            rows_where(frame, broken, ["customer_id", "n_transactions", "frequency"]),
            of=len(frame),
            hint="both count purchase days, `frequency` without the first; leave `n_transactions` out if it counts "
            "something else.",
        )


def read_unknown(frame: NarrowFrame, prospect: NDArray[np.bool_], *, need: str) -> NDArray[np.bool_]:
    """Customers whose beginning lies before the data, (N,); who never bought has no beginning."""
    if "entry" not in frame.columns or different(frame["entry"]) == ["known"]:
        return np.zeros(len(frame), dtype=bool)
    words = np.array(frame["entry"].to_list(), dtype=object)
    unknown: NDArray[np.bool_] = words == "unknown"
    broken = ~prospect & ~unknown & (words != "known")
    if broken.any():
        raise DataError.at_rows(
            f'{need}: `entry` is "known" or "unknown"',
            rows_where(frame, broken, ["customer_id", "entry"]),
            of=len(frame),
            hint="see kk.summarize(transactions, as_of=..., burn_in=...); without the column every beginning is known.",
        )
    return unknown
