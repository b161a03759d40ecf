"""Gross spend and returns of buyers, from a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import narrow, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray


def returned_spend(summary: Any, buyers: NDArray[np.int64], *, need: str) -> tuple[NDArray[np.float64], ...]:
    """Gross spend, returns and purchase days of each buyer, (n,) each; zeros where the summary lacks these columns."""
    wide = narrow(summary, need=need)
    if not {"total_value", "returns_value", "n_transactions"} <= set(wide.columns):
        none = np.zeros(len(buyers))
        return none, none, none
    total, returned, days = (
        numbers(wide, name, need=need)[buyers] for name in ("total_value", "returns_value", "n_transactions")
    )
    return np.maximum(total + returned, 0.0), returned, days
