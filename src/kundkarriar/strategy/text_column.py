"""A column of text in which some values may be missing: all of them, even."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from kundkarriar.frames import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable


def text_column(values: Iterable[Any], *, like: Any) -> nw.Series[Any]:
    """Text for a frame of the kind of `like`; None is missing, and a polars column stays text though all are.

    >>> import polars as pl
    >>> text_column([None, None], like=pl.DataFrame()).dtype
    String
    """
    backend = narrow(like, need="text_column").implementation
    if backend.is_polars():
        return nw.new_series("text", list(values), dtype=nw.String, backend=backend)
    return nw.new_series("text", list(values), backend=backend)
