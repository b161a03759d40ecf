"""Median time to the next purchase of customers who switch on and off."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import LONGEST, SHORTEST, bisected
from kundkarriar.numerics.switching.kernel import SwitchingKernel
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior

TIMES, HALVINGS = 221, 46
"""Times at which all rows are first evaluated, four an e-fold; then each row bisects between two of them."""


def median_times(posterior: TraitPosterior) -> Array:
    """Time by which a purchase is as likely as not, of each row, (n,); infinite where it never is."""
    kernel = SwitchingKernel.of(posterior.rate, posterior.leaving, np.full(len(posterior.nodes), posterior.nu))
    times = np.linspace(np.log(SHORTEST), np.log(LONGEST), TIMES)
    grid = np.exp(times)[:, None]
    none = posterior.on @ np.exp(kernel.on_or_off.log(grid)).T
    none += posterior.off @ np.exp(kernel.log_no_purchase_from_off(grid)).T
    above = none > 0.5
    first = np.clip(above.sum(axis=1), 1, TIMES - 1)

    def waits(log_time: Array) -> Array:
        t = np.exp(log_time)[:, None]
        p = np.einsum("ij,ij->i", posterior.on, np.exp(kernel.on_or_off.log(t)))
        p += np.einsum("ij,ij->i", posterior.off, np.exp(kernel.log_no_purchase_from_off(t)))
        return np.asarray(p > 0.5)

    low, high = bisected(waits, times[first - 1], times[first], halvings=HALVINGS)
    return np.where(above[:, -1], np.inf, np.exp(0.5 * (low + high)))
