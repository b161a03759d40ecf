"""Survival of the time to the first purchase: a beta-geometric over months, with a share that never buys.

A lead who will ever buy does so in each month with probability p ~ Beta(alpha, beta). A month of covariates that
multiply the rate by f counts as f months: the chance not to buy in it is (1 - p)^f. After an exposure of C such months

    S(C) = never + (1 - never) B(alpha, beta + C) / B(alpha, beta).
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.beta_geometric_survival import log_survival


def survival(exposure: Any, *, alpha: Any, beta: Any, never: Any) -> Array:
    """S(C), elementwise, 0 to 1.

    >>> survival(np.array([0.0, 1.0]), alpha=1.0, beta=1.0, never=0.5)
    array([1.  , 0.75])
    """
    return np.asarray(never + (1 - never) * np.exp(log_survival(exposure, a=alpha, b=beta)))
