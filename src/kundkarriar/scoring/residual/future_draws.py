"""Drawn futures of customers converted: to discounting in calendar time, and to purchase rates times a factor."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.numerics.forecast.rate_change import draw_changed_purchases
from kundkarriar.season.warped_time import WarpedMonths, annuity


def calendar_futures(future: FutureDraws, *, ahead: WarpedMonths, rate: float) -> FutureDraws:
    """Drawn futures discounted at `rate` per period of warped time, converted to discounting in calendar time.

    The residual lifetime of each customer is recovered from the discounted time alive. The discounting of purchases is
    multiplied by the ratio of the mean discounts over that lifetime, calendar to warped. For expectation draws, which
    are means over lifetimes, this is approximate, and so it is where customers pause: their time alive is counted as
    one stay from now on. `ahead` has the months of the horizon.
    """
    alive = future.discounted_alive
    lifetime = alive if rate == 0.0 else -np.log1p(-rate * alive) / rate
    until = np.where(alive > 0, ahead.time_at(lifetime), 0.0)
    ratio = np.divide(
        ahead.discounted_warped(lifetime, discount_rate=rate), alive, out=np.ones_like(alive), where=alive > 0
    )
    return FutureDraws(
        purchases=future.purchases,
        discounted_purchases=future.discounted_purchases * ratio,
        discounted_alive=annuity(np.zeros(1), until, rate),
    )


def changed_outcomes(generator: Generator, future: FutureDraws, *, expected: FutureDraws, factor: Array) -> FutureDraws:
    """Outcome draws, (n, S), at purchase rates times `factor`: counts stay whole numbers.

    It needs only outcome and expectation draws, so it works for a user's own model too. `expected` is best given the
    latent states of `future`; given other states it leaves the means correct. `generator` is a random stream of its
    own, so that the draws at the rates themselves do not depend on `factor`.
    """
    purchases = draw_changed_purchases(generator, future.purchases, expected=expected.purchases, factor=factor)
    expected_discount = np.divide(
        expected.discounted_purchases, expected.purchases, out=np.ones_like(purchases), where=expected.purchases > 0
    )
    discount = np.divide(
        future.discounted_purchases, future.purchases, out=expected_discount, where=future.purchases > 0
    )
    return FutureDraws(
        purchases=purchases, discounted_purchases=purchases * discount, discounted_alive=future.discounted_alive
    )


def changed_expectations(future: FutureDraws, *, factor: Array) -> FutureDraws:
    """Expectation draws, (n, S), at purchase rates times `factor`; the time alive is not changed."""
    return FutureDraws(
        purchases=future.purchases * factor,
        discounted_purchases=future.discounted_purchases * factor,
        discounted_alive=future.discounted_alive,
    )
