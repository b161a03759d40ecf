"""Retention and expected renewals of the shifted beta-geometric.

Fader, P. S. & Hardie, B. G. S. (2007), "How to project customer retention", Journal of Interactive Marketing 21(1);
equation numbers are of that paper where nothing else is said. Notation as in `likelihood.py`.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.beta_geometric_survival import discounted_survival_sum


def retention(k: Any, *, alpha: Any, beta: Any) -> Array:
    """Retention rate at the next renewal of members who renewed `k` times, (n,). Eq. 8; it grows with k.

    >>> retention(np.array([0, 1, 6]), alpha=0.668, beta=3.806).round(3)
    array([0.851, 0.878, 0.936])
    """
    return np.asarray((beta + k) / (alpha + beta + k))


def discounted_renewals(horizon: float, *, discount_rate: float, k: Any, alpha: Any, beta: Any) -> Array:
    """Expected discounted renewals of members who renewed `k` times, (n,); the next renewal is not discounted.

    Fader & Hardie (2010), "Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity",
    Marketing Science 29(1), eq. 6: the discounted expected residual lifetime, DERL, where `horizon` is infinite.

    The rate is effective, per period, and > 0 where the `horizon`, a whole number of renewals, is infinite.

    >>> discounted_renewals(np.inf, discount_rate=0.1, k=np.arange(5.0), alpha=3.80, beta=15.20).round(2)
    array([3.31, 3.45, 3.59, 3.72, 3.84])
    """
    ahead = discounted_survival_sum(horizon, discount_rate=discount_rate, a=alpha + 0 * k, b=beta + k)
    return np.asarray((1 + discount_rate) * ahead)
