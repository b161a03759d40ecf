"""Slopes of a history's density in the working coordinates, when the moment of leaving is known.

theta = (ln(r / alpha), ln r, ln(s / beta), ln s) and with ageing ln b. Given that the customer left at t, or is
alive at t, the log density is that of two gammas: purchases are x events in the exposure t, leaving is one event, or
none, in the exposure u(t). With a shape, a rate, a count c and an exposure e, each is

    V = -shape ln(1 + e / rate) - c ln(rate + e) + (what depends on the shape and c alone).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.numerics.pareto import gompertz_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Scores:
    """First slopes, k arrays, and second slopes, those that are not zero, by pairs of coordinates i <= j.

    Of lnΓ(r + x) - lnΓ(r), which has nothing to do with the moment of leaving, no slopes are in here.
    """

    first: tuple[Array, ...]
    second: dict[tuple[int, int], Array]


@frozen(kw_only=True)
class Timed:
    """The parameters of both gammas: numbers, or one a row.

    Attributes:
        r, alpha: shape and rate of the gamma over purchase rates.
        s, beta: of the one over rates of leaving in warped time.
        b: ageing; 0 for Pareto/NBD.
    """

    r: Any
    alpha: Any
    s: Any
    beta: Any
    b: Any = 0.0


def log_density(t: Any, *, x: Any, law: Timed) -> Array:
    """V of x purchases, the customer being alive at `t`, elementwise."""
    bought = -law.r * np.log1p(t / law.alpha) - x * np.log(law.alpha + t)
    return np.asarray(bought - law.s * gompertz_time.log_growth(t, since=0.0, c=law.beta, b=law.b))


def scores(t: Any, *, x: Any, left: float, law: Timed) -> Scores:
    """Slopes at the moment `t`, for a customer with `x` purchases who left then (1.0) or is still alive (0.0).

    >>> one = scores(np.array([10.0]), x=2.0, left=0.0, law=Timed(r=1.0, alpha=10.0, s=0.5, beta=20.0))
    >>> [float(part[0].round(4)) for part in one.first]
    [0.5, -1.1931, -0.1667, -0.0361]
    """
    b = law.b
    bought, bought_twice = _gamma(law.r, x, np.log1p(t / law.alpha))
    worn = gompertz_time.log_growth(t, since=0.0, c=law.beta, b=b)  # u(t) itself overflows for the old
    gone, gone_twice = _gamma(law.s, left, worn)
    first = [*bought, gone[0], gone[1] + left]
    second = {**bought_twice, **{(i + 2, j + 2): part for (i, j), part in gone_twice.items()}}
    if gompertz_time.ages(b):
        wear, bend = gompertz_time.slopes(t, c=law.beta, b=b)
        share = np.exp(-worn)
        events = law.s + left
        first.append(left * b * t - events * wear)
        second[2, 4] = -events * share * wear
        second[3, 4] = (events * share - law.s) * wear
        second[4, 4] = left * b * t - events * (bend - wear * wear)
    return Scores(first=tuple(first), second=second)


def _gamma(shape: Any, count: Any, worn: Any) -> tuple[list[Array], dict[tuple[int, int], Array]]:
    """Slopes of V in (ln(shape / rate), ln shape), where `worn` is ln(1 + exposure / rate)."""
    late, early = np.exp(-worn), -np.expm1(-worn)
    expected = shape * early
    shift = expected - count * late  # slope in ln rate
    bend = -(shape + count) * late * early
    unseen = -shape * worn
    first = [-shift, unseen + shift]
    return first, {(0, 0): bend, (0, 1): -(expected + bend), (1, 1): unseen + 2.0 * expected + bend}
