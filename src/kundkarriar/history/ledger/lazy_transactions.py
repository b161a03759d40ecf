"""Standard transactions of lazy frames: what one query of aggregates says of them, and their rows up to a date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arguments import NAME
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.id_kinds import ID

READ = (ID, "date", "amount", "kind", "currency")
"""The columns of standard transactions."""


@frozen(kw_only=True, eq=False)
class LazyTransactions:
    """Lazy transactions that break no law.

    Attributes:
        rows: customer_id, date, amount (0 where purchases have none) and returned, of all rows.
        number: how many they are.
        returns: how many of them are returns.
        begin, end: the first and the last day with a row.
        priced: whether the purchases have amounts.
    """

    rows: LazyFrame
    number: int
    returns: int
    begin: np.datetime64
    end: np.datetime64
    priced: bool

    @classmethod
    def checked(cls, engine: Engine, frame: LazyFrame) -> LazyTransactions | None:
        """The transactions of a frame; None where anything is wrong, which functions of frames in memory then say.

        None is also said of what is unusual and right, such as ids stored as objects.
        """
        schema = frame.collect_schema()
        if not {ID, "date"} <= set(schema) or not _have_types(schema):
            return None
        priced, amount, returned = "amount" in schema, nw.col("amount").cast(nw.Float64), nw.lit(value=False)
        if not priced:
            amount = nw.lit(0.0)
        elif "kind" in schema:
            returned = nw.col("kind") == "return"
        else:
            returned = amount < 0
        read = [name for name in READ if name in schema]
        rows = frame.select(read).with_columns(amount=amount, returned=returned)
        date, asked = nw.col("date"), _laws(schema)
        asked |= {
            "number": nw.len(),
            "returns": nw.col("returned").cast(nw.Int64).sum(),
            **{f"year of {end}": getattr(date, end)().dt.year() for end in ("min", "max")},
            **{f"day of {end}": getattr(date, end)().dt.ordinal_day() for end in ("min", "max")},
        }
        if "currency" in schema:
            currency = nw.col("currency")
            asked |= {"currency": currency.min(), "other": currency.max(), "named": currency.count()}
        found: dict[str, Any] = engine.collected(rows.select(**asked)).rows(named=True)[0]
        years = [found[f"year of {end}"] for end in ("min", "max")]
        if any(found[name] for name in _laws(schema)) or not all(
            year is not None and FIRST_YEAR <= year <= LAST_YEAR for year in years
        ):
            return None
        if "currency" in schema and not (
            found["named"] == found["number"] and found["currency"] == found["other"] and NAME.holds(found["currency"])
        ):
            return None
        begin, end = (
            np.datetime64(f"{year:04d}-01-01", "D") + (found[f"day of {end}"] - 1)
            for year, end in zip(years, ("min", "max"), strict=True)
        )
        return cls(
            rows=rows.select(ID, "date", "amount", "returned"),
            number=found["number"],
            returns=found["returns"],
            begin=begin,
            end=end,
            priced=priced,
        )

    def until(self, last: np.datetime64) -> LazyFrame:
        """The rows up to and including a day."""
        return self.rows if last >= self.end else self.rows.filter(up_to(self.rows, last))


def up_to(frame: LazyFrame, last: np.datetime64) -> nw.Expr:
    """Whether the `date` of a row lies on or before a day, of the years 1 to 9998."""
    day: dt.date = last.astype("datetime64[D]").item()
    if isinstance(frame.collect_schema()["date"], nw.Date):
        return nw.col("date") <= day
    return nw.col("date") < dt.datetime.combine(day + dt.timedelta(1), dt.time())


def is_plain_id(dtype: nw.dtypes.DType) -> bool:
    """Whether a column has text or whole numbers of at most 64 bits."""
    return isinstance(dtype, nw.String) or (dtype.is_integer() and not isinstance(dtype, nw.Int128 | nw.UInt128))


def lacks_id(dtype: nw.dtypes.DType, column: str = ID) -> nw.Expr:
    """Whether the plain id of a row is missing or blank."""
    missing = nw.col(column).is_null()
    return missing | (nw.col(column).str.strip_chars() == "") if isinstance(dtype, nw.String) else missing


def is_local_date(dtype: nw.dtypes.DType) -> bool:
    """Whether a column has dates, or times without a zone."""
    return isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None)


def day_numbers(date: nw.Expr) -> nw.Expr:
    """Days since 1970-01-01 of dates of the years 1 to 9999; durations are not known to every engine."""
    before = date.dt.year().cast(nw.Int64) - 1
    leap_days = before // 4 - before // 100 + before // 400
    return before * 365 + leap_days + date.dt.ordinal_day().cast(nw.Int64) - 719163


def _have_types(schema: Any) -> bool:
    """Whether the columns have the types that need no look at single values."""
    amount = schema.get("amount")
    if amount is None and "kind" not in schema:
        return False
    return (
        is_plain_id(schema[ID])
        and is_local_date(schema["date"])
        and (amount is None or (amount.is_numeric() and not isinstance(amount, nw.Int128 | nw.UInt128)))
        and all(isinstance(schema[name], nw.String) for name in ("kind", "currency") if name in schema)
    )


def _laws(schema: Any) -> dict[str, nw.Expr]:
    """How many rows break each law."""
    amount = nw.col("amount")
    broken = {"id": lacks_id(schema[ID]), "date": nw.col("date").is_null()}
    if "amount" in schema:
        broken["amount"] = ~(amount.abs() <= LARGEST).fill_null(value=False)  # neither is NaN
    if "kind" in schema:
        kind = nw.col("kind").fill_null("")
        bought, returned = kind == "purchase", kind == "return"
        if "amount" not in schema:
            returned = nw.lit(value=False)
        broken["kind"] = ~(bought | returned) | (bought & (amount < 0)) | (returned & (amount > 0))
    # Spark adds up no truth values
    return {f"{name} broken": rows.cast(nw.Int64).sum() for name, rows in broken.items()}
