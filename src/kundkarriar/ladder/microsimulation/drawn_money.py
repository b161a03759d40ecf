"""Money of drawn purchases month by month, by the terms of a scorer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.process import base_of
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.models.drawn.purchase_draws import TILE_DRAWS, DrawnTile
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.net_by_segment import net_by_segment
from kundkarriar.scoring.terms import Terms
from kundkarriar.scoring.value_scorer import FittedValueScorer


@frozen(kw_only=True, eq=False)
class DrawnMoney:
    """Net value of drawn purchases by month.

    Attributes:
        scorer: the scorer.
        base: the customers and their terms.
        edges: ends of the months in periods from now, ascending from 0; the last is the end of the horizon, (h + 1,).
        rate: continuous discount rate per period.
        years_per_period: years per period.
        place: the place of each customer of the history among the buyers, and the prospects after them whose first
            purchase is foreseen, (n,).
    """

    scorer: FittedValueScorer
    base: CustomerBase
    edges: Array
    rate: float
    years_per_period: float
    place: Whole

    @classmethod
    def by(cls, scorer: FittedValueScorer, ahead: RungsAhead, *, days: float) -> DrawnMoney:
        """By the terms of a scorer, in the months ahead, up to a horizon of `days`."""
        unit = DAYS[scorer.purchases.period]
        base = base_of(scorer, ahead.history)
        edges = np.concatenate([[0.0], (ahead.ends - ahead.known.last) / unit])
        edges[-1] = max(edges[-1], days / unit)
        place = np.full(len(base.summary), -1)
        members = base.buyers if base.prospects is None else np.concatenate([base.buyers, base.prospects.position])
        place[members] = np.arange(len(members))
        return cls(
            scorer=scorer,
            base=base,
            edges=np.minimum(edges, days / unit),
            rate=rate_per_period(scorer.scorer.discount_rate, days=unit),
            years_per_period=unit / DAYS["Y"],
            place=place,
        )

    @cached_property
    def scores(self) -> dict[str, Array]:
        """The scores of the customers, (n,) each."""
        return self.scorer.score_base(self.base)

    @property
    def expected(self) -> Array:
        """The expected net value by the scorer of each buyer, and of each prospect whose first purchase is foreseen."""
        members = np.empty((self.place >= 0).sum(), np.int64)
        members[self.place[self.place >= 0]] = np.flatnonzero(self.place >= 0)
        return self.scores["net_value" if self.scorer.scorer.costs else "clv"][members]

    @cached_property
    def terms(self) -> Terms:
        """The terms of value of the same customers."""
        own, prospects = self.base.terms, self.base.prospects
        if prospects is None:
            return own
        return {name: np.concatenate([values, prospects.terms[name]]) for name, values in own.items()}

    def of(self, block: DrawnBlock, *, draws: int) -> Iterator[tuple[slice, Array]]:
        """The draws of each tile and the usual net value of its customers by month, (c, draws, h).

        It is 0 in all `draws` of customers without a purchase to go on from.
        """
        if not block.tiles:
            for start in range(0, draws, TILE_DRAWS):
                some = slice(start, min(start + TILE_DRAWS, draws))
                yield some, np.zeros((len(block.at), some.stop - some.start, len(self.edges) - 1))
        for tile in block.tiles:
            yield tile.draws, self.of_tile(tile, world=0)

    def of_tile(
        self, tile: DrawnTile, *, world: int, cost_factor: Array | None = None, market_factor: Array | None = None
    ) -> Array:
        """The net value of a tile's customers by month, (c, draws, h).

        `cost_factor` and `market_factor`, alike, are on the costs to serve and to market.
        """
        drawn, own = tile.worlds[world], self.place[tile.at]
        terms: Terms = {name: values[own] for name, values in self.terms.items()}
        return net_by_segment(
            row=drawn.row,
            draw=drawn.draw,
            time=drawn.time,
            amount=np.asarray(drawn.amount),
            active=drawn.active,
            terms=terms,
            edges=self.edges,
            draws=tile.draws.stop - tile.draws.start,
            rate=self.rate,
            years_per_period=self.years_per_period,
            cost_factor=cost_factor,
            market_factor=market_factor,
            since=self.first_purchases(tile, world=world),
        )

    def first_purchases(self, tile: DrawnTile, *, world: int) -> Array | None:
        """Periods from now to the first purchase of a tile's prospects, (c, draws), infinite without one.

        None of customers who have bought: blocks hold either.
        """
        if not len(tile.at) or self.place[tile.at[0]] < len(self.base):
            return None
        drawn, since = tile.worlds[world], np.full((len(tile.at), tile.draws.stop - tile.draws.start), np.inf)
        np.minimum.at(since, (drawn.row, drawn.draw), drawn.time)
        return since
