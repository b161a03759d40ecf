"""Drawn futures of customers whose purchase rates follow a random walk from today on."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.numerics.forecast.rate_drift import draw_drifted_purchases


def random_walk_futures(
    generator: Generator, future: FutureDraws, *, expected: FutureDraws, drift: float, years: float
) -> FutureDraws:
    """Outcome draws with purchase rates that follow a random walk: the same mean and a larger variance.

    It needs only outcome and expectation draws, so it works for a user's own model too.

    Args:
        generator: a separate random stream, so that the other draws do not depend on the drift.
        future: outcome draws, (n, S).
        expected: expectation draws, (n, S), best given the latent states of `future`. Drawn given other states, they
            leave the means correct.
        drift: standard deviation of the log rate after one year.
        years: the horizon.
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
