"""`Course`: factors on the process under business as usual and when treated, and what is summed over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import CapabilityError
from kundkarriar.numerics.increments.combined_factors import combined_factors
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit


@frozen(kw_only=True)
class Window:
    """The time over which the factors on leaving were measured: the treated part of it first, in periods.

    Attributes:
        length: over how long whoever left was counted, above 0.
        treated: how long of it was treated, above 0 and at most `length`.
    """

    length: float
    treated: float


@frozen(kw_only=True, eq=False)
class MeasuredFactor:
    """A factor on the odds of leaving within a window, of which a model finds the factor on the process.

    Attributes:
        odds: the factor on the odds, above 0.
        window: over what it was measured.
        acting: whether it acts in each segment as usual and treated, (2, k).
    """

    odds: float
    window: Window
    acting: Mask


@frozen(kw_only=True, eq=False)
class Course:
    """Two courses of the same process, as usual and treated, and the weights of the times at which they differ.

    Factors are constant between the edges. What a model sums are differences treated - usual of the purchase rate times
    each column of `purchases`, and of the probability of being active times each column of `active`.

    Attributes:
        edges: the ends of the segments in periods of the model, ascending from 0, (k + 1,).
        leaving: factors as usual and treated, on the odds of dropping out at each chance (models of chances) or on the
            dropout rate, (2, k).
        returning: factors on the rate of coming back of inactive customers, (2, k).
        times: when the two are compared, ascending, (J,).
        purchases: weights of the purchase rate at these times, (J, q).
        active: weights of the probability of being active, (J, c).
        measured: further factors on leaving, measured over windows, together with `leaving` by `combined_factors`.
    """

    edges: Array
    leaving: Array
    returning: Array
    times: Array
    purchases: Array
    active: Array
    measured: tuple[MeasuredFactor, ...] = ()

    @cached_property
    def passed(self) -> Array:
        """Time spent in each segment until each of `times`, (J, k)."""
        return np.clip(self.times[:, None] - self.edges[:-1], 0.0, np.diff(self.edges))

    @cached_property
    def segment(self) -> Whole:
        """The segment in which each of `times` lies, (J,)."""
        return np.clip(np.searchsorted(self.edges, self.times, side="left") - 1, 0, len(self.edges) - 2)

    @property
    def acts_on(self) -> frozenset[str]:
        """The parts of the process that are not the same when treated: "leaving", "returning"."""
        leaving = any((usual != treated).any() for usual, treated in (self.leaving, *(m.acting for m in self.measured)))
        returning = (self.returning[0] != self.returning[1]).any()
        return frozenset(name for name, differs in (("leaving", leaving), ("returning", returning)) if differs)

    @property
    def sign(self) -> int:
        """The sign of every change by leaving: 1 where no factor is larger when treated, -1, or 0 where they mix."""
        parts = [self.leaving, *(np.where(each.acting, each.odds, 1.0) for each in self.measured)]
        more = np.array([treated - usual for usual, treated in parts])
        return int((more <= 0).all()) or -int((more >= 0).all())

    def nothing(self, n: int) -> CourseDifference:
        """No change of n customers."""
        return CourseDifference(
            purchases=np.zeros((n, self.purchases.shape[1])), active=np.zeros((n, self.active.shape[1]))
        )

    def factors(self, n: int, of_odds: Callable[[float, Window], Array]) -> Array:
        """The factors on leaving of each of n customers in the process itself, (n, 2, k).

        `of_odds` gives the factor for one on the odds of leaving within a window, (n,), NaN where there is none.
        """
        plain = np.array(np.broadcast_to(self.leaving, (n, *self.leaving.shape)))
        return self.joined(plain, [known(each, of_odds(each.odds, each.window)) for each in self.measured])

    def joined(self, plain: Array, found: Sequence[Array]) -> Array:
        """Factors on leaving, (n, 2, k), together with those `found` for each of `measured`, (n,) each."""
        if not found:
            return plain
        own = [
            np.where(each.acting, factor[:, None, None], 1.0) for each, factor in zip(self.measured, found, strict=True)
        ]
        return combined_factors([plain, *own])


def known(measured: MeasuredFactor, factors: Array) -> Array:
    """The factors of n customers, (n,), that give the measured one; none may be NaN."""
    if not np.isfinite(factors).all():
        raise CapabilityError.because(
            "no factor on the chances to leave makes the odds of leaving within the window "
            f"{measured.odds:.3g} times as large for all customers.",
            hint="an effect nearer to 1; or leave `window` out, and it is a factor on each chance to leave.",
        )
    return factors


@frozen(kw_only=True, eq=False)
class CourseDifference:
    """Sums of differences treated - usual over a course, or several side by side, active now or not.

    Attributes:
        purchases: of the purchase rate with each column of weights, (n, q).
        active: of the probability of being active with each column of weights, (n, c).
    """

    purchases: Array
    active: Array

    @classmethod
    def beside(cls, parts: Sequence[CourseDifference]) -> CourseDifference:
        """The columns of several changes of the same customers side by side."""
        return cls(**{name: np.hstack([getattr(part, name) for part in parts]) for name in ("purchases", "active")})

    def by_course(self, courses: Sequence[Course]) -> tuple[CourseDifference, ...]:
        """The changes of each of several courses, whose columns stand side by side."""
        ends = np.cumsum([(each.purchases.shape[1], each.active.shape[1]) for each in courses], axis=0)[:-1].T
        parts = (np.split(whole, own, axis=1) for whole, own in zip((self.purchases, self.active), ends, strict=True))
        return tuple(CourseDifference(purchases=bought, active=active) for bought, active in zip(*parts, strict=True))


PER_E_FOLD, LEAST = 3.0, 8
"""Nodes of a segment: so many, and so many more for each factor of e between its length and the shortest scale."""


def time_nodes(edges: Array, *, scale: float) -> tuple[Array, Array]:
    """Times from the first edge to the last and their weights in an integral over time, (J,) each.

    Gauss-Legendre nodes in ln(1 + t / scale) from the start of each segment, where a change of the process sets in: it
    goes on on scales of `scale`, the time of one purchase, and longer.
    """
    times, weights = [np.empty(0)], [np.empty(0)]
    for start, end in pairwise(edges.tolist()):
        span = np.log1p((end - start) / scale)
        nodes, parts = gauss_legendre_unit(LEAST + int(np.ceil(PER_E_FOLD * span)))
        since = scale * np.expm1(span * nodes)
        times.append(start + since)
        weights.append(parts * span * (scale + since))
    return np.concatenate(times), np.concatenate(weights)
