"""Treatment effect of an action on each customer's value, and the effect at which it pays.

Every kind of effect is one number `m` on one `base` (money at stake, (n,)), some with a probability `p` (n,). With base
and p, the gain at another m needs no new scores.
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.special.bisection import bisected

LINEAR = ("purchases", "spend", "cost", "marketing")


def odds_ratio_to_relative_risk(*, m: float, p: Array) -> Array:
    """Relative risk p' / p when the odds of p are multiplied by m, (n,): m / (1 - p + m p). Finite at p = 0.

    Zhang & Yu (1998), JAMA 280(19), solved for the risk under treatment.

    >>> odds_ratio_to_relative_risk(m=0.5, p=np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.5, 0.6667, 1.0]
    """
    return m / (1.0 - p + m * p)


def gain(*, on: str, m: float, base: Array, p: Array) -> Array:
    """E[net value, treated] - E[net value, usual] of each customer, (n,), in money, before the action's cost.

    Args:
        on: "leaving" (base = value at risk, p = P(dropout)), "promotion" (base = value that depends on the step,
            p = P(step)), "purchases" or "spend" (base = clv), "cost" or "marketing" (base = the cost, negative),
            "value" (base = 1).
        m: multiplier of the odds, or of purchases, spend or cost; for "value" the money added per treated customer.
        base: money at stake (n,); NaN where unknown, and then the gain is NaN.
        p: probability (n,); read for "leaving" and "promotion" only.

    >>> gain(on="leaving", m=0.5, base=np.array([300.0]), p=np.array([0.5])).round(2).tolist()
    [100.0]
    """
    if on == "leaving":
        return base * (1.0 - odds_ratio_to_relative_risk(m=m, p=p))
    if on == "promotion":
        return base * (odds_ratio_to_relative_risk(m=m, p=p) - 1.0)
    if on == "value":
        return base * m
    if on in LINEAR:
        return base * (m - 1.0)
    raise ValueError(f"the gain of an effect on {on!r} is not defined")


def break_even(*, on: str, base: Array, p: Array, cost: float) -> float:
    """Break-even effect m, at which the summed gain of these customers equals `cost`; NaN where no effect is enough.

    Linear effects are solved directly, effects on odds by bisection in log m (the gain is monotone in m).

    >>> break_even(on="purchases", base=np.array([100.0, 300.0]), p=np.zeros(2), cost=20.0)
    1.05
    """
    whole = total(base)
    if on == "value":
        return cost / whole if whole > 0 else np.nan
    if on in ("cost", "marketing"):
        return 1.0 + cost / whole if whole < 0 and cost <= -whole else np.nan
    if on in LINEAR:
        return 1.0 + cost / whole if whole > 0 else np.nan

    def loses(log_m: float) -> bool:
        return total(gain(on=on, m=float(np.exp(log_m)), base=base, p=p)) < cost

    strongest = -30.0 if on == "leaving" else 30.0
    if cost <= 0:
        return 1.0
    if loses(strongest):
        return np.nan
    return float(np.exp(bisected(loses, 0.0, strongest, halvings=80)[1]))
