"""Lives of customers who have not bought yet: drawn from the first purchase on, which comes on a drawn day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.models.interface.dated_purchases import DatedPurchases
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.summaries.leads.lead_rows import LeadRows

SPANS = 24
"""Spans of a horizon within which a life that ends is taken to end evenly, beside those that are asked for."""


@frozen(kw_only=True, eq=False)
class BegunLives:
    """Lives of n customers in S draws that begin within the horizon.

    Attributes:
        life: their purchases in periods since the first one, which is at 0.
        start: periods from now to the first purchase, (n, S); infinite where it never comes.
        horizon: in periods from now; nothing of a life lies after it.
    """

    life: DatedPurchases
    start: Array
    horizon: float

    @classmethod
    def of(cls, lives: DatedPurchases, *, start: Array, horizon: float) -> BegunLives:
        """Those of `lives`, as if all began now, that begin at `start` within the horizon."""
        row, draw = np.nonzero(start <= horizon)
        later = start[lives.row, lives.draw] + lives.time <= horizon
        rows, draws = np.concatenate([row, lives.row[later]]), np.concatenate([draw, lives.draw[later]])
        time = np.concatenate([np.zeros(len(row)), lives.time[later]])
        order = np.lexsort((time, draws, rows))
        life = DatedPurchases(row=rows[order], draw=draws[order], time=time[order], active=lives.active)
        return cls(life=life, start=start, horizon=horizon)

    def from_now(self) -> DatedPurchases:
        """The purchases in time from now, in the same order."""
        since = self.start[self.life.row, self.life.draw]
        return DatedPurchases(row=self.life.row, draw=self.life.draw, time=since + self.life.time, active=self.active)

    def active(self, edges: Array) -> Array:
        """Time active between edges of time from now, (n, S, k): nobody is active before the first purchase.

        A life that ends within one of `SPANS` spans is taken to be active evenly in it.
        """
        grid = np.unique(np.concatenate([[0.0], np.linspace(0.0, self.horizon, SPANS + 1), edges]))
        active = self.life.active(grid)
        so_far = np.cumsum(active, axis=2) - active
        age = np.clip(edges - self.start[..., None], 0.0, grid[-1])
        span = np.minimum(np.searchsorted(grid, age, side="right") - 1, len(grid) - 2)
        part = (age - grid[span]) / np.diff(grid)[span]
        until = np.take_along_axis(so_far, span, axis=2) + part * np.take_along_axis(active, span, axis=2)
        return np.diff(until, axis=2)


@frozen(kw_only=True, eq=False)
class LaterLives:
    """When n customers who have not bought yet first buy.

    The months to the first purchase at today's rates are drawn once; a treatment's factors on the rate make other
    months of the same numbers. Nothing else of a treatment acts on these customers. Time is that of the calendar.

    Attributes:
        first: the time to the first purchase.
        leads: the customers, (n,).
        posterior: draws of its parameters; None: those of the model in every draw.
        period: the unit of the purchase model.
        horizon: periods ahead.
    """

    first: FittedFirstPurchase
    leads: LeadRows
    posterior: Posterior | None
    period: str
    horizon: float

    def begun(
        self,
        rows: Whole,
        draws: slice,
        lives: DatedPurchases,
        *,
        treatments: Sequence[tuple[Mask, Array, Array | None]],
        generator: Generator,
    ) -> list[BegunLives]:
        """The lives that begin as usual, then under each treatment, of the customers `rows` in some draws.

        Args:
            rows: places among the n customers, (c,).
            draws: the draws, S of them.
            lives: drawn lives of these customers, as if all began now.
            treatments: of each, who is treated, (c,), the ends of segments in periods from now, (k + 1,), and
                the factors on the rate of first purchases, (k, S); None: 1.
            generator: the random stream.
        """
        posterior = None if self.posterior is None else self.posterior.some(draws)
        several = draws.stop - draws.start
        months = self.first.draw_months(self.leads.at(rows), posterior=posterior, draws=several, generator=generator)
        starts, per_month = [months], DAYS["M"] / DAYS[self.period]
        for treated, edges, factor in treatments:
            other = months
            if factor is not None and treated.any():
                other = months.copy()
                for s in range(several):
                    ahead = RateAhead(edges=edges / per_month, factor=factor[:, s])
                    other[treated, s] = ahead.months_at(months[treated, s])
            starts.append(other)
        return [BegunLives.of(lives, start=each * per_month, horizon=self.horizon) for each in starts]
