"""Range of a plan's incremental value: all effects at their weak end, and all at their strong end."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.plan_data import PlanData


def incremental_value_range(plan: PlanData[Any]) -> tuple[float, float, float]:
    """The plan's incremental value with every effect at its weak end, at its mean and at its strong end."""
    low, high = plan.incremental_value_at("low"), plan.incremental_value_at("high")
    weak, strong = np.minimum(low, high), np.maximum(low, high)
    return total(weak), total(plan.decisions.incremental_value), total(strong)
