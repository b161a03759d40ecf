"""Drawn futures of customers whose purchase rates follow a random walk from today on."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.numerics.forecast.rate_drift import draw_drifted_purchases


def random_walk_futures(
    generator: Generator, future: FutureDraws, *, expected: FutureDraws, drift: float, years: float
) -> FutureDraws:
    """Outcome draws, (n, S), with purchase rates that follow a random walk: the same mean and a larger variance.

    It needs only outcome and expectation draws, so it works for a user's own model too. `expected` is best given the
    latent states of `future`; given other states it leaves the means correct. `generator` is a random stream of its
    own, so that the other draws do not depend on `drift`, the standard deviation of the log rate after one year.
    """
    purchases = draw_drifted_purchases(
        generator, future.purchases, expected=expected.purchases, drift=drift, years=years
    )
    expected_discount = np.divide(
        expected.discounted_purchases, expected.purchases, out=np.ones_like(purchases), where=expected.purchases > 0
    )
    discount = np.divide(
        future.discounted_purchases, future.purchases, out=expected_discount, where=future.purchases > 0
    )
    return FutureDraws(
        purchases=purchases, discounted_purchases=purchases * discount, discounted_alive=future.discounted_alive
    )
