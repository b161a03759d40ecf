"""Drawn purchases of all customers in blocks: all draws of some thousand customers at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.ladder.events_ahead.events_ahead import DrawnEvents, EventsAhead
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnDays, DrawnPaths, joined
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.models.drawn.purchase_draws import TILE_CUSTOMERS, DrawnTile, PurchaseDraws, Treatments

EVENTS_STREAM, EVENT_LAWS_STREAM = 7, 8
"""Stream keys of events and of the laws of their rates; `PurchaseDraws` has 4 to 6."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@frozen(kw_only=True, eq=False)
class DrawnBlock:
    """All draws of a block of customers.

    Attributes:
        at: places of the customers in the history, (c,).
        tiles: their draws, tile by tile; none of customers without a purchase to go on from.
        events: candidates of their events; None where no events are drawn.
        period: days per period of the tiles.
    """

    at: Whole
    tiles: Sequence[DrawnTile]
    events: DrawnEvents | None
    period: float

    def days(self, world: int) -> DrawnDays:
        """The drawn purchases of a world: 0 as usual, then the treatments."""
        if not self.tiles:
            nothing = np.empty(0, np.int64)
            return DrawnDays(row=nothing, draw=nothing, day=nothing)
        worlds = [(tile.worlds[world], tile.draws.start) for tile in self.tiles]
        return joined(DrawnDays(row=own.row, draw=own.draw + first, day=own.day) for own, first in worlds)

    def paths(self, ahead: RungsAhead, *, draws: int, world: int = 0) -> DrawnPaths:
        """The paths of a world through the ladder's rules."""
        return DrawnPaths.of(ahead, self.at, self.days(world), self._happening(ahead, world), draws=draws)

    def _happening(self, ahead: RungsAhead, world: int) -> Mapping[str, DrawnDays]:
        """The events of a world, by name: buyers have theirs while they are active."""
        if self.events is None:
            return {}
        if not self.tiles:
            return self.events.happening()
        edges = np.concatenate([[0], ahead.ends - ahead.known.last])
        active = [tile.worlds[world].active(edges / self.period) for tile in self.tiles]
        return self.events.happening(np.concatenate(active, axis=1) * self.period, edges=edges)


def drawn_blocks(
    drawn: PurchaseDraws, *, customers: int, treatments: Treatments = (), events: EventsAhead | None = None
) -> Iterator[DrawnBlock]:
    """The blocks of all `customers`: those who bought, in the order of the draws, then those who never did."""
    period, whole = DAYS[drawn.purchases.period], slice(0, len(drawn))

    def block(number: int, at: Whole, tiles: Sequence[DrawnTile]) -> DrawnBlock:
        stream = np.random.default_rng(np.random.SeedSequence(drawn.entropy, spawn_key=(EVENTS_STREAM, number)))
        return DrawnBlock(
            at=at, tiles=tiles, period=period, events=None if events is None else events.draw(at, whole, stream)
        )

    tiles: list[DrawnTile] = []
    number = 0
    for tile in drawn.tiles(treatments):
        tiles.append(tile)
        if tile.draws.stop == len(drawn):
            yield block(number, tile.at, tuple(tiles))
            tiles, number = [], number + 1
    others = np.ones(customers, dtype=bool)
    others[drawn.checked.position] = False
    for at in np.array_split(np.flatnonzero(others), -(-int(others.sum()) // TILE_CUSTOMERS) or 1):
        if len(at):
            yield block(number, at, ())
            number += 1


def while_drawing(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`function` of each item, in their order, computed on other threads while the next items are made."""
    most = cpu_count() or 1
    if most == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(max_workers=most - 1) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
