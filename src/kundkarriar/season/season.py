"""When in the year customers buy: an index of the twelve months, given or estimated, and the time that it warps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, fields_dict, frozen

from kundkarriar.errors import DataError
from kundkarriar.history.ledger import checked_transactions, read_ledger, times
from kundkarriar.history.period import DAYS, Period, as_day
from kundkarriar.season.index import seasonal_index
from kundkarriar.season.warped_time import lead, month_of, normal_index
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from attrs import Attribute
    from numpy.typing import NDArray

    from kundkarriar.history.ledger import Ledger

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
THREE = 3
"""Purchase days of a customer from which one lies between the first and the last."""

WHOLE_YEARS = "2Y"
"""The least that a season is estimated from: in less, a month that was seen once cannot be told from a trend."""


def _index(given: Any) -> tuple[float, ...]:
    values = _numbers(given)
    if len(values) != MONTHS or not all(0.0 <= value < np.inf for value in values) or not max(values) > 0.0:
        return values  # refused by the validator
    normal = normal_index(values)
    # an index that is normal already stays what it is to the last digit, so that reading it back changes nothing
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
class Season:
    """How much faster customers buy in one month of the year than in another, the same for all customers.

    Time measured by it runs fast in good months and stands still in closed ones: `kk.summarize(..., season=season)`
    measures recency and T so, `kk.ValueScorer(season=season)` horizons too, and every model holds as it is. A year
    is as long as it ever was.

    Attributes:
        index: of the twelve months, January first; scaled to a mean of 1 over the days of a year. 0: closed.
        std_errors: of the index, where it was estimated; empty where it was given.
        purchases: how many purchases each month was estimated from; empty where the index was given.

    >>> season = Season(index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2))
    >>> [round(season.ahead(span, as_of="2026-06-30", period="W"), 1) for span in ("6M", "12M")]
    [28.9, 52.2]
    """

    index: tuple[float, ...] = field(converter=_index, validator=_twelve)
    std_errors: tuple[float, ...] = field(default=(), converter=_numbers, validator=_twelve_or_none)
    purchases: tuple[float, ...] = field(default=(), converter=_numbers, validator=_twelve_or_none)

    @classmethod
    def estimate(cls, transactions: Any, *, until: Any = None, closed: Sequence[int] = ()) -> Season:
        """The index under which each customer's purchases between their first and their last fall as they did.

        First and last purchases themselves say nothing: so neither the growth of the base nor its dropout is taken
        for a season. The index is shrunk towards a flat one as far as the data leave it open.

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
        return estimated(read_ledger(transactions, as_of=last, need=NEED), closed=_closed(closed))

    @property
    def key(self) -> str:
        """The index as text: what a warped summary is marked with, so that no other time is mixed with it."""
        return " ".join(f"{value:.6g}" for value in self.index)

    @property
    def shows(self) -> bool:
        """Whether some month differs from the others by more than three of its standard errors; given ones: at all."""
        off = np.abs(np.array(self.index) - 1.0)
        return bool((off > 3 * np.array(self.std_errors or [0.0] * MONTHS)).any())

    @property
    def range(self) -> str:
        """The lowest and the highest month in words: "0.60 (July) to 2.00 (December)"."""
        low, high = int(np.argmin(self.index)), int(np.argmax(self.index))
        return f"{self.index[low]:.2f} ({NAMES[low]}) to {self.index[high]:.2f} ({NAMES[high]})"

    @property
    def flat(self) -> bool:
        """Whether all months are alike: then nothing is warped."""
        return set(self.index) == {1.0}

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The index with its uncertainty, a row per month: month (1 to 12), index, std_error, low, high, purchases.

        Intervals are symmetric in logs, so never negative. Of an index that was given nothing is known: missing.
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
        """How long the `span` after the day `as_of` is in warped time: a horizon for `predict`.

        Args:
            span: "6M", "26W".
            as_of: the day that the summary was made for.
            period: the unit of the summary: "D", "W", "M" or "Y".

        Returns:
            Periods of warped time, at least 0; those of the calendar where the index is flat.
        """
        if period not in DAYS:
            raise DataError.because(
                f"`period` must be one of {list(DAYS)}, got {period!r}.", hint='write period="W" for weeks.'
            )
        now = float(as_day(as_of, name="as_of").astype(np.int64) + 1)  # purchases come after the end of the day
        ahead = Period.of(span)
        gained = lead(day=[now, now + ahead.days], index=self.index)
        return float((ahead.days + gained[1] - gained[0]) / DAYS[period])

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types."""
        return {"schema": SCHEMA, **{name: list(getattr(self, name)) for name in fields_dict(Season)}}

    @classmethod
    @reading("season")
    def from_dict(cls, stored: dict[str, Any]) -> Season:
        """The season that `to_dict` wrote down.

        >>> season = Season(index=(1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 2))
        >>> Season.from_dict(season.to_dict()) == season
        True
        """
        return cls(**fields_of(stored, kind="season", names=fields_dict(cls)))


def season_or_none(_: object, __: object, value: Any) -> None:
    """A validator: a season, or None where time is the calendar's."""
    refuse_no_season(value)


def refuse_no_season(value: Any) -> None:
    """Refuse what is neither a season nor None."""
    if value is not None and not isinstance(value, Season):
        raise DataError.because(
            f"`season` must be a kk.Season, got {type(value).__name__}.",
            hint="season=kk.Season(index=(...)) with twelve numbers, or kk.Season.estimate(transactions).",
        )


def refuse_closed(ledger: Ledger, *, closed: NDArray[np.bool_], need: str) -> None:
    """Refuse purchases in months in which, by the season, nothing can be bought; `closed` is (12,)."""
    if not closed.any():
        return
    day = ledger.purchase_day
    wrong = np.flatnonzero(closed[month_of(day)])
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


def estimated(ledger: Ledger, *, closed: NDArray[np.bool_]) -> Season:
    """The season of a ledger: see `Season.estimate`; `closed` months, (12,), have index 0."""
    _refuse_short(ledger)
    refuse_closed(ledger, closed=closed, need=NEED)
    bought = ledger.purchases
    often = bought.count >= THREE
    if not often.any():
        raise DataError.because(
            f"{NEED} needs customers with three purchase days or more: there is none among {len(bought.count):,}.",
            hint="a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers.",
        )
    between = often[bought.code]
    between[bought.starts[:-1][often]] = False
    between[bought.starts[1:][often] - 1] = False
    found = seasonal_index(
        first=bought.first[often],
        last=bought.last[often],
        day=bought.time[between],
        who=(np.cumsum(often) - 1)[bought.code[between]],
        closed=closed.astype(float),
    )
    return Season(index=found.index, std_errors=found.std_error, purchases=found.purchases)


def can_be_estimated(ledger: Ledger) -> bool:
    """Whether there are two whole years, and somebody with a purchase between their first and last."""
    return _long_enough(ledger) and bool((ledger.purchases.count >= THREE).any())


def _closed(given: Sequence[int]) -> NDArray[np.bool_]:
    months = list(given)
    if not all(isinstance(month, int) and 1 <= month <= MONTHS for month in months) or len(set(months)) == MONTHS:
        raise DataError.because(
            f"{NEED}: `closed` names months by their numbers, 1 to 12, not all of them; got {given!r}.",
            hint="closed=(7,) for a shop that is closed in July.",
        )
    return np.isin(np.arange(1, MONTHS + 1), months)


def _last_day(transactions: Any) -> np.datetime64:
    days = times(checked_transactions(transactions, need=NEED)[0], "date", need=NEED)
    return np.datetime64(int(days.max()), "D")


def _first_day(ledger: Ledger) -> np.datetime64:
    day = ledger.purchase_day
    return np.datetime64(int(day.min()), "D") if len(day) else ledger.as_of


def _long_enough(ledger: Ledger) -> bool:
    return bool(Period.of(WHOLE_YEARS).after(_first_day(ledger) - 1) <= ledger.as_of)


def _refuse_short(ledger: Ledger) -> None:
    if not _long_enough(ledger):
        raise DataError.because(
            f"{NEED} needs two whole years of purchases, these run from {_first_day(ledger)} to {ledger.as_of}: a month"
            " that was seen once cannot be told from a trend.",
            hint="a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers from January on.",
        )
