"""Rows that are known, found again by their values: what was computed of them is not computed again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arrays import Whole


@frozen(kw_only=True, eq=False)
class KnownRows:
    """Distinct rows of several columns, (m,) each, and their positions by value.

    A value is looked up among the distinct values of its column, which are few, and a row by one whole number that the
    numbers of its values make up. The values looked up are those of the same rows, to the last digit.

    >>> known = KnownRows.of([np.array([0, 2]), np.array([38.0, 38.0])])
    >>> known.positions([np.array([2, 2, 0]), np.array([38.0, 38.0, 38.0])])
    array([1, 1, 0])
    """

    values: tuple[Any, ...]
    rows: Any

    @classmethod
    def of(cls, columns: Sequence[Any]) -> KnownRows:
        """The rows of columns, which are distinct."""
        values = tuple(pd.Index(pd.unique(pd.Series(column))) for column in columns)
        return cls(values=values, rows=pd.Index(_keys(values, columns)))

    def positions(self, columns: Sequence[Any]) -> Whole:
        """The position of each of n rows among those known, (n,); -1 of a row that is not."""
        return np.asarray(self.rows.get_indexer(_keys(self.values, columns)), dtype=np.int64)


def _keys(values: Sequence[Any], columns: Sequence[Any]) -> Any:
    """One whole number for each row, (n,); the numbers of its values where one cannot hold them all."""
    codes = [each.get_indexer(column) for each, column in zip(values, columns, strict=True) if len(each) > 1] or [
        np.zeros(len(columns[0]), dtype=np.int64)
    ]
    sizes = [len(each) + 1 for each in values if len(each) > 1]
    if math.prod(sizes) >= 2**62:
        return pd.MultiIndex.from_arrays(codes)
    key = codes[0].astype(np.int64)
    for size, code in zip(sizes[1:], codes[1:], strict=True):
        key = key * size + code
    return key
