"""Shapes of parameters: one number for all rows, one value for each row (n,), or S draws (1, S) or (n, S).

What rows that share their parameters have in common is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.summaries.purchase_rows import PurchaseRows


def histories(rows: PurchaseRows, params: Mapping[str, Any]) -> dict[str, Array]:
    """x, t_x and T shaped to broadcast against the parameters: (n,), or columns (n, 1) beside draws."""
    columns = {"x": rows.x, "t_x": rows.t_x, "T": rows.T}
    return {name: values[:, None] for name, values in columns.items()} if np.ndim(params["r"]) == 2 else columns


def shared_by_all_rows(params: Mapping[str, Any]) -> bool:
    """Whether every parameter is one number for all rows."""
    return all(np.ndim(value) == 0 for value in params.values())


def distinct_counts_and_ages(
    rows: PurchaseRows, params: Mapping[str, Any], period: str
) -> tuple[PurchaseRows, Whole | slice]:
    """Rows with distinct (x, T), which determine the future given alive now, and the index of each row in them."""
    if not shared_by_all_rows(params):
        return rows, slice(None)
    distinct = PurchaseRows(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)
    return distinct.rows, distinct.inverse
