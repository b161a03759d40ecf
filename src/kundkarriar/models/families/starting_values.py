"""Starting values of the fits of all repeat-buying families: moment estimates of NBD, and guesses of dropout.

A guess is a factor on the mean purchase rate of NBD, what is added to its ln r, and the unconstrained parameters of
dropout.
"""

from typing import TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.summaries.purchase_rows import PurchaseRows

Guesses: TypeAlias = tuple[tuple[float, ...], ...]


def _beta_dropout(*guesses: tuple[float, float, float, float]) -> Guesses:
    """Guesses by factor, addition, phi = a / (a + b) and kappa = a + b."""
    return tuple((factor, added, np.log(phi / (1 - phi)), np.log(kappa)) for factor, added, phi, kappa in guesses)


def _lifetimes(*guesses: tuple[float, ...]) -> Guesses:
    """Guesses by factor, mean dropout rate per median T, s, and with ageing b per median T."""
    return tuple((factor, 0.0, *np.log(lifetime)) for factor, *lifetime in guesses)


NBD: Guesses = ((1.0, 0.0),)
BGNBD = _beta_dropout(
    (1.5, 0.0, 0.3, 3.0), (2.5, 0.0, 0.5, 1.5), (1.1, 0.0, 0.05, 3.0), (4.0, 1.5, 0.85, 1.0), (2.0, 1.5, 0.5, 2.0)
)
"""The last two guesses reach the maximum where rates differ little and many customers drop out."""
BGCNBD = _beta_dropout((1.5, 0.0, 0.3, 3.0), (2.5, 0.0, 0.5, 1.5), (1.1, 0.0, 0.05, 3.0), (4.0, 0.0, 0.9, 0.5))
PARETO_NBD = _lifetimes((1.5, 0.5, 1.0), (3.0, 2.0, 0.7), (1.1, 0.1, 1.0), (4.0, 500.0, 0.1))
"""Under the last guess many customers drop out at once and the others hardly ever, which is a local maximum of its own
where few customers ever bought again."""
GGOMPERTZ_NBD = _lifetimes((1.5, 0.5, 1.0, 0.3), (3.0, 2.0, 0.7, 0.1), (1.1, 0.1, 1.0, 2.0), (4.0, 500.0, 0.1, 0.3))


def starting_values(rows: PurchaseRows, *, scale: float, guesses: Guesses) -> list[Array]:
    """Unconstrained parameters (k,) of each guess, with time in units of `scale`.

    The mean purchase rate and ln r of NBD are moment estimates; r is kept within 0.05 to 10.
    """
    T = rows.T / scale
    purchases, time = (float(np.sum(rows.weights * values)) for values in (rows.x, T))
    mean = purchases / time
    overdispersion = float(np.sum(rows.weights * (rows.x - mean * T) ** 2)) - purchases
    r = mean**2 * float(np.sum(rows.weights * T**2)) / overdispersion if overdispersion > 0 else 10.0
    log_r = float(np.log(np.clip(r, 0.05, 10.0)))
    return [np.array([np.log(mean * factor), log_r + added, *dropout]) for factor, added, *dropout in guesses]
