"""Shapes of parameters: one number for all rows, one value for each row (n,), or S draws (1, S) or (n, S)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def broadcastable(values: Array, parameter: Any) -> Array:
    """Row values (n,) shaped to broadcast against a parameter: a column (n, 1) where the parameter is draws."""
    return values[:, None] if np.ndim(parameter) == 2 else values


def shared_by_all_rows(params: Mapping[str, Any]) -> bool:
    """Whether every parameter is one number for all rows."""
    return all(np.ndim(value) == 0 for value in params.values())
