"""Drawn purchases of all customers in blocks: all draws of some thousand customers at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnDays, joined
from kundkarriar.models.drawn.purchase_draws import DrawnTile, PurchaseDraws, Treatments

Item = TypeVar("Item")
Result = TypeVar("Result")


@frozen(kw_only=True, eq=False)
class DrawnBlock:
    """All draws of a block of customers.

    Attributes:
        at: places of the customers in the history, (c,).
        tiles: their draws, tile by tile; none of customers without a purchase to go on from.
    """

    at: Whole
    tiles: Sequence[DrawnTile]

    def days(self, world: int) -> DrawnDays:
        """The drawn purchases of a world: 0 as usual, then the treatments."""
        if not self.tiles:
            nothing = np.empty(0, np.int64)
            return DrawnDays(row=nothing, draw=nothing, day=nothing)
        worlds = [(tile.worlds[world], tile.draws.start) for tile in self.tiles]
        return joined(DrawnDays(row=own.row, draw=own.draw + first, day=own.day) for own, first in worlds)


def drawn_blocks(drawn: PurchaseDraws, *, customers: int, treatments: Treatments = ()) -> Iterator[DrawnBlock]:
    """The blocks of all `customers`: those who bought, in the order of the draws, then those who never did."""
    tiles: list[DrawnTile] = []
    for tile in drawn.tiles(treatments):
        tiles.append(tile)
        if tile.draws.stop == len(drawn):
            yield DrawnBlock(at=tile.at, tiles=tuple(tiles))
            tiles = []
    others = np.ones(customers, dtype=bool)
    others[drawn.checked.position] = False
    if others.any():
        yield DrawnBlock(at=np.flatnonzero(others), tiles=())


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
