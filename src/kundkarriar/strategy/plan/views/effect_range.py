"""The range of a plan's incremental value: its effects all at their weak end, and all at their strong end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.money.exact_sums import total

if TYPE_CHECKING:
    from kundkarriar.strategy.plan.plan import Plan


def ends(plan: Plan[Any]) -> tuple[float, float, float]:
    """The plan's incremental value with every effect at its weak end, its mean, its strong end."""
    low, high = plan.incremental_value_at("low"), plan.incremental_value_at("high")
    weak, strong = np.minimum(low, high), np.maximum(low, high)
    return total(weak), total(plan.ledger.incremental_value), total(strong)
