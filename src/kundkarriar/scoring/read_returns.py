"""Gross spend and returns of buyers, from a summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import narrow, numbers


def returned_spend(summary: Any, buyers: Whole, *, need: str) -> tuple[Array, ...]:
    """Gross spend, returns and purchase days of each buyer, (n,) each; zeros where the summary lacks these columns."""
    wide = narrow(summary, need=need)
    if not {"total_value", "returns_value", "n_transactions"} <= set(wide.columns):
        none = np.zeros(len(buyers))
        return none, none, none
    total, returned, days = (
        numbers(wide, name, need=need)[buyers] for name in ("total_value", "returns_value", "n_transactions")
    )
    return np.maximum(total + returned, 0.0), returned, days
