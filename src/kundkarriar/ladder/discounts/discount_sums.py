"""What customers with a discount bring and cost, by the rung on which it was granted, draw by draw."""

from __future__ import annotations

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.ladder.microsimulation.changed_world import ChangedWorld
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.models.drawn.purchase_draws import DrawnTile


@frozen(kw_only=True, eq=False)
class Granting:
    """Who is granted a discount, and how it grows.

    Attributes:
        ahead: the rungs ahead.
        money: the terms of money.
        rung: the rung of each customer to whom it is granted, or R for others, (n,).
        escalation: g, growth of the share with each rung climbed.
        period: end of the first period, in periods of the process.
    """

    ahead: RungsAhead
    money: DrawnMoney
    rung: Whole
    escalation: float
    period: float

    @property
    def rungs(self) -> int:
        """Number of rungs, R."""
        return len(self.ahead.history.rungs)

    def growth(self, block: DrawnBlock, *, draws: int, world: int) -> Array | None:
        """(1 + g)^climbs of the customers of a block in each draw and month ahead, (c, S, h); None where it is 1.

        Climbs are those of the highest rung since the grant above that of the grant, by the month ends before each
        month: a purchase that leads to a rung is paid for at the share before it.
        """
        if self.escalation == 0 or not block.tiles:
            return None
        paths = block.paths(self.ahead, draws=draws, world=world)
        rung = self.ahead.rung_of.astype(np.int16)[paths.whole(draws=draws)]
        climbs = climbs_before(rung, now=self.ahead.rung_of[self.ahead.current()[block.at]])
        return np.asarray((1 + self.escalation) ** climbs.astype(np.float64))


def climbs_before(rung: NDArray[np.int16], *, now: Whole) -> NDArray[np.int16]:
    """Rungs climbed before each month by the highest rung so far, (c, S, h).

    Args:
        rung: rungs at the month ends, (c, S, h).
        now: rungs when the discount is granted, (c,).

    >>> rung = np.array([[[2, 0, 3, 1, 2]]], dtype=np.int16)
    >>> climbs_before(rung, now=np.array([1])).tolist()
    [[[0, 1, 1, 2, 2]]]
    """
    answer = np.zeros_like(rung)
    highest = np.maximum.accumulate(rung[..., :-1], axis=2) - now[:, None, None].astype(np.int16)
    answer[..., 1:] = np.maximum(highest, 0)
    return answer


@define(kw_only=True, eq=False)
class DiscountSums:
    """Sums over customers in one world, by the rung on which the discount was granted, that blocks are added to.

    Attributes:
        granting: to whom it is granted.
        draws: number of draws, S.
        changed: what the discount does; None for the world as usual.
        net: net value at list prices, (S, R).
        margin: the part of it that is a share of the spend, (S, R).
        spend: discounted list-price spend, (S, R).
        growing: the same, each purchase times (1 + g)^climbs, (S, R).
        first: discounted list-price spend of the first period, (S, R).
    """

    granting: Granting
    draws: int
    changed: ChangedWorld | None = None
    net: Array = field(init=False)
    margin: Array = field(init=False)
    spend: Array = field(init=False)
    growing: Array = field(init=False)
    first: Array = field(init=False)

    def __attrs_post_init__(self) -> None:
        shape = self.draws, self.granting.rungs
        self.net, self.margin, self.spend, self.growing, self.first = np.zeros((5, *shape))

    def add(self, block: DrawnBlock) -> None:
        """Add a block of customers, of which the changed world is drawn where something changes."""
        if self.changed is not None:
            block = self.changed.applied(block)
        growth = self.granting.growth(block, draws=self.draws, world=0 if self.changed is None else 1)
        for tile in block.tiles:
            self._add_tile(tile, None if growth is None else growth[:, tile.draws])

    def _add_tile(self, tile: DrawnTile, growth: Array | None) -> None:
        granting, money = self.granting, self.granting.money
        drawn, R = tile.worlds[0 if self.changed is None else 1], granting.rungs
        rung, own = granting.rung[tile.at], money.place[tile.at]
        count = tile.draws.stop - tile.draws.start
        net = money.of_tile(tile, world=0) if self.changed is None else self.changed.net_value(tile, money)
        for at in np.unique(rung[rung < R]):
            self.net[tile.draws, at] += net[rung == at].sum(axis=(0, 2))
        within = (drawn.time <= money.edges[-1]) & (rung[drawn.row] < R)
        row, draw, time = drawn.row[within], drawn.draw[within], drawn.time[within]
        spend: Array = np.exp(-money.rate * time) * np.asarray(drawn.amount)[within]
        cell = draw * R + rung[row]

        def added(values: Array) -> Array:
            return np.asarray(np.bincount(cell, weights=values, minlength=count * R).reshape(count, R))

        self.spend[tile.draws] += added(spend)
        self.margin[tile.draws] += added(spend * money.terms["margin"][own[row]])
        self.first[tile.draws] += added(spend * (time <= granting.period))
        if growth is not None:
            month = np.clip(np.searchsorted(money.edges, time, side="left") - 1, 0, growth.shape[2] - 1)
            spend = spend * growth[row, draw, month]
        self.growing[tile.draws] += added(spend)
