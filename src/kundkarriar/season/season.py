"""The season: an index of the twelve months, given or estimated, by which time is warped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import Attribute, field, frozen

from kundkarriar.arrays import Mask
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.period import DAYS, Period, as_day
from kundkarriar.errors import DataError
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.season.enough_history import FEWEST, refuse_short_history
from kundkarriar.season.index import estimate_index
from kundkarriar.season.warped_time import lead, month_of_year, normalised_index
from kundkarriar.stored import Stored

NEED = "Season.estimate"
MONTHS = 12
NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _index(given: Any) -> tuple[float, ...]:
    values = _numbers(given)
    if len(values) != MONTHS or not all(0.0 <= value < np.inf for value in values) or not max(values) > 0.0:
        return values  # refused by the validator
    normal = normalised_index(values)
    # a normalised index stays bitwise the same, so that storing and reading it changes nothing
    return values if np.allclose(values, normal, rtol=1e-12, atol=0.0) else tuple(normal.tolist())


def _numbers(given: Any) -> tuple[float, ...]:
    try:
        return tuple(float(value) for value in given)
    except TypeError:
        raise ValueError(f"a season takes twelve numbers, from January on, got {given!r}") from None


def _twelve(_: object, attribute: Attribute[Any], values: tuple[float, ...]) -> None:
    if len(values) != MONTHS or not all(0.0 <= value < np.inf for value in values) or not max(values) > 0.0:
        raise ValueError(
            f"'{attribute.name}' must be twelve finite numbers >= 0, from January on, not all of them 0: {values}"
        )


def _twelve_or_none(_: object, attribute: Attribute[Any], values: tuple[float, ...]) -> None:
    if values and (len(values) != MONTHS or not all(0.0 <= value < np.inf for value in values)):
        raise ValueError(f"'{attribute.name}' must be twelve finite numbers >= 0, or none: {values}")


@frozen(kw_only=True)
class Season(Stored):
    """Seasonal index: the relative purchase rate in each month of the year, the same for all customers.

    The index warps time: time runs faster in months with a high index and stops in closed months.
    `kk.summarize(..., season=season)` measures recency and T in warped time, `kk.ValueScorer(season=season)` also
    horizons; models are used unchanged. A year keeps its length.

    Attributes:
        index: twelve numbers, January first, scaled to a mean of 1 over the days of a year; 0 for a closed month.
        std_errors: standard errors of the index if it was estimated, else empty.
        purchases: number of purchases in each month if the index was estimated, else empty.

    >>> season = Season(index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2))
    >>> [round(season.ahead(span, as_of="2026-06-30", period="W"), 1) for span in ("6M", "12M")]
    [28.9, 52.2]
    """

    stored_as = "season"
    index: tuple[float, ...] = field(converter=_index, validator=_twelve)
    std_errors: tuple[float, ...] = field(default=(), converter=_numbers, validator=_twelve_or_none)
    purchases: tuple[float, ...] = field(default=(), converter=_numbers, validator=_twelve_or_none)

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
            DataError: less than two whole years of data, no customer with three purchase days, or purchases in a
                closed month.

        >>> import kundkarriar as kk
        >>> shop = kk.testing.make_transactions(customers=2000, seed=1, start="2024-01-01", until="2026-06-30")
        >>> season = kk.Season.estimate(shop)
        >>> bool(max(abs(value - 1) for value in season.index) < 0.1)
        True
        """
        last = _last_day(transactions) if until is None else as_day(until, name="until")
        return estimate_season(read_ledger(transactions, as_of=last, need=NEED), closed=_closed(closed))

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
        low, high = int(np.argmin(self.index)), int(np.argmax(self.index))
        return f"{self.index[low]:.2f} ({NAMES[low]}) to {self.index[high]:.2f} ({NAMES[high]})"

    @property
    def flat(self) -> bool:
        """Whether the index is 1 in all months; then time is not warped."""
        return set(self.index) == {1.0}

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The index with its uncertainty, one row per month: month (1 to 12), index, std_error, low, high, purchases.

        Intervals are symmetric in logs and never negative. For a given index std_error, low, high and purchases are
        missing.
        """
        if not 0 < level < 1:
            raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.95.")
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only
        from scipy.special import ndtri  # noqa: PLC0415 - scipy is loaded where it is used

        index = np.array(self.index)
        error = np.array(self.std_errors or [np.nan] * MONTHS)
        width = np.exp(ndtri((1 + level) / 2) * np.divide(error, index, out=np.zeros(MONTHS), where=index > 0))
        return pd.DataFrame(
            {
                "month": np.arange(1, MONTHS + 1),
                "index": index,
                "std_error": error,
                "low": index / width,
                "high": index * width,
                "purchases": np.array(self.purchases or [np.nan] * MONTHS),
            }
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
        if period not in DAYS:
            raise DataError.because(
                f"`period` must be one of {list(DAYS)}, got {period!r}.", hint='write period="W" for weeks.'
            )
        now = float(as_day(as_of, name="as_of").astype(np.int64) + 1)  # the span starts at the end of the day
        ahead = Period.of(span)
        leads = lead(day=[now, now + ahead.days], index=self.index)
        return float((ahead.days + leads[1] - leads[0]) / DAYS[period])


def season_or_none(_: object, __: object, value: Any) -> None:
    """Attrs validator: a season, or None for calendar time."""
    check_season(value)


def check_season(value: Any) -> None:
    """Refuse a value that is neither a season nor None."""
    if value is not None and not isinstance(value, Season):
        raise DataError.because(
            f"`season` must be a kk.Season, got {type(value).__name__}.",
            hint="season=kk.Season(index=(...)) with twelve numbers, or kk.Season.estimate(transactions).",
        )


def refuse_closed_months(ledger: Ledger, *, closed: Mask, need: str) -> None:
    """Refuse purchases in the `closed` months, (12,)."""
    if not closed.any():
        return
    day = ledger.purchase_day
    wrong = np.flatnonzero(closed[month_of_year(day)])
    if not len(wrong):
        return
    names = [int(month) + 1 for month in np.flatnonzero(closed)]
    raise DataError.at_rows(
        f"{need}: nothing is bought in the months whose index is 0 ({names})",
        {
            "customer_id": ledger.customers[ledger.purchases.code[wrong].tolist()].to_list(),
            "date": [str(np.datetime64(int(each), "D")) for each in day[wrong]],
            "amount": ledger.purchases.amount[wrong].tolist(),
        },
        of=len(day),
        hint="give these months a small index above 0, or leave the purchases out.",
        unit="purchases",
    )


def estimate_season(ledger: Ledger, *, closed: Mask) -> Season:
    """Estimate the season of a ledger, see `Season.estimate`; `closed` months, (12,), have index 0."""
    refuse_short_history(ledger, need=NEED)
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
    estimate = estimate_index(
        first=bought.first[often],
        last=bought.last[often],
        day=bought.time[between],
        code=(np.cumsum(often) - 1)[bought.code[between]],
        closed=closed.astype(float),
    )
    return Season(index=estimate.index, std_errors=estimate.std_error, purchases=estimate.purchases)


def _closed(given: Sequence[int]) -> Mask:
    months = list(given)
    if not all(isinstance(month, int) and 1 <= month <= MONTHS for month in months) or len(set(months)) == MONTHS:
        raise DataError.because(
            f"{NEED}: `closed` names months by their numbers, 1 to 12, not all of them; got {given!r}.",
            hint="closed=(7,) for a shop that is closed in July.",
        )
    return np.isin(np.arange(1, MONTHS + 1), months)


def _last_day(transactions: Any) -> np.datetime64:
    days = date_ticks(checked_transactions(transactions, need=NEED)[0], "date", need=NEED)
    return np.datetime64(int(days.max()), "D")
