"""Money of drawn purchases month by month, by the terms of a scorer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.models.drawn.purchase_draws import DrawnTile
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.net_by_segment import net_by_segment
from kundkarriar.scoring.value_scorer import FittedValueScorer

Factors = Callable[[DrawnTile], tuple[Array, Array]]


@frozen(kw_only=True, eq=False)
class DrawnMoney:
    """Net value of drawn purchases by month.

    Attributes:
        base: the customers and their terms.
        edges: ends of the months in periods from now, ascending from 0; the last is the end of the horizon, (h + 1,).
        rate: continuous discount rate per period.
        years_per_period: years per period.
        place: the place among the buyers of each customer of the history, (n,).
    """

    base: CustomerBase
    edges: Array
    rate: float
    years_per_period: float
    place: Whole

    @classmethod
    def by(cls, scorer: FittedValueScorer, base: CustomerBase, *, days: Whole, horizon: float) -> DrawnMoney:
        """By the terms of a scorer, in months that end on `days` from now, (h,), up to the `horizon` in periods."""
        unit = DAYS[scorer.purchases.period]
        edges = np.concatenate([[0.0], days / unit])
        edges[-1] = max(edges[-1], horizon)
        place = np.full(len(base.summary), -1)
        place[base.buyers] = np.arange(len(base.buyers))
        rate = rate_per_period(scorer.scorer.discount_rate, days=unit)
        return cls(
            base=base, edges=np.minimum(edges, horizon), rate=rate, years_per_period=unit / DAYS["Y"], place=place
        )

    def of(self, block: DrawnBlock, *, world: int) -> Iterator[tuple[slice, Array]]:
        """The draws of each tile and the net value of its customers by month, (c, draws, h)."""
        for tile in block.tiles:
            yield tile.draws, self.of_tile(tile, world=world)

    def of_tile(self, tile: DrawnTile, *, world: int) -> Array:
        """The net value of a tile's customers by month, (c, draws, h)."""
        drawn, own = tile.worlds[world], self.place[tile.at]
        terms: dict[str, Any] = {name: values[own] for name, values in self.base.terms.items()}
        return net_by_segment(
            row=drawn.row,
            draw=drawn.draw,
            time=drawn.time,
            amount=drawn.amount,
            active=drawn.active,
            terms=terms,
            edges=self.edges,
            draws=tile.draws.stop - tile.draws.start,
            rate=self.rate,
            years_per_period=self.years_per_period,
        )
