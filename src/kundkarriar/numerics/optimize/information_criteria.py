"""Information criteria of a fit: Akaike's and Schwarz's."""

from __future__ import annotations

import math


def aic(log_likelihood: float, *, parameters: float) -> float:
    """Akaike's information criterion: 2 x parameters - 2 x log-likelihood; the smaller, the better.

    >>> aic(-9582.0, parameters=4)
    19172.0
    """
    return 2 * parameters - 2 * log_likelihood


def bic(log_likelihood: float, *, parameters: float, n: float) -> float:
    """Schwarz's criterion: parameters x ln(n) - 2 x log-likelihood, of n observations; the smaller, the better.

    >>> round(bic(-9582.0, parameters=4, n=2357), 4)
    19195.0606
    """
    return parameters * math.log(n) - 2 * log_likelihood
