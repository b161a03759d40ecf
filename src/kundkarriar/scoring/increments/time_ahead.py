"""`TimeAhead`: treated and other time ahead in the model's time, with the nodes of discounted integrals over it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.numerics.increments.course import Course, Window, time_nodes
from kundkarriar.scoring.increments.effect_sizes import EffectSizes
from kundkarriar.scoring.increments.treated_time import TreatedTime
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.purchase_rows import PurchaseRows

FINEST = 500.0
"""The horizon over the shortest scale of time that its nodes resolve."""


@frozen(kw_only=True, eq=False)
class TimeAhead:
    """The time ahead in segments, and nodes of an integral over it.

    Attributes:
        worlds: whether each segment is treated as usual, and with the treatment, (2, k).
        calendar: ends of the segments in calendar periods from now, (k + 1,).
        warped: the same in the model's time, (k + 1,).
        times: nodes in the model's time, (J,).
        segment: the segment of each node, (J,).
        buying, active: weights of the nodes in discounted integrals of what happens at a rate per model time, and of
            what is paid per calendar time, (J,).
    """

    worlds: Mask
    calendar: Array
    warped: Array
    times: Array
    segment: Whole
    buying: Array
    active: Array

    @classmethod
    def of(
        cls, treated: TreatedTime, rows: PurchaseRows, *, unit: str, discount_rate: float, clock: SeasonClock | None
    ) -> TimeAhead:
        """Nodes for customers with these histories; `discount_rate` is continuous, per calendar period `unit`."""
        edges = treated.edges / DAYS[unit]
        horizon = float(edges[-1])
        scale = min(max(float((rows.T / (rows.x + 1)).min(initial=horizon)), horizon / FINEST), horizon)
        if clock is None:
            t, width = time_nodes(edges, scale=scale)
            w, speed, warped = t, np.ones_like(t), edges
        else:
            months = clock.months(horizon)
            t, width = time_nodes(np.union1d(edges, months.start), scale=scale)
            at = np.searchsorted(months.start, t, side="right") - 1
            w, speed, warped = months.warped_at(t), months.speed[at], months.warped_at(edges)
        paid = width * np.exp(-discount_rate * t)
        return cls(
            worlds=treated.worlds,
            calendar=edges,
            warped=warped,
            times=w,
            segment=np.searchsorted(edges, t, side="right") - 1,
            buying=paid * speed,
            active=paid,
        )

    @property
    def first_treated(self) -> Mask:
        """Whether each segment is treated by the treatment, and not in any case, (k,)."""
        return np.asarray(self.worlds[1] & ~self.worlds[0])

    @property
    def calendar_spans(self) -> list[tuple[float, float]]:
        """The beginning and the end of each run of such segments, in calendar periods."""
        changes = np.diff(self.first_treated.astype(int), prepend=0, append=0)
        return list(zip(self.calendar[changes > 0].tolist(), self.calendar[changes < 0].tolist(), strict=True))

    def earlier(self, course: Course) -> Course:
        """What is treated in any case, against nothing, of the time that is treated first by the treatment."""
        here = self.first_treated[self.segment]
        leaving, returning = (
            np.stack([np.ones_like(usual), usual]) for usual in (course.leaving[0], course.returning[0])
        )
        bought, served = (self.buying * here)[:, None], (self.active * here)[:, None]
        columns, paid = course.purchases.shape[1], course.active.shape[1]
        return evolve(
            course,
            leaving=leaving,
            returning=returning,
            purchases=np.repeat(bought, columns, axis=1),
            active=served[:, :paid],
        )

    def factors(self, factor: float) -> Array:
        """A factor where treated, as usual and with the treatment, (2, k); 1 elsewhere."""
        return np.where(self.worlds, factor, 1.0)

    def course(self, sizes: Mapping[str, float], effects: EffectSizes, *, unit: str, alive: bool) -> Course:
        """The course of the process under effects of given sizes.

        The columns of purchases are gross spend, in orders of usual value, and orders; where `alive` is true, that of
        time active is the cost to serve, relative to its usual rate.
        """
        purchases, spend, cost = (self.factors(sizes[on])[1][self.segment] for on in ("purchases", "spend", "cost"))
        bought = self.buying * purchases
        window = effects.window_in(unit)
        return Course(
            edges=self.warped,
            leaving=self.factors(sizes["leaving"]),
            returning=self.factors(sizes["returning"]),
            times=self.times,
            purchases=np.stack([bought * spend, bought], axis=1),
            active=(self.active * cost)[:, None][:, : int(alive)],
            window=None if window is None else Window(length=window, treated=window),
        )
