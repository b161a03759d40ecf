"""The break-even effect: how strong an effect must be for its gain to equal the cost of an action."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import LINEAR, gain

HALVINGS = 80


def break_even(*, on: str, base: Array, p: Array, cost: float) -> float:
    """Break-even effect m, at which the summed gain of these customers equals `cost`; NaN where no effect is enough.

    Linear effects are solved directly, effects on odds by bisection in log m (the gain is monotone in m).

    >>> break_even(on="purchases", base=np.array([100.0, 300.0]), p=np.zeros(2), cost=20.0)
    1.05
    """
    whole = total(base)
    if on == "value":
        return cost / whole if whole > 0 else np.nan
    if on in LINEAR:
        return 1.0 + cost / whole if whole > 0 else np.nan
    weak, strong = 0.0, -30.0 if on == "leaving" else 30.0

    def pays(log_m: float) -> bool:
        return total(gain(on=on, m=float(np.exp(log_m)), base=base, p=p)) >= cost

    if cost <= 0:
        return 1.0
    if not pays(strong):
        return np.nan
    for _ in range(HALVINGS):
        middle = (weak + strong) / 2
        weak, strong = (weak, middle) if pays(middle) else (middle, strong)
    return float(np.exp(strong))
