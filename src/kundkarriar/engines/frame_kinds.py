"""The kind of frame that a fit was made from, which its tables are of: pandas, polars or pyarrow.

A fitted object keeps no frame. It keeps the name of the library, as a field made by `kind_field`, reads it from the
frame with `kind_of_frame`, and makes its tables with `frame_of_kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import pandas as pd
from attrs import field

from kundkarriar.arguments import Text
from kundkarriar.frames import Column, NarrowFrame, new_frame
from kundkarriar.stored_forms import LATER

PANDAS = "pandas"
KINDS = (PANDAS, "polars", "pyarrow")
"""Kinds of frames that tables are made in."""

OwnFrame: TypeAlias = Any
"""A DataFrame of the kind that a model was fitted to: of pandas, polars or pyarrow."""


def kind_of_frame(frame: object) -> str:
    """The kind of the tables of a fit that was made from `frame`, one of `KINDS`.

    That is the library of the frame, and of a lazy frame of polars polars. It is pandas, which is always there, for
    frames of other engines, as DuckDB's and Spark's: a table of a fit has few rows, which are read and not queried, and
    both engines take a frame of pandas back.

    >>> kind_of_frame(pd.DataFrame({"frequency": [1]}))
    'pandas'
    """
    read = nw.from_native(frame, pass_through=True)
    library = str(read.implementation.value) if isinstance(read, nw.DataFrame | nw.LazyFrame) else PANDAS
    return library if library in KINDS else PANDAS


def rows_to_fit(rows: NarrowFrame) -> Any:
    """Rows collected of a lazy frame, in the kind of the tables of its fit; lists, which pandas has not, stay."""
    lists = any(isinstance(dtype, nw.List) for dtype in rows.schema.values())
    return rows.to_native() if lists or rows.implementation.is_polars() else rows.to_pandas()


def empty_frame(kind: str) -> Any:
    """A frame of that kind without columns; of pandas where the library is not installed.

    So a model that was fitted to a frame of polars, stored, and read where there is no polars, tells all that it knows.

    >>> list(empty_frame("pandas").columns)
    []
    """
    try:
        return nw.from_dict({}, backend=kind).to_native()  # type: ignore[arg-type]  # one of `KINDS`
    except ModuleNotFoundError:
        return pd.DataFrame()


def frame_of_kind(columns: Mapping[str, Column], kind: str) -> OwnFrame:
    """A frame of that kind with `columns` in their order, as `new_frame` makes them.

    >>> frame_of_kind({"parameter": ["r", "alpha"], "estimate": [0.25, 4.5]}, "pandas")
      parameter  estimate
    0         r      0.25
    1     alpha      4.50
    """
    return new_frame(columns, like=empty_frame(kind))


def kind_field() -> Any:
    """The field `frame_kind` of a fitted object: not compared, and stored where it is not pandas.

    It is the last field of its class, as dicts of earlier versions do not have it.
    """
    return field(default=PANDAS, eq=False, repr=False, validator=Text(among=KINDS), metadata=LATER)
