"""The summary: frequency, recency, T and monetary value of each customer, from transactions."""

from functools import partial
from typing import Any

import numpy as np

from kundkarriar.arguments import read_flag
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS, UNIT, Period
from kundkarriar.engines.eagerly import in_memory
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, add_columns, new_frame, text_column
from kundkarriar.history.ledger.ledger import MERGE, MERGE_HINT, Ledger, read_ledger
from kundkarriar.history.sorted_entries import sums
from kundkarriar.season.season import Season, check_season, refuse_closed_months
from kundkarriar.season.season_clock import SEASON_COLUMN
from kundkarriar.season.warped_time import lead
from kundkarriar.summaries.burn_in import entry_column
from kundkarriar.summaries.lazy.lazy_summary import LazySummary
from kundkarriar.summaries.mix.mix_columns import MixRows
from kundkarriar.summaries.packed_gaps import GAPS, gaps_between, packed

NEED = "summarize"
MONEY = ("first_value", "monetary_value", "total_value", "returns_value")
"""The columns that purchases without amounts do not have."""


def summarize(
    transactions: FrameT,
    *,
    as_of: Any,
    period: str = "W",
    merge: str = "D",
    customers: FrameT | None = None,
    burn_in: str | Period | None = None,
    regularity: bool = False,
    gaps: bool = False,
    season: Season | None = None,
    mix: bool = False,
) -> FrameT:
    """Summarise the purchases of each customer at the end of the day `as_of`: the data of purchase and spend models.

    Rows after `as_of` are not read. Purchases are counted as purchase days: the rows of a day are merged into one
    purchase, net of returns on that day; a fully returned purchase is not counted. Later returns do not change purchase
    days or their spend; they are subtracted from `total_value`. Hence
    `total_value = gross spend of all purchase days - returns_value`, and its sum is that of the amounts read.

    Lazy transactions (polars, DuckDB, Spark) give a lazy summary of the same library, computed once, in no order of
    rows. One query of aggregates checks the rows, then the engine groups by customer and day, and by customer; nothing
    is collected but totals. With `regularity`, `gaps`, `season` or merge="s" rows come in blocks of whole customers. Of
    known customers, the distinct days of first contacts are collected where these span more than twenty years. Where
    something is wrong, or takes a look at single values (ids that are neither text nor integers; `as_of` twenty years
    after the data), the rows are collected, and the error is that of rows in memory.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind, currency.
        as_of: the last day that counts: "1997-09-30", or a date.
        period: the unit of `recency` and `T`: "D", "W" (7 days), "M" (365.25 / 12 days), "Y" (365.25 days).
        merge: "D" merges the purchases of a day into one; "s" keeps each time stamp as a purchase: `recency` and `T`
            then have fractions of days, and `T` runs to the end of the day `as_of`.
        customers: optional, all known customers, one row each: customer_id, optional first_contact (a date). They come
            first, in their order; other buyers follow. Those without a purchase are prospects. A frame in memory may
            stand beside lazy transactions.
        burn_in: a span ("3M"): customers first seen within it after the start of the data may be older than the data
            and get `entry` "unknown". A first_contact within the data makes the entry known.
        regularity: whether to add `gap_log_sum`, which models of regular purchase timing need.
        gaps: whether to add `gaps`, which models of customers who pause and return need. It counts days between
            purchase days, and so needs merge="D".
        season: the season that warps time: `recency`, `T` and `gap_log_sum` are measured in warped time; dates and
            counts are unchanged. Models and scorers must then use the same season.
        mix: whether to add what customers buy, by `category`, which a margin by category needs. At most 200 categories.

    Returns:
        One row per customer, in the order of `customers`, then of first appearance:
        customer_id; frequency (repeat purchase days, int); recency (periods from first to last purchase day);
        T (periods from the first purchase day to `as_of`); first_value (gross spend of the first purchase day);
        monetary_value (mean gross spend of a repeat purchase day, 0.0 without repeats); n_transactions (purchase days,
        int); total_value (net of returns); returns_value (returned on later days, at least 0); first_purchase,
        last_purchase; period; entry ("known" or "unknown"). With `regularity`: gap_log_sum, the sum of the logarithms
        of the gaps between purchase days, in periods. With `gaps`: gaps, the days from each purchase day to the next,
        in order (whole numbers, also under a season: a list in polars and pyarrow, text in pandas, "3 21"), and as_of.
        With a `season`: as_of and season (its key). With `mix`: breadth (mean number of different categories on a day
        with a positive amount; missing without one), and for each category spend_on_<category> (its amounts net of
        returns, at least 0). A prospect has n_transactions 0, frequency 0, and recency, T,
        first_value, monetary_value, first_purchase and last_purchase missing. Without amounts there is no first_value,
        monetary_value, total_value or returns_value.

    Raises:
        DataError: a column is missing or has the wrong type; `as_of` lies before all rows or is not a date; a purchase
            lies in a month whose index is 0.

    Warns:
        DataWarning: some customers have entry "unknown"; `as_of` lies more than 20 years after the data; a
            first_contact lies far from all other dates.

    >>> import kundkarriar as kk
    >>> summary = summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    >>> len(summary), int(summary["frequency"].sum()), int((summary["frequency"] > 0).sum())
    (2357, 2457, 946)
    >>> summary[["customer_id", "frequency", "recency", "T", "monetary_value"]].head(1).round(3)
       customer_id  frequency  recency       T  monetary_value
    0            4          2   30.429  38.857          22.345
    """
    UNIT.read(period, "period")
    check_season(season)
    regularity, gaps, mix = read_flag(regularity, "regularity"), read_flag(gaps, "gaps"), read_flag(mix, "mix")
    if gaps and merge == "s":
        raise DataError.because(
            f'{NEED}: `gaps` lie between purchase days, and merge="s" makes each time stamp a purchase: several a day'
            " would be short pauses of a second kind, within the day, which hide those between the days.",
            hint='leave merge="s" out.',
        )
    if (lazy := engine_of(transactions)) is not None:
        asked = {"as_of": as_of, "period": period, "merge": merge}
        asked |= {"regularity": regularity, "gaps": gaps, "season": season}
        ordered = MERGE.read(merge, "merge", hint=MERGE_HINT) == "s" or regularity or gaps or season is not None
        way = LazySummary(
            eager=lambda rows, known: summarize(rows, customers=known, burn_in=burn_in, mix=mix, **asked),
            of_block=partial(summarize, **asked) if ordered else None,
            as_of=as_of,
            period=period,
            burn_in=burn_in,
            mix=mix,
            closed=() if season is None else tuple(np.flatnonzero(np.array(season.index) == 0) + 1),
        )
        summary: FrameT = way.of(*lazy, customers)
        return summary
    ledger = read_ledger(transactions, as_of=as_of, customers=in_memory(customers), merge=merge, need=NEED)
    summary = summary_of(
        ledger, period=period, burn_in=burn_in, regularity=regularity, gaps=gaps, season=season, like=transactions
    )
    return with_mix_of(MixRows.read(transactions), summary, ledger) if mix else summary


def with_mix_of(rows: MixRows, summary: FrameT, ledger: Ledger) -> FrameT:
    """The summary of a ledger with the columns of `mix`, from the rows that the ledger was read of."""
    return add_columns(summary, rows.columns(as_of=ledger.as_of, customers=ledger.customers))


def summary_of(
    ledger: Ledger,
    *,
    period: str,
    burn_in: str | Period | None,
    regularity: bool,
    gaps: bool,
    season: Season | None,
    like: FrameT,
) -> FrameT:
    """The summary of a ledger that was read, with the arguments of `summarize`, as a frame of the kind of `like`."""
    if season is not None:
        refuse_closed_months(ledger, closed=np.array(season.index) == 0, need=NEED)
    columns = _counts(ledger, period=period, season=season) | {
        "period": text_column([period], np.zeros(len(ledger.customers), np.int64), like=like),
        "entry": entry_column(ledger, burn_in=burn_in, like=like),
    }
    if regularity:
        columns["gap_log_sum"] = _gap_log_sum(ledger, period=period, season=season)
    if gaps:
        bought = ledger.purchases
        columns[GAPS] = packed(
            gaps_between(bought.time, start=bought.starts[:-1], end=bought.starts[1:]),
            missing=bought.count == 0,
            like=like,
        )
    if gaps or season is not None:
        columns["as_of"] = np.full(len(ledger.customers), ledger.as_of.astype("datetime64[us]"))
    if season is not None:
        columns[SEASON_COLUMN] = text_column([season.key], np.zeros(len(ledger.customers), np.int64), like=like)
    return new_frame({"customer_id": ledger.customers, **columns}, like=like)


def _counts(ledger: Ledger, *, period: str, season: Season | None) -> dict[str, Any]:
    """The columns of counts, times, amounts and dates, (n,) each."""
    purchases = ledger.purchases
    days, bought = purchases.count, purchases.count > 0
    unit = DAYS[period] * ledger.ticks
    first, last = purchases.first, purchases.last
    # The last tick of the day, so that the day can be computed back from first_purchase and T.
    end = (int(ledger.as_of.astype(np.int64)) + 1) * ledger.ticks - 1
    leads = {name: _lead(at, ledger, season) for name, at in (("first", first), ("last", last), ("end", np.array(end)))}
    mean = purchases.after_first() / np.maximum(days - 1, 1)
    columns = {
        "frequency": np.maximum(days - 1, 0),
        "recency": np.where(bought, ((last - first) + (leads["last"] - leads["first"])) / unit, np.nan),
        "T": np.where(bought, ((end - first) + (leads["end"] - leads["first"])) / unit, np.nan),
        "first_value": purchases.of_first(),
        "monetary_value": np.where(bought, mean, np.nan),
        "n_transactions": days,
        "total_value": ledger.net,
        "returns_value": ledger.returns.total(),
        "first_purchase": ledger.dates(first),
        "last_purchase": ledger.dates(last),
    }
    return columns if ledger.priced else {name: columns[name] for name in columns if name not in MONEY}


def _lead(time: Whole, ledger: Ledger, season: Season | None) -> Array:
    """The lead of warped time at each of `time` in ticks, (n,); exactly 0 without a season, or with a flat one.

    Merged purchases count at the end of their day, after which the exposure to the next purchase begins.
    """
    if season is None:
        return np.zeros(np.shape(time))
    day = time + 1 if ledger.ticks == 1 else time / ledger.ticks
    return lead(day=day, index=season.index) * ledger.ticks


def _gap_log_sum(ledger: Ledger, *, period: str, season: Season | None) -> Array:
    """Sum of the logarithms of the gaps between purchases, in periods, (n,); 0 without a gap, NaN for prospects."""
    purchases = ledger.purchases
    logs = np.zeros(len(purchases.time))
    follows = np.ones(len(logs), dtype=bool)
    follows[purchases.starts[:-1][purchases.count > 0]] = False
    at = np.flatnonzero(follows)
    time, leads = purchases.time, _lead(purchases.time, ledger, season)
    gap = (time[at] - time[at - 1]) + (leads[at] - leads[at - 1])
    logs[at] = np.log(gap / (DAYS[period] * ledger.ticks))
    return np.where(
        purchases.count > 0, sums(values=logs, start=purchases.starts[:-1], end=purchases.starts[1:]), np.nan
    )
