"""The season: an index of the twelve months, given or estimated, by which time is warped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import Attribute, field, frozen

from kundkarriar.arguments import LEVEL, NOT_NEGATIVE, WholeNumber, read_many, refusal, to_floats
from kundkarriar.arrays import Mask
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.period import DAYS, UNIT, Period, as_day, as_period
from kundkarriar.engines.frame_kinds import PANDAS, OwnFrame, frame_of_kind, kind_field, kind_of_frame
from kundkarriar.errors import DataError
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.season.index import estimate_index
from kundkarriar.season.monthly_values import MONTHS, index_of_frame, monthly_values
from kundkarriar.season.warped_time import month_of_year, normalised_index, warped_span
from kundkarriar.season.whole_years import DAYS_TO_ESTIMATE
from kundkarriar.stored import Stored

NEED = "Season.estimate"
MONTH = WholeNumber(least=1, most=MONTHS)
SLOWEST = 1e-9
"""Smallest index above 0, of the largest: in a slower month a rounding error of warped time is as long as the month."""
WILDEST = 50
"""Largest standard error, of the index of its month: limits of intervals are finite."""

FEWEST = 3
"""Purchase days of a customer needed to have one between the first and the last."""
CLOSED = "numbers of months, 1 to 12, not all of them"
CLOSED_HINT = "write closed=(7,) for a shop that is closed in July."


def _numbers(given: Any, name: str) -> Any:
    """Converter: numbers from January on, or by month, as a tuple; others are left for the validator."""
    given = monthly_values(given, name)
    if isinstance(given, set | frozenset):  # has no order
        return given
    if isinstance(given, np.ndarray) and given.dtype.kind in "iuf":
        given = given.tolist()
    return to_floats(given)


def _std_errors(given: Any) -> Any:
    return _numbers(given, "std_errors")


def _purchases(given: Any) -> Any:
    return _numbers(given, "purchases")


def _index(given: Any) -> Any:
    values = _numbers(index_of_frame(given), "index")
    if not _are_twelve(values) or not any(values):
        return values
    normal = normalised_index(values)
    # a normalised index stays bitwise the same, so that storing and reading it changes nothing
    return values if np.allclose(values, normal, rtol=1e-12, atol=0.0) else tuple(normal.tolist())


def _are_twelve(values: Any) -> bool:
    return isinstance(values, tuple) and len(values) == MONTHS and all(map(NOT_NEGATIVE.holds, values))


def _rounded(values: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:.4g}' for value in values)})"


def _open_somewhen(_: object, attribute: Attribute[Any], values: Any) -> None:
    law = "twelve finite numbers of at least 0, from January on, not all of them 0"
    hint = "write index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2)."
    if not _are_twelve(values) or not any(values):
        raise refusal(values, attribute.name, law=law, hint=hint)
    if any(0 < value < SLOWEST * max(values) for value in values):
        law, hint = "0 or at least a billionth of the largest in each month", "write 0 for a closed month."
        raise refusal(min(filter(None, values)), attribute.name, law=law, hint=hint)


def _twelve_or_none(_: object, attribute: Attribute[Any], values: Any) -> None:
    if not (_are_twelve(values) or (isinstance(values, tuple) and not values)):
        law = "twelve finite numbers of at least 0, from January on, or none"
        raise refusal(values, attribute.name, law=law, hint="kk.Season.estimate(transactions) gives them.")


def _not_wild(season: Season, attribute: Attribute[Any], values: tuple[float, ...]) -> None:
    if wild := [error for error, index in zip(values, season.index, strict=False) if error > WILDEST * index > 0]:
        law = f"at most {WILDEST} times the index of its month"
        raise refusal(wild[0], attribute.name, law=law, hint="kk.Season.estimate(transactions) gives them.")


@frozen(kw_only=True)
class Season(Stored):
    """Seasonal index: the relative purchase rate in each month of the year, the same for all customers.

    The index warps time: time runs faster in months with a high index and stops in closed months.
    `kk.summarize(..., season=season)` measures recency and T in warped time, `kk.ValueScorer(season=season)` also
    horizons; models are used unchanged. A year keeps its length.

    Attributes:
        index: twelve numbers, January first; or by month, 1 to 12, or a date in each month: a mapping, a pandas Series
            by its labels, or a frame with the columns month and index, such as a published index. Scaled to a mean of 1
            over the days of a year. 0 for a closed month, else at least a billionth of the largest.
        std_errors: standard errors of the index if it was estimated, at most 50 times the index, else empty.
        purchases: number of purchases in each month if the index was estimated, else empty.
        frame_kind: the kind of frame of the transactions, which `estimates` gives; not compared.

    >>> season = Season(index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2))
    >>> [round(season.ahead(span, as_of="2026-06-30", period="W"), 1) for span in ("6M", "12M")]
    [28.9, 52.2]
    """

    stored_as = "season"
    index: tuple[float, ...] = field(converter=_index, validator=_open_somewhen, repr=_rounded)
    std_errors: tuple[float, ...] = field(
        default=(), converter=_std_errors, validator=(_twelve_or_none, _not_wild), repr=_rounded
    )
    purchases: tuple[float, ...] = field(default=(), converter=_purchases, validator=_twelve_or_none, repr=_rounded)
    frame_kind: str = kind_field()

    @classmethod
    def estimate(cls, transactions: Any, *, until: Any = None, closed: Sequence[int] = ()) -> Season:
        """Estimate the index by conditional maximum likelihood.

        Each customer's first and last purchases are conditioned on, so neither acquisition nor dropout is mistaken for
        a season. The index is shrunk towards a flat one; the less data, the more.

        Args:
            transactions: the standard frame.
            until: the last day read; by default the last date in the data.
            closed: months (1 to 12) in which nothing can be bought; their index is 0.

        Raises:
            DataError: less than two years of data (15 days less will do), no customer with three purchase days, or
                purchases in a closed month.

        >>> import kundkarriar as kk
        >>> shop = kk.testing.make_transactions(customers=2000, seed=1, start="2024-01-01", until="2026-06-30")
        >>> season = kk.Season.estimate(shop)
        >>> bool(max(abs(value - 1) for value in season.index) < 0.1)
        True
        """
        months = read_many(closed, "closed", law=CLOSED, hint=CLOSED_HINT)
        if not all(map(MONTH.holds, months)) or len(set(months)) == MONTHS:
            raise refusal(closed, "closed", law=CLOSED, hint=CLOSED_HINT)
        if until is None:
            days = date_ticks(checked_transactions(transactions, need=NEED)[0], "date", need=NEED)
            until = np.datetime64(int(days.max()), "D")
        ledger = read_ledger(transactions, as_of=until, as_of_name="until", need=NEED)
        is_closed = np.isin(np.arange(1, MONTHS + 1), months)
        return estimate_season(ledger, closed=is_closed, frame_kind=kind_of_frame(transactions))

    @property
    def key(self) -> str:
        """The index as text. A warped summary stores it, so that times of different seasons are not mixed."""
        return " ".join(f"{value:.6g}" for value in self.index)

    @property
    def shows(self) -> bool:
        """Whether some month differs from 1 by more than three standard errors, or a given index is not flat."""
        off = np.abs(np.array(self.index) - 1.0)
        return bool((off > 3 * np.array(self.std_errors or [0.0] * MONTHS)).any())

    @property
    def range(self) -> str:
        """The lowest and the highest month as text: "0.60 (July) to 2.00 (December)"."""
        ends = (int(np.argmin(self.index)), int(np.argmax(self.index)))
        names = [pd.Timestamp(2000, month + 1, 1).month_name() for month in ends]
        return " to ".join(f"{self.index[at]:.2f} ({name})" for at, name in zip(ends, names, strict=True))

    @property
    def flat(self) -> bool:
        """Whether the index is 1 in all months; then time is not warped."""
        return set(self.index) == {1.0}

    def estimates(self, *, level: float = 0.95) -> OwnFrame:
        """The index with its uncertainty, one row per month: month (1 to 12), index, std_error, low, high, purchases.

        Intervals are symmetric in logs and never negative. For a given index std_error, low, high and purchases are
        missing.
        """
        level = LEVEL.read(level, "level")
        from scipy.special import ndtri  # noqa: PLC0415 - scipy is loaded where it is used

        index = np.array(self.index)
        error = np.array(self.std_errors or [np.nan] * MONTHS)
        width = np.exp(ndtri((1 + level) / 2) * np.divide(error, index, out=np.zeros(MONTHS), where=index > 0))
        return frame_of_kind(
            {
                "month": np.arange(1, MONTHS + 1),
                "index": index,
                "std_error": error,
                "low": index / width,
                "high": index * width,
                "purchases": np.array(self.purchases or [np.nan] * MONTHS),
            },
            self.frame_kind,
        )

    def ahead(self, span: str | Period, *, as_of: Any, period: str) -> float:
        """Length of the `span` after the day `as_of` in warped time: a horizon for `predict`.

        Args:
            span: "6M", "26W".
            as_of: the `as_of` of the summary.
            period: the unit of the summary: "D", "W", "M" or "Y".

        Returns:
            Periods of warped time, at least 0; equal to calendar periods if the index is flat.
        """
        unit = DAYS[UNIT.read(period, "period")]
        now = float(as_day(as_of, name="as_of").astype(np.int64) + 1)  # the span starts at the end of the day
        return warped_span(day=now, days=as_period(span, name="span").within_calendar().days, index=self.index) / unit


def is_key(text: Any) -> bool:
    """Whether a value is the key of a season: twelve numbers of at least 0, with blanks between them.

    >>> is_key(Season(index=[1] * 12).key), is_key("winter")
    (True, False)
    """
    try:
        index = [float(each) for each in text.split(" ")]
    except (AttributeError, ValueError):
        return False
    return len(index) == MONTHS and all(map(NOT_NEGATIVE.holds, index))


def check_season(value: Any) -> None:
    """Refuse a value that is neither a season nor None."""
    if value is not None and not isinstance(value, Season):
        hint = "season=kk.Season(index=(...)) with twelve numbers, or kk.Season.estimate(transactions)."
        raise refusal(value, "season", law="a kk.Season", hint=hint)


def refuse_closed_months(ledger: Ledger, *, closed: Mask, need: str) -> None:
    """Refuse purchases in the `closed` months, (12,)."""
    day = ledger.purchase_day
    wrong = np.flatnonzero(closed[month_of_year(day)])
    if not len(wrong):
        return
    names = (np.flatnonzero(closed) + 1).tolist()
    raise DataError.at_rows(
        f"{need}: nothing is bought in the months whose index is 0 ({names})",
        {
            "customer_id": ledger.customers[ledger.purchases.code[wrong].tolist()].to_list(),
            "date": [str(np.datetime64(int(each), "D")) for each in day[wrong]],
            **({"amount": ledger.purchases.amount[wrong].tolist()} if ledger.priced else {}),
        },
        of=len(day),
        hint="give these months a small index above 0, or leave the purchases out.",
        unit="purchases",
    )


def estimate_season(ledger: Ledger, *, closed: Mask, frame_kind: str = PANDAS) -> Season:
    """Estimate the season of a ledger, see `Season.estimate`; `closed` months, (12,), have index 0."""
    day = ledger.purchase_day
    if not len(day):
        raise DataError.because(
            f"{NEED} needs purchases: every row up to {ledger.as_of} is a return, or was taken back.",
            hint="check the signs of `amount`: a purchase is above 0.",
        )
    first_day = np.datetime64(int(day.min()), "D")
    if (ledger.as_of - first_day).astype(np.int64) + 1 < DAYS_TO_ESTIMATE:
        raise DataError.because(
            f"{NEED} needs two years of purchases (15 days less will do), these run from {first_day} to {ledger.as_of}:"
            " a month that was seen once cannot be told from a trend.",
            hint="a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers from January on.",
        )
    refuse_closed_months(ledger, closed=closed, need=NEED)
    bought = ledger.purchases
    often = bought.count >= FEWEST
    if not often.any():
        raise DataError.because(
            f"{NEED} needs customers with three purchase days or more: there is none among {len(bought.count):,}.",
            hint="a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers.",
        )
    between = often[bought.code]
    between[bought.starts[:-1][often]] = False
    between[bought.starts[1:][often] - 1] = False
    fields = estimate_index(
        first=bought.first[often],
        last=bought.last[often],
        day=bought.time[between],
        code=(np.cumsum(often) - 1)[bought.code[between]],
        closed=closed,
    )
    return Season(**fields, frame_kind=frame_kind)
