"""`TimeAhead`: segments of the time ahead in the model's time, with the nodes of discounted integrals over it."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.numerics.increments.combined_factors import combined_factors
from kundkarriar.numerics.increments.course import Course, MeasuredFactor, Window, time_nodes
from kundkarriar.scoring.increments.effect_sizes import Sizes
from kundkarriar.scoring.increments.treatment_worlds import TreatmentWorlds
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.purchase_rows import PurchaseRows

FINEST = 500.0
"""The horizon over the shortest scale of time that its nodes resolve."""


def shortest_scale(rows: PurchaseRows, *, horizon: float) -> float:
    """The shortest time of one purchase of these histories that nodes over `horizon` resolve, in periods."""
    return min(max(float((rows.T / (rows.x + 1)).min(initial=horizon)), horizon / FINEST), horizon)


@frozen(kw_only=True, eq=False)
class TimeAhead:
    """The time ahead in segments, and nodes of an integral over it.

    Attributes:
        unit: the period of the model.
        calendar: ends of the segments in calendar periods from now, (k + 1,).
        warped: the same in the model's time, (k + 1,).
        times: nodes in the model's time, (J,).
        segment: the segment of each node, (J,).
        buying, active: weights of the nodes in discounted integrals of what happens at a rate per model time, and of
            what is paid per calendar time, (J,).
    """

    unit: str
    calendar: Array
    warped: Array
    times: Array
    segment: Whole
    buying: Array
    active: Array

    @classmethod
    def of(cls, edges: Array, *, scale: float, unit: str, discount_rate: float, clock: SeasonClock | None) -> TimeAhead:
        """Nodes for segments that end at `edges`, in days; `scale` is the shortest time of one purchase, in periods.

        `discount_rate` is continuous, per calendar period `unit`.
        """
        edges = edges / DAYS[unit]
        if clock is None:
            t, width = time_nodes(edges, scale=scale)
            w, speed, warped = t, np.ones_like(t), edges
        else:
            months = clock.months(float(edges[-1]))
            t, width = time_nodes(np.union1d(edges, months.start), scale=scale)
            at = np.searchsorted(months.start, t, side="right") - 1
            w, speed, warped = months.warped_at(t), months.speed[at], months.warped_at(edges)
        paid = width * np.exp(-discount_rate * t)
        return cls(
            unit=unit,
            calendar=edges,
            warped=warped,
            times=w,
            segment=np.searchsorted(edges, t, side="right") - 1,
            buying=paid * speed,
            active=paid,
        )

    def course(self, worlds: TreatmentWorlds, sizes: Sizes, *, purchases: Array, active: Array) -> Course:
        """The course of the process under effects of given sizes.

        `purchases` and `active` are the weights of purchases and of time active in each segment, beside discounting,
        (k, q) and (k, c).
        """
        leaving, measured = worlds.factors("leaving", sizes), tuple[MeasuredFactor, ...]()
        acting = worlds.of("leaving", sizes)
        if any(effect.window for effect, _, _ in acting):  # each is a factor of the process before they act together
            ones = np.ones_like(leaving)
            leaving = combined_factors(
                [ones, *(np.where(on, size, 1.0) for each, size, on in acting if not each.window)]
            )
            measured = tuple(self._measured(each.window, size, on) for each, size, on in acting if each.window)
        return Course(
            edges=self.warped,
            leaving=leaving,
            returning=worlds.factors("returning", sizes),
            times=self.times,
            purchases=self.buying[:, None] * purchases[self.segment],
            active=self.active[:, None] * active[self.segment],
            measured=measured,
        )

    def _measured(self, window: str, odds: float, acting: Mask) -> MeasuredFactor:
        length = Period.of(window).in_units(self.unit)
        return MeasuredFactor(odds=odds, window=Window(length=length, treated=length), acting=acting)


def against_nothing(course: Course, *, world: int) -> Course:
    """One world of a course, 0 as usual and 1 treated, against that in which nothing acts."""

    def own(factors: Array) -> Array:
        return np.stack([np.ones_like(factors[world]), factors[world]])

    return evolve(
        course,
        leaving=own(course.leaving),
        returning=own(course.returning),
        measured=tuple(
            evolve(each, acting=np.stack([np.zeros_like(each.acting[world]), each.acting[world]]))
            for each in course.measured
        ),
    )
