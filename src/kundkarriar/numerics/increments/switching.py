"""Increments of customers who pause and return, at given rates of purchases, of going off and of coming back.

On and off follow p' = nu - (mu + nu) p, p being the probability of being on. With other rates while treated, the
difference d of the two solutions follows d' = -(mu* + nu*) d + (nu* - nu)(1 - p) - (mu* - mu) p, whose solution over a
segment of constant rates is summed here with p = pi + (p0 - pi) exp(-k t) put in: d starts at 0 and nothing is
subtracted that is nearly equal.
"""

from itertools import product

import numpy as np
from numpy.polynomial import chebyshev

from kundkarriar.arrays import Array, Mask
from kundkarriar.numerics.increments.course import Course, CourseDifference, Window, known
from kundkarriar.numerics.special.bisection import bisected
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior

LARGEST, HALVINGS = 20.0, 48
"""Largest absolute log of a factor, and halvings of the interval in which one is sought."""
POINTS = {1: 12, 2: 8}
FEWEST_POINTS = 5
"""Where customers have factors of their own, changes are computed at some between the smallest and the largest, in
their logs: so many for each factor, by the number of factors, and the fewest for each of more of them."""
NARROW = 1e-6
"""A range of logs of factors that is not divided by."""


def posterior_change(course: Course, own: TraitPosterior) -> CourseDifference:
    """What a course changes in purchases and time on of customers with a posterior, on now or off."""
    q, weights = course.purchases.shape[1], np.hstack([course.purchases, course.active])
    means = _posterior_means(course, own, weights=weights, buying=np.arange(weights.shape[1]) < q)
    return CourseDifference(purchases=means[:, :q], active=means[:, q:])


def _posterior_means(course: Course, own: TraitPosterior, *, weights: Array, buying: Mask) -> Array:
    """Sums of the changes of P(on), where `buying` (q + c,) times the purchase rate, by weights (J, q + c): (n, q + c).

    Where customers have factors of their own, changes are interpolated in the log of the factor.
    """
    scale = np.where(buying, own.rate[:, None], 1.0)

    def mean(factors: Array) -> Array:
        on, off = change(course, leaving=own.leaving, returning=own.nu, factors=factors)
        return own.mean(scale * (on @ weights), scale * (off @ weights))

    if not course.measured:
        return mean(course.leaving)
    logs = [np.log(known(each, factor_of_odds(each.odds, each.window, own))) for each in course.measured]
    middle = np.array([0.5 * (each.max() + each.min()) for each in logs])
    half = np.array([max(0.5 * float(np.ptp(each)), NARROW) for each in logs])
    count = POINTS.get(len(logs), FEWEST_POINTS)
    places = chebyshev.chebpts1(count)
    to_coefficients = np.linalg.inv(chebyshev.chebvander(places, count - 1))
    values = [
        mean(course.joined(course.leaving[None], list(np.exp(middle + half * at)[:, None]))[0])
        for at in product(places, repeat=len(logs))
    ]
    table = np.array(values).reshape(*[count] * len(logs), *values[0].shape)
    table = np.moveaxis(table, -2, 0)  # (n, points of each factor, q)
    for own_logs, m, h in zip(logs, middle, half, strict=True):
        weights_of_points = chebyshev.chebvander((own_logs - m) / h, count - 1) @ to_coefficients
        table = np.einsum("nj,nj...q->n...q", weights_of_points, table)
    return table


def factor_of_odds(odds: float, window: Window, own: TraitPosterior) -> Array:
    """The factor on the rate of going off that gives a factor on the odds of doing so within a window, given on, (n,).

    NaN where no factor does: those who go off after the treated time are out of its reach.
    """
    share = own.on / np.maximum(own.on.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    rest = window.length - window.treated

    def leaves(log_factor: Array) -> Array:
        hazard = own.leaving * (np.exp(log_factor)[:, None] * window.treated + rest)
        return np.asarray((share * -np.expm1(-hazard)).sum(axis=1))

    usual = leaves(np.zeros(len(share)))
    aim = odds * usual / (1 - usual + odds * usual)
    low, high = np.full(len(aim), -LARGEST), np.full(len(aim), LARGEST)
    out_of_reach = (leaves(low) > aim) | (leaves(high) < aim)
    low, high = bisected(lambda log_factor: leaves(log_factor) < aim, low, high, halvings=HALVINGS)
    return np.where(out_of_reach, np.nan, np.exp(0.5 * (low + high)))


def change(course: Course, *, leaving: Array, returning: float, factors: Array) -> tuple[Array, Array]:
    """The change of P(on) at each time of a course, given on now and given off now, (N, J) each.

    `leaving` are rates of going off, (N,); `factors` are those of `course.leaving` at each, (2, k) or (N, 2, k).
    """
    factors = np.broadcast_to(factors, (len(leaving), 2, len(course.edges) - 1))
    on, off = (np.zeros((len(leaving), len(course.times))) for _ in range(2))
    p_on, p_off = np.ones(len(leaving)), np.zeros(len(leaving))
    d_on, d_off = np.zeros(len(leaving)), np.zeros(len(leaving))
    for segment, length in enumerate(np.diff(course.edges)):
        mu, more = leaving * factors[:, 0, segment], leaving * (factors[:, 1, segment] - factors[:, 0, segment])
        nu = returning * course.returning[0, segment]
        faster = returning * (course.returning[1, segment] - course.returning[0, segment])
        here = np.flatnonzero(course.segment == segment)
        t = np.append(course.times[here] - course.edges[segment], length)
        given = {"t": t, "mu": mu[:, None], "nu": nu, "more": more[:, None], "faster": faster}
        p_on, on[:, here], d_on = _segment(p_on, d_on, **given)
        p_off, off[:, here], d_off = _segment(p_off, d_off, **given)
    return on, off


def _segment(
    p: Array, d: Array, *, t: Array, mu: Array, nu: float, more: Array, faster: float
) -> tuple[Array, Array, Array]:
    """P(on) as usual at the last of the times since a segment began, the difference at all others, and at the last."""
    k, k_treated = mu + nu, mu + nu + more + faster
    apart = np.abs(k_treated - k) * t
    held, lost = np.exp(-k * t), np.exp(-k_treated * t)
    lag = t * np.maximum(held, lost) * _mean_decay(apart)
    fills = t * _mean_decay(k_treated * t)
    share, gone = nu / k, mu / k
    away = p[:, None] - share
    difference = d[:, None] * lost + (faster * gone - more * share) * fills - (faster + more) * away * lag
    return (share + away * held)[:, -1], difference[:, :-1], difference[:, -1]


def _mean_decay(z: Array) -> Array:
    """The mean of exp(-u) over u from 0 to z, which is 1 at 0."""
    return np.where(z > 0, -np.expm1(-z) / np.where(z > 0, z, 1.0), 1.0)
