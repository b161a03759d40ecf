"""The world of a scenario: the same draws, with changes acting on the customers that they concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.ladder.events_ahead.events_ahead import REFERRAL, DrawnEvents
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.models.drawn.purchase_draws import DrawnTile, DrawnWorld
from kundkarriar.models.interface.dated_purchases import Treatment
from kundkarriar.numerics.increments.combined_factors import combined_factors

PROCESS = ("leaving", "returning", "purchases")
"""What changes in the purchases themselves; the other targets change their money."""


@frozen(kw_only=True, eq=False)
class ActiveChange:
    """A change as numbers.

    Attributes:
        on: the quantity that it multiplies; or "value", to which it adds.
        concerned: the customers that it concerns, (n,).
        begins, ends: from when to when, in periods from now.
        size: its size in each draw, (S,).
    """

    on: str
    concerned: Mask
    begins: float
    ends: float
    size: Array


@frozen(kw_only=True, eq=False)
class ChangedWorld:
    """Several changes together: customers whom the same ones concern are a group, with a treatment of its own.

    Attributes:
        changes: the changes, at least one.
        edges: ends of the segments within which nothing begins or ends, in periods from now, (k + 1,).
        group: group of each customer, (n,): 0 for those whom nothing concerns.
        members: which changes concern each group, (groups, changes).
    """

    changes: Sequence[ActiveChange]
    edges: Array
    group: Whole
    members: Mask

    @classmethod
    def of(cls, changes: Sequence[ActiveChange], *, n: int, horizon: float) -> ChangedWorld:
        """The world of these changes of n customers up to a horizon in periods."""
        inner = [each for change in changes for each in (change.begins, change.ends) if 0 < each < horizon]
        concerned = np.array([change.concerned for change in changes]).reshape(len(changes), n)
        nobody = np.zeros((len(changes), 1), dtype=bool)
        members, group = np.unique(np.hstack([nobody, concerned]), axis=1, return_inverse=True)
        return cls(
            changes=changes,
            edges=np.unique([0.0, horizon, *inner]),
            group=group.ravel()[1:],
            members=members.T,
        )

    def factors(self, group: int, on: str) -> Array:
        """The factor on a quantity in each segment and draw of a group, (k, S)."""
        answer = np.ones((len(self.edges) - 1, len(self.changes[0].size)))
        own = [each for each, member in zip(self.changes, self.members[group], strict=True) if member and each.on == on]
        for at, (start, end) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            if acting := [each.size for each in own if each.begins <= start and end <= each.ends]:
                answer[at] = combined_factors(acting)
        return answer

    def treatments(self) -> list[Treatment]:
        """The treatment of each group but that of customers whom nothing concerns."""
        return [
            Treatment(
                treated=self.group == number,
                edges=self.edges,
                first=self.factors(number, FIRST_PURCHASE) if self.wins else None,
                **{on: self.factors(number, on) for on in PROCESS},
            )
            for number in range(1, len(self.members))
        ]

    @property
    def wins(self) -> bool:
        """Whether any change is on the first purchase."""
        return any(change.on == FIRST_PURCHASE for change in self.changes)

    def applied(self, block: DrawnBlock) -> DrawnBlock:
        """A block of two worlds: as usual, and changed."""
        events, tiles = block.events, tuple(map(self.merged, block.tiles))
        if events is None:
            return evolve(block, tiles=tiles)
        factor = self.referral_factors(events, block.at, period=block.period)
        return evolve(block, tiles=tiles, factor=factor)

    def merged(self, tile: DrawnTile) -> DrawnTile:
        """A tile of two worlds: as usual, and changed, in which each customer goes on as its group does."""
        usual, group = tile.worlds[0], self.group[tile.at]
        several = tile.worlds
        own = [group[world.row] == number for number, world in enumerate(several)]
        row, draw, time, day = (
            np.concatenate([getattr(world, name)[some] for world, some in zip(several, own, strict=True)])
            for name in ("row", "draw", "time", "day")
        )
        order = np.lexsort((time, draw, row))
        amount = None
        if usual.amount is not None:
            amounts = [np.asarray(world.amount)[some] for world, some in zip(several, own, strict=True)]
            spend = [self.factors(number, "spend") for number in range(len(several))]
            segment = np.clip(np.searchsorted(self.edges, time, side="left") - 1, 0, len(self.edges) - 2)
            factor = np.array(spend)[group[row], segment, draw + tile.draws.start]
            amount = (np.concatenate(amounts) * factor)[order]

        def active(edges: Array) -> Array:
            answer = usual.active(edges).copy()
            for number, world in enumerate(several[1:], start=1):
                if (some := group == number).any():
                    answer[some] = world.active(edges)[some]
            return answer

        changed = DrawnWorld(
            row=row[order], draw=draw[order], time=time[order], day=day[order], active=active, amount=amount
        )
        return evolve(tile, worlds=(usual, changed))

    @property
    def most_referrals(self) -> float:
        """The largest factor on referrals, at least 1."""
        return max(1.0, *(float(self.factors(number, "referrals").max()) for number in range(len(self.members))))

    def referral_factors(self, events: DrawnEvents, at: Whole, *, period: float) -> Array:
        """The factor on the number of each candidate, (m,): that on referrals of its customer, one on other events.

        `at` are the customers of the block, (c,), and `period` the days per period.
        """
        factor, some = np.ones(len(events.day)), events.of(REFERRAL)
        sizes = np.array([self.factors(number, "referrals") for number in range(len(self.members))])
        segment = np.searchsorted(self.edges, (events.day[some] - 0.5) / period) - 1
        segment = np.minimum(segment, len(self.edges) - 2)
        factor[some] = sizes[self.group[at[events.row[some]]], segment, events.draw[some]]
        return factor

    def net_value(self, tile: DrawnTile, money: DrawnMoney) -> Array:
        """The net value of the customers of a merged tile by month in the changed world, (customers, draws, h)."""
        serve, market = (self.cost_factors(on, tile, money.edges) for on in ("cost", "marketing"))
        net = money.of_tile(tile, world=1, cost_factor=serve, market_factor=market)
        return net + self.added(tile, money.edges)

    def cost_factors(self, on: str, tile: DrawnTile, edges: Array) -> Array:
        """The mean factor between edges on the "cost" to serve, or on that of "marketing", (customers, draws, h)."""
        inside = np.clip(
            np.minimum(edges[1:, None], self.edges[1:]) - np.maximum(edges[:-1, None], self.edges[:-1]), 0.0, None
        )
        share = inside / np.maximum(np.diff(edges), np.finfo(float).tiny)[:, None]
        by_group = [(share @ self.factors(number, on)[:, tile.draws]).T for number in range(len(self.members))]
        return np.asarray(np.array(by_group)[self.group[tile.at]])

    def added(self, tile: DrawnTile, edges: Array) -> Array:
        """Money that changes of value add to each customer, in the month in which they begin, (customers, draws, h).

        It is said of the whole horizon, so it is not discounted.
        """
        h, draws = len(edges) - 1, tile.draws.stop - tile.draws.start
        money = np.zeros((len(self.members), draws, h))
        for at, change in enumerate(self.changes):
            if change.on == "value":
                month = min(int(np.searchsorted(edges, change.begins, side="right")) - 1, h - 1)
                money[self.members[:, at], :, month] += change.size[tile.draws]
        return money[self.group[tile.at]]


def sizes_drawn(changes: Sequence[Any], *, draws: int, seed: int) -> list[Array]:
    """The size of each change's effect in each draw, (draws,): one draw of each for all customers."""
    streams = np.random.default_rng([seed, 3]).spawn(len(changes))
    return [change.effect.drawn(draws, seed=stream) for change, stream in zip(changes, streams, strict=True)]
