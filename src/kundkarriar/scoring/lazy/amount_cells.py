"""Amounts of money of a lazy table, grouped: their distinct values, or where these are too many, narrow cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import narwhals.stable.v2 as nw
import pandas as pd

from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.frames import NarrowFrame
from kundkarriar.summaries.lazy.counted_rows import counted_rows
from kundkarriar.summaries.required_weights import N_CUSTOMERS

EXTREMES = ("low", "high", "gain")
MOST_ROWS = 2_000_000
"""Rows of a table up to which amounts are collected as they are."""
PER_EFOLD = {1: 2000.0, 2: 200.0}
"""Cells to a factor of e, by the number of amounts of a row. The likelihood of a customer is smooth in the logarithm of
an amount, so that the error of a cell is of the square of its width: parameters move by a millionth of themselves."""


def counted_amounts(engine: Engine, frame: LazyFrame, columns: Sequence[str], amounts: Iterable[str]) -> NarrowFrame:
    """The distinct rows of `columns`, some of which are `amounts`, with their numbers; where rows are many, of cells.

    A cell holds the customers of equal other columns and almost equal amounts; the amount is then their mean. Amounts
    that are missing, and those that are not above 0, have cells of their own.
    """
    named = [name for name in amounts if name in columns]
    if not named or engine.collected(frame.select(nw.len())).item() <= MOST_ROWS:
        return counted_rows(engine, frame, columns)
    cells = {f"{name}_cell": _cell(name, PER_EFOLD[min(len(named), 2)]) for name in named}
    keys = [name for name in columns if name not in named]
    grouped = frame.select(*columns).with_columns(**cells).group_by(*keys, *cells)
    means = (nw.col(name).mean() for name in named)
    return engine.collected(grouped.agg(*means, nw.len().alias(N_CUSTOMERS))).drop(*cells)


def _cell(name: str, per: float) -> nw.Expr:
    """The number of the cell of an amount; null of a missing one."""
    amount = nw.col(name)
    positive = nw.when(amount > 0).then(amount).otherwise(nw.lit(1.0))  # some engines refuse the logarithm of 0
    number = nw.when(amount > 0).then((positive.log() * per).round(0)).otherwise(nw.lit(-1e9))
    return nw.when(~amount.is_null()).then(number).otherwise(nw.lit(None))


def extreme_rows(engine: Engine, frame: LazyFrame, keys: Sequence[str], amounts: Sequence[str]) -> pd.DataFrame:
    """Rows with the extremes of `amounts` for each group of equal `keys`: they obey the laws of amounts if all do.

    The laws of amounts are intervals, and whether one may be missing. So the four rows of a group have the least and
    the largest of each amount, the least above 0, and one that is missing, where one is.
    """
    made: dict[str, nw.Expr] = {}
    for name in amounts:
        value = nw.col(name).cast(nw.Float64)
        missing = value.is_null() | value.is_nan()
        known = nw.when(~missing).then(value).otherwise(nw.lit(None))
        positive = nw.when(value > 0).then(known).otherwise(nw.lit(None))
        extremes = zip(EXTREMES, (known.min(), known.max(), positive.min()), strict=True)
        made |= {f"{name}_{of}": each for of, each in extremes}
        made[f"{name}_missing"] = missing.cast(nw.Int64).sum()
    found = engine.collected(frame.group_by(*keys).agg(**made)).to_pandas()
    rows = [
        found[list(keys)].assign(**{name: found[f"{name}_{of}"].fillna(found[f"{name}_low"]) for name in amounts})
        for of in EXTREMES
    ]
    absent = {name: found[f"{name}_low"].where(found[f"{name}_missing"] == 0) for name in amounts}
    return pd.concat([*rows, found[list(keys)].assign(**absent)], ignore_index=True)
