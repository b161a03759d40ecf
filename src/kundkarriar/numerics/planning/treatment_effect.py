"""Treatment effect of an action on each customer's value.

Every kind of effect is one number `m` on one `base` (money at stake, (n,)), some with a probability `p` (n,). With base
and p, the gain at another m needs no new scores.
"""

from __future__ import annotations

from kundkarriar.arrays import Array

LINEAR = ("purchases", "spend")


def odds_ratio_to_relative_risk(*, m: float, p: Array) -> Array:
    """Relative risk p' / p when the odds of p are multiplied by m, (n,): m / (1 - p + m p). Finite at p = 0.

    Zhang & Yu (1998), JAMA 280(19), solved for the risk under treatment.

    >>> import numpy as np
    >>> odds_ratio_to_relative_risk(m=0.5, p=np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.5, 0.6667, 1.0]
    """
    return m / (1.0 - p + m * p)


def gain(*, on: str, m: float, base: Array, p: Array) -> Array:
    """E[net value, treated] - E[net value, usual] of each customer, (n,), in money, before the action's cost.

    Args:
        on: "leaving" (base = value at risk, p = P(dropout)), "promotion" (base = value that depends on the step,
            p = P(step)), "purchases" or "spend" (base = clv), "value" (base = 1).
        m: multiplier of the odds, or of purchases or spend; for "value" the money added per treated customer.
        base: money at stake (n,); NaN where unknown, and then the gain is NaN.
        p: probability (n,); read for "leaving" and "promotion" only.

    >>> import numpy as np
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
