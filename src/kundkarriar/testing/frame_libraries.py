"""The same table as a pandas and as a polars frame, to compare answers across frame libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from kundkarriar.arguments import as_shown
from kundkarriar.errors import DataError
from kundkarriar.frames import is_missing, narrow

Columns: TypeAlias = "dict[str, list[Any]]"
"""A table as lists of Python values, None for a missing one: comparable across libraries."""


def columns_of(frame: Any) -> Columns:
    """The columns of a pandas or polars frame."""
    table = narrow(frame, need="kundkarriar.testing")
    if odd := [name for name in table.columns if not isinstance(name, str)]:
        law = f"kundkarriar.testing needs text as names of columns, found {as_shown(odd)}."
        raise DataError.because(law, hint="frame.rename(columns=str) makes them text.")
    return {name: [None if is_missing(each) else each for each in table[name].to_list()] for name in table.columns}


def take(frame: Any, rows: list[int]) -> Any:
    """The rows at these positions, in this order."""
    return narrow(frame, need="kundkarriar.testing")[rows].to_native()


def keep(frame: Any, names: Iterable[str]) -> Any:
    """Some of the columns, in the frame's order."""
    table = narrow(frame, need="kundkarriar.testing")
    return table.select([name for name in table.columns if name in set(names)]).to_native()


def as_pandas(columns: Columns) -> pd.DataFrame:
    """The table in pandas. Its index is not 0, 1, 2, ..., so that a check notices code that relies on it."""
    n = len(next(iter(columns.values()), []))
    made = {name: _pandas_column(values) for name, values in columns.items()}
    return pd.DataFrame(made, index=range(n)).set_axis([f"row {7 * i}" for i in range(n)])


def as_polars(columns: Columns) -> Any:
    """The table in polars."""
    import polars as pl  # noqa: PLC0415 - an extra

    return pl.DataFrame({name: pl.Series(name, values, strict=False) for name, values in columns.items()})


def installed_libraries() -> dict[str, Callable[[Columns], Any]]:
    """Functions that make a frame of a table, by library: pandas, and polars where it is installed."""
    makers: dict[str, Callable[[Columns], Any]] = {"pandas": as_pandas}
    return {**makers, "polars": as_polars} if find_spec("polars") is not None else makers


def _pandas_column(values: list[Any]) -> pd.Series[Any]:
    """A column of numbers with NaN where missing; else of objects."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return pd.Series([np.nan if value is None else value for value in values])
    return pd.Series(values)
