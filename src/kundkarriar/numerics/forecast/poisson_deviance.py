"""The Poisson deviance of forecasts of counts."""

import numpy as np

from kundkarriar.arrays import Array

LEAST = 0.001
"""Lower bound of a forecast: below it a single purchase would outweigh all other customers."""


def poisson_deviance(*, predicted: Array, actual: Array) -> Array:
    """The Poisson deviance of each forecast, 2 (y log(y / m) - (y - m)), (n,), at least 0; 0 where it was right.

    Forecasts below `LEAST` count as `LEAST`. The mean over customers is lowest for the mean of the counts, whatever
    their distribution is, as a squared error is; but an error counts in proportion to the forecast, so that the
    heaviest buyers do not decide alone (McCullagh & Nelder 1989, Generalized Linear Models, section 2.3).

    >>> poisson_deviance(predicted=np.array([0.5, 2.0]), actual=np.array([0.0, 2.0]))
    array([1., 0.])
    """
    m = np.maximum(predicted, LEAST)
    logs = np.log(np.where(actual > 0, actual, 1.0) / np.where(actual > 0, m, 1.0))
    deviance: Array = 2 * (actual * logs - (actual - m))
    return deviance
