"""Residual expectations of a model in warped time, discounted in calendar time.

A model fitted to warped time gives the expected purchases N(w) and the survival probability S(w) at the warped time w.
With w(t) the warped time at calendar time t, discounted purchases are, by parts,

    exp(-rate h) N(w(h)) + the integral of rate exp(-rate t) N(w(t)) over (0, h),

and the discounted time alive is the integral of exp(-rate t) S(w(t)). Both integrands are smooth within a month, so
each month has its own quadrature nodes. Where customers pause and return, S is not known but its integral over warped
time is, and the discounted time active is found by parts, month by month.
"""

from collections.abc import Callable

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.season.warped_time import WarpedMonths, annuity

NEAR_YEARS = 3.0
"""Quadrature by month covers the first three years. After that, purchases are discounted as if warped time were
calendar time. The relative error is at most exp(rate x lead) - 1: at 10 percent a year and a lead of 30 days .8 percent
of the value beyond three years, and zero over whole years at a constant rate."""

NODES_IN_MONTH = {True: gauss_legendre_unit(2), False: gauss_legendre_unit(1)}
"""Two nodes a month within the first year, where new customers drop out fast, then one. Relative to twelve nodes a
month, on the CDNOW sample with a December of 1.6: clv within 1e-7, cost within 2e-6, lifelong clv within 5e-6."""
PURCHASE_DIFFERENCES = ("kept_purchases", "won_purchases")
TIME_DIFFERENCES = ("kept_alive", "won_alive")
AT_ONCE = np.array([[1.0], [0.0], [1.0], [1.0]])
"""Derivatives of the time active, and of its differences, at once."""
STEP = 1e-3
"""Relative step of the derivative of the time active in a month in which nobody buys."""


def seasonal_expectation(
    expectation: Callable[[float, float], ResidualExpectation], *, horizon: float, rate: float, clock: SeasonClock
) -> ResidualExpectation:
    """The residual expectation of each row, discounted in calendar time.

    `expectation` is the model's by warped horizon and discount rate; `horizon`, which may be infinite, is in periods of
    the calendar, and `rate` is continuous per such period.
    """
    year = DAYS["Y"] / DAYS[clock.period]
    near = min(horizon, NEAR_YEARS * year)
    ahead, at_end = clock.months(near), expectation(clock.warped(near), 0.0)
    purchases = np.exp(-rate * ahead.end) * _purchases(at_end)
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
            purchases = purchases + discount * rate * _purchases(at_node)
            alive = alive + discount * (1 - at_node.p_leaves)
    if at_end.returning is not None:
        alive = _time_active(expectation, ahead, rate=rate)
    elif np.isnan(at_end.p_leaves).all():
        alive = _time(at_end)
    if horizon > near:
        at_end, until_near = (expectation(clock.warped(periods), rate) for periods in (horizon, near))
        purchases = purchases + _purchases(at_end, discounted=True) - _purchases(until_near, discounted=True)
        alive = alive + _time(at_end) - _time(until_near)
    back = at_end.returning and evolve(
        at_end.returning,
        **dict(zip(("discounted_purchases", *PURCHASE_DIFFERENCES), purchases[1:], strict=True)),
        **dict(zip(("discounted_alive", *TIME_DIFFERENCES), alive[1:], strict=True)),
    )
    return evolve(at_end, discounted_purchases=purchases[0], discounted_alive=alive[0], returning=back)


def _time_active(
    expectation: Callable[[float, float], ResidualExpectation], ahead: WarpedMonths, *, rate: float
) -> Array:
    """The discounted time active, and its differences, of customers who pause and return, (4, n).

    With A(w) the time active within warped time w, a month of speed s adds the integral of exp(-rate t) dA(w(t)) / s,
    by parts; a month in which warped time stands adds exp(-rate t) A'(w).
    """

    def time(w: float) -> Array:
        return _time(expectation(w, 0.0)) if w > 0 else np.zeros_like(_time(at_end))

    at_end = expectation(ahead.warped_end, 0.0)
    active = np.zeros_like(_time(at_end))
    ends = [*ahead.warped[1:], ahead.warped_end]
    for start, length, speed, w, w_end in zip(ahead.start, ahead.length, ahead.speed, ahead.warped, ends, strict=True):
        opens, closes = np.exp(-rate * start), np.exp(-rate * (start + length))
        if speed > 0:
            nodes, weights = NODES_IN_MONTH[True]
            within = closes * time(w_end) - opens * time(w)
            for node, weight in zip(nodes * length, weights * length, strict=True):
                within = within + weight * rate * opens * np.exp(-rate * node) * time(w + speed * node)
            active = active + within / speed
        else:
            step = min(w, STEP * ahead.warped_end)
            slope = (time(w + step) - time(w - step)) / (2 * step) if w > 0 else AT_ONCE
            active = active + slope * annuity(start, length, rate)
    return active


def _purchases(ahead: ResidualExpectation, *, discounted: bool = False) -> Array:
    """Purchases of customers active now and, where they return, inactive now, and the differences, (1 or 4, n)."""
    part = "discounted_purchases" if discounted else "purchases"
    return _parts(ahead, part, PURCHASE_DIFFERENCES)


def _time(ahead: ResidualExpectation) -> Array:
    """Time alive of customers active now and, where they return, inactive now, and the differences, (1 or 4, n)."""
    return _parts(ahead, "discounted_alive", TIME_DIFFERENCES)


def _parts(ahead: ResidualExpectation, part: str, differences: tuple[str, ...]) -> Array:
    back = () if ahead.returning is None else [getattr(ahead.returning, name) for name in (part, *differences)]
    return np.stack([getattr(ahead, part), *back])
