"""The distinct rows of a lazy table, with the number of customers of each."""

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.frames import NarrowFrame
from kundkarriar.id_kinds import ID
from kundkarriar.summaries.required_weights import N_CUSTOMERS


def counted_rows(engine: Engine, frame: LazyFrame, columns: Sequence[str]) -> NarrowFrame:
    """The distinct rows of `columns`, in memory, with the number of customers of each in `n_customers`.

    The engine groups by the values as they are: numbers that differ in the last digit are different rows, which changes
    no result.

    >>> import polars as pl
    >>> from kundkarriar.engines.engine import engine_of
    >>> engine, frame = engine_of(pl.LazyFrame({"frequency": [2, 0, 2], "T": [38.0, 38.0, 38.0]}))
    >>> counted_rows(engine, frame, ["frequency", "T"]).sort("frequency").rows()
    [(0, 38.0, 1), (2, 38.0, 2)]
    """
    return engine.collected(frame.select(columns).group_by(*columns).agg(nw.len().alias(N_CUSTOMERS)))


def ids_are_distinct(engine: Engine, frame: LazyFrame, *, id_column: str = ID) -> bool:
    """Whether every row of a lazy table has an id of its own, of whole numbers or text; True without a column of ids.

    False is also said of ids of other types, which functions of frames in memory judge.

    >>> import polars as pl
    >>> from kundkarriar.engines.engine import engine_of
    >>> ids_are_distinct(*engine_of(pl.LazyFrame({"customer_id": [1, 2, 2]})))
    False
    """
    schema = frame.collect_schema()
    if id_column not in schema:
        return True
    dtype, ids = schema[id_column], nw.col(id_column)
    text = isinstance(dtype, nw.String)
    if not text and not (dtype.is_integer() and not isinstance(dtype, nw.Int128 | nw.UInt128)):
        return False
    missing = (ids.is_null() | (ids.str.strip_chars() == "")) if text else ids.is_null()
    # distinct ids are counted in memory by DuckDB, and groups on its disk; Spark adds up no truth values
    grouped = frame.group_by(id_column).agg(nw.len().alias(N_CUSTOMERS))
    asked = {"most": nw.col(N_CUSTOMERS).max(), "missing": missing.cast(nw.Int64).sum()}
    found = engine.collected(grouped.select(**asked))
    most, lacking = (found[name].to_list()[0] or 0 for name in asked)
    return bool(most <= 1 and not lacking)
