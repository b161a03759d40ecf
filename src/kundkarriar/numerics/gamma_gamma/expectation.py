"""Expected order value of Gamma-Gamma given a customer's mean spend.

Fader, P. S. & Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value", note 025; equation numbers
are of that note. Notation as in `likelihood.py`.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array


def expected_order_value(*, x: Array, m: Array, p: Any, q: Any, gamma: Any) -> Array:
    """Expected spend per purchase of each customer, (n,); the population mean where x = 0. Eq. 5.

    Infinite where p x + q <= 1.

    >>> seen = {"x": np.array([0.0, 7.0]), "m": np.array([0.0, 73.74])}
    >>> expected_order_value(**seen, p=6.25, q=3.74, gamma=15.44).round(2)
    array([35.22, 71.47])
    """
    divisor = p * x + (q - 1)
    return np.where(divisor > 0, p * (gamma + m * x) / np.where(divisor > 0, divisor, 1.0), np.inf)
