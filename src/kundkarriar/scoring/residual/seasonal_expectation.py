"""Residual expectations of a model in warped time, discounted in calendar time.

A model fitted to warped time gives the expected purchases N(w) and the survival probability S(w) at the warped time w.
With w(t) the warped time at calendar time t, discounted purchases are, by parts,

    exp(-rate h) N(w(h)) + the integral of rate exp(-rate t) N(w(t)) over (0, h),

and the discounted time alive is the integral of exp(-rate t) S(w(t)). Both integrands are smooth within a month, so
each month has its own quadrature nodes.
"""

from collections.abc import Callable

import numpy as np
from attrs import evolve

from kundkarriar.dates.period import DAYS
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit
from kundkarriar.season.season_clock import SeasonClock

NEAR_YEARS = 3.0
"""Quadrature by month covers the first three years. After that, purchases are discounted as if warped time were
calendar time. The relative error is at most exp(rate x lead) - 1: at 10 percent a year and a lead of 30 days .8 percent
of the value beyond three years, and zero over whole years at a constant rate."""

NODES_IN_MONTH = {True: gauss_legendre_unit(2), False: gauss_legendre_unit(1)}
"""Two nodes a month within the first year, where new customers drop out fast, then one. Relative to twelve nodes a
month, on the CDNOW sample with a December of 1.6: clv within 1e-7, cost within 2e-6, lifelong clv within 5e-6."""


def seasonal_expectation(
    expectation: Callable[[float, float], ResidualExpectation], *, horizon: float, rate: float, clock: SeasonClock
) -> ResidualExpectation:
    """The residual expectation of each row, given alive, discounted in calendar time.

    `expectation` is the model's by warped horizon and discount rate; `horizon`, which may be infinite, is in periods of
    the calendar, and `rate` is continuous per such period.
    """
    year = DAYS["Y"] / DAYS[clock.period]
    near = min(horizon, NEAR_YEARS * year)
    ahead, at_end = clock.months(near), expectation(clock.warped(near), 0.0)
    purchases = np.exp(-rate * ahead.end) * at_end.purchases
    alive = np.zeros_like(purchases)
    for start, length, speed in zip(ahead.start, ahead.length, ahead.speed, strict=True):
        nodes, weights = NODES_IN_MONTH[bool(start < year and speed > 0)]
        times = start + nodes * length
        for t, weight in zip(times, weights * length, strict=True):
            discount = weight * np.exp(-rate * t)
            w = float(ahead.warped_at(t))
            if w <= 0:
                alive = alive + discount
                continue
            at_node = expectation(w, 0.0)
            purchases = purchases + discount * rate * at_node.purchases
            alive = alive + discount * (1 - at_node.p_leaves)
    if np.isnan(at_end.p_leaves).all():
        alive = at_end.discounted_alive
    if horizon > near:
        at_end, until_near = (expectation(clock.warped(periods), rate) for periods in (horizon, near))
        purchases = purchases + at_end.discounted_purchases - until_near.discounted_purchases
        alive = alive + at_end.discounted_alive - until_near.discounted_alive
    return evolve(at_end, discounted_purchases=purchases, discounted_alive=alive)
