"""Drawn futures of customers whose purchase rates wander from today on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.models.interface.futures import Futures
from kundkarriar.numerics.forecast.rate_drift import drifted

if TYPE_CHECKING:
    from numpy.random import Generator


def wandering_futures(
    generator: Generator, future: Futures, *, expected: Futures, drift: float, years: float
) -> Futures:
    """`future` with rates that drifted; in the mean the same, and more scattered.

    It asks nothing of a model but both kinds of draws, so a user's own drifts too.

    Args:
        generator: a stream of its own, so that without drift nothing changes.
        future: realised, (n, S).
        expected: expectations given the same hidden state, (n, S); where a model draws another state for them, means
            are kept all the same.
        drift: standard deviation of the log rate a year from now.
        years: the horizon.
    """
    purchases = drifted(generator, future.purchases, expected=expected.purchases, drift=drift, years=years)
    ahead = np.divide(
        expected.discounted_purchases, expected.purchases, out=np.ones_like(purchases), where=expected.purchases > 0
    )
    discount = np.divide(future.discounted_purchases, future.purchases, out=ahead, where=future.purchases > 0)
    return Futures(
        purchases=purchases, discounted_purchases=purchases * discount, discounted_alive=future.discounted_alive
    )
