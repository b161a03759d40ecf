"""Drawn purchases of all customers in blocks: all draws of some thousand customers at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.ladder.events_ahead.events_ahead import DrawnEvents, EventsAhead
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnDays, DrawnPaths, joined
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.models.drawn.purchase_draws import TILE_CUSTOMERS, DrawnTile, PurchaseDraws, Treatments
from kundkarriar.numerics.sampling.stable_hash import stable_hash

EVENTS_STREAM, EVENT_LAWS_STREAM = 8, 9
"""Stream keys of events and of the laws of their rates; `PurchaseDraws` has 4 to 6, and newcomers 7."""


@frozen(kw_only=True, eq=False)
class DrawnBlock:
    """All draws of a block of customers.

    Attributes:
        at: places of the customers in the history, (c,).
        tiles: their draws, tile by tile; none of customers without a purchase to go on from.
        events: candidates of their events; None where no events are drawn.
        factor: factor on the number of events at each candidate in the changed world, (m,); None: 1.
        period: days per period of the tiles.
        horizon: periods for which purchases are drawn.
    """

    at: Whole
    tiles: Sequence[DrawnTile]
    events: DrawnEvents | None
    period: float
    horizon: float
    factor: Array | None = None

    def days(self, world: int, *, amounts: bool) -> DrawnDays:
        """The drawn purchases of a world, 0 as usual, then the treatments; with their `amounts` if they are asked."""
        if not self.tiles:
            nothing = np.empty(0, np.int64)
            return DrawnDays(row=nothing, draw=nothing, day=nothing)
        worlds = [(tile.worlds[world], tile.draws.start) for tile in self.tiles]
        return joined(
            DrawnDays(row=own.row, draw=own.draw + first, day=own.day, amount=own.amount if amounts else None)
            for own, first in worlds
        )

    def paths(self, ahead: RungsAhead, *, draws: int, world: int = 0) -> DrawnPaths:
        """The paths of a world through the ladder's rules."""
        days = self.days(world, amounts=bool(ahead.asking_for_money))
        return DrawnPaths.of(ahead, self.at, days, self.happening(ahead, world), draws=draws)

    def happening(self, ahead: RungsAhead, world: int = 0) -> Mapping[str, DrawnDays]:
        """The events of a world, by name: buyers have theirs while they are active."""
        if self.events is None:
            return {}
        if not len(self.events.day):
            return self.events.happening()
        edges = np.concatenate([[0], ahead.ends - ahead.known.last])
        factor = self.factor if world else None
        return self.events.happening(self.active_days(edges, world), edges=edges, factor=factor)

    def active_days(self, edges: Whole, world: int) -> Array | None:
        """Days that each buyer is active between edges in days from now, (c, S, k); None of those who never bought."""
        if not self.tiles:
            return None
        times = np.minimum(edges / self.period, self.horizon)
        active = [tile.worlds[world].active(times) for tile in self.tiles]
        return np.concatenate(active, axis=1) * self.period


Drawing: TypeAlias = Callable[[], DrawnBlock]
"""Draws a block when it is called; so blocks are drawn on several threads, and few are in memory at a time."""


def drawn_blocks(
    drawn: PurchaseDraws,
    customers: nw.Series[Any],
    *,
    treatments: Treatments = (),
    events: EventsAhead | None = None,
    later: PurchaseDraws | None = None,
) -> Iterator[Drawing]:
    """The blocks of all `customers`: those who bought, in the order of the draws, then those who never did.

    Of the latter those whose first purchase is foreseen, `later`, come first; the others are ordered by the stable hash
    of their ids, so that their draws do not depend on the order of rows.
    """
    period, whole = DAYS[drawn.purchases.period], slice(0, len(drawn))

    def block(number: int, at: Whole, tiles: Sequence[DrawnTile]) -> DrawnBlock:
        stream = np.random.default_rng(np.random.SeedSequence(drawn.entropy, spawn_key=(EVENTS_STREAM, number)))
        return DrawnBlock(
            at=at,
            tiles=tiles,
            events=None if events is None else events.draw(at, whole, stream),
            period=period,
            horizon=drawn.horizon,
        )

    def with_purchases(own: PurchaseDraws, number: int) -> DrawnBlock:
        tiles = tuple(own.block(number, treatments))
        return block(own.first_block + number, tiles[0].at, tiles)

    several = [drawn] if later is None else [drawn, later]
    never = np.setdiff1d(np.arange(len(customers)), np.concatenate([own.checked.position for own in several]))
    never = never[np.argsort(stable_hash(ids=customers.to_numpy()[never]))]
    yield from (partial(with_purchases, own, number) for own in several for number in range(own.blocks))
    first = sum(own.blocks for own in several)
    for at in range(0, len(never), TILE_CUSTOMERS):
        yield partial(block, first + at // TILE_CUSTOMERS, never[at : at + TILE_CUSTOMERS], ())
