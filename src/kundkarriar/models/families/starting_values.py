"""Starting values of the fits of all repeat-buying families: moment estimates of NBD, and guesses of dropout.

Each guess begins with a factor on the mean purchase rate of NBD. Starting values are unconstrained parameters, (k,).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.summaries.purchase_rows import PurchaseRows

BGNBD = ((1.5, 0.0, 0.3, 3.0), (2.5, 0.0, 0.5, 1.5), (1.1, 0.0, 0.05, 3.0), (4.0, 1.5, 0.85, 1.0), (2.0, 1.5, 0.5, 2.0))
"""Guesses of (M)BG/NBD: the factor; what is added to ln r; phi = a / (a + b); kappa = a + b. The last two guesses
reach the maximum where rates differ little and many customers drop out."""
BGCNBD = ((1.5, 0.0, 0.3, 3.0), (2.5, 0.0, 0.5, 1.5), (1.1, 0.0, 0.05, 3.0), (4.0, 0.0, 0.9, 0.5))
"""Guesses of (M)BG/CNBD-k, of the same four numbers."""
PARETO_NBD = ((1.5, 0.5, 1.0), (3.0, 2.0, 0.7), (1.1, 0.1, 1.0), (4.0, 500.0, 0.1))
"""Guesses of Pareto/NBD: the factor; the mean dropout rate per median T; s. Under the last guess many customers drop
out at once and the others hardly ever, which is a local maximum of its own where few customers ever bought again."""
GGOMPERTZ_NBD = ((1.5, 0.5, 1.0, 0.3), (3.0, 2.0, 0.7, 0.1), (1.1, 0.1, 1.0, 2.0), (4.0, 500.0, 0.1, 0.3))
"""Guesses of GGompertz/NBD: the three numbers of Pareto/NBD, and b per median T."""


def nbd_starts(rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
    """The starting value of NBD: its moment estimates."""
    mean, log_r = nbd_moments(rows, scale=scale)
    return [np.array([np.log(mean), log_r])]


def beta_dropout_starts(
    rows: PurchaseRows, *, scale: float, guesses: Sequence[tuple[float, float, float, float]]
) -> Sequence[Array]:
    """Starting values of a family whose dropout probabilities are beta-distributed."""
    mean, log_r = nbd_moments(rows, scale=scale)
    return [
        np.array([np.log(mean * factor), log_r + added, np.log(phi / (1 - phi)), np.log(kappa)])
        for factor, added, phi, kappa in guesses
    ]


def lifetime_starts(rows: PurchaseRows, *, scale: float, guesses: Sequence[tuple[float, ...]]) -> Sequence[Array]:
    """Starting values of a family with lifetimes."""
    mean, log_r = nbd_moments(rows, scale=scale)
    return [np.array([np.log(mean * factor), log_r, *np.log(lifetime)]) for factor, *lifetime in guesses]


def nbd_moments(rows: PurchaseRows, *, scale: float) -> tuple[float, float]:
    """Mean purchases per `scale` units of T, and ln r of NBD, by the method of moments; r is kept within 0.05 to 10."""
    T = rows.T / scale
    purchases, time = (float(np.sum(rows.weights * values)) for values in (rows.x, T))
    mean = purchases / time
    overdispersion = float(np.sum(rows.weights * (rows.x - mean * T) ** 2)) - purchases
    r = mean**2 * float(np.sum(rows.weights * T**2)) / overdispersion if overdispersion > 0 else 10.0
    return mean, float(np.log(np.clip(r, 0.05, 10.0)))
