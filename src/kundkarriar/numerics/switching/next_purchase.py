"""Median time to the next purchase of customers who switch on and off."""

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.special.bisection import LONGEST, SHORTEST
from kundkarriar.numerics.switching.kernel import SwitchingKernel
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior

TIMES, WITHIN = 221, 64
"""Times at which all rows are evaluated, four an e-fold, and times between two of them, for the rows that need them."""


def median_times(posterior: TraitPosterior) -> Array:
    """Time by which a purchase is as likely as not, of each row, (n,), to 9 digits; infinite where it never is.

    The probability of no purchase is computed at times that rows share, as a product of matrices, first far apart and
    then near the median. Between four of these the log of the time is interpolated as a cubic of the probability.
    """
    kernel = SwitchingKernel.of(posterior.rate, posterior.leaving, np.full(len(posterior.nodes), posterior.nu))

    def waits(log_times: Array, rows: Whole | Mask) -> Array:
        times = np.exp(log_times)[:, None]
        on, off = np.exp(kernel.on_or_off.log(times)), np.exp(kernel.log_no_purchase_from_off(times))
        return np.asarray(posterior.on[rows] @ on.T + posterior.off[rows] @ off.T)

    logs = np.linspace(np.log(SHORTEST), np.log(LONGEST), TIMES)
    above = waits(logs, np.ones(len(posterior.share), dtype=bool)) > 0.5
    medians = np.full(len(above), np.inf)
    first = above.sum(axis=1) - 1
    for begin in np.unique(first[~above[:, -1]]):
        rows = np.flatnonzero((first == begin) & ~above[:, -1])
        step = (logs[1] - logs[0]) / WITHIN
        near = logs[max(begin, 0)] + step * np.arange(-2, WITHIN + 3)
        p = waits(near, rows)
        at = np.clip((p > 0.5).sum(axis=1) - 2, 0, len(near) - 4)[:, None] + np.arange(4)
        medians[rows] = np.exp(_cubic(np.take_along_axis(p, at, axis=1) - 0.5, near[at]))
    return medians


def _cubic(x: Array, y: Array) -> Array:
    """Value at 0 of the cubic through four points (x, y) of each row, (n, 4) each, (n,)."""
    value = np.zeros(len(x))
    for i in range(4):
        others = [j for j in range(4) if j != i]
        value += y[:, i] * np.prod([-x[:, j] / (x[:, i] - x[:, j]) for j in others], axis=0)
    return value
