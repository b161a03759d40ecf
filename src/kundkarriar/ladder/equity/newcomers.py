"""Drawn customers to come: when they first buy, what they bring within the horizon, and whom they refer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.frames import narrow, new_frame
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.models.drawn.purchase_draws import TILE_CUSTOMERS, DrawnTile, PurchaseDraws
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.drawn_amounts import DrawnAmounts
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.summaries.checked_summary import CheckedRows


@frozen(kw_only=True, eq=False)
class Newcomers:
    """Customers who come within the horizon, in all draws.

    Attributes:
        draw: the draw in which each comes, (m,).
        day: days from now to the first purchase, above 0, (m,).
        worlds: in which worlds each comes, (m, W).
        of: where each comes from, a code, (m,).
    """

    draw: Whole
    day: Array
    worlds: Mask
    of: Whole

    def __len__(self) -> int:
        return len(self.day)

    def at(self, some: Whole | Mask) -> Newcomers:
        """Those at some places."""
        return Newcomers(draw=self.draw[some], day=self.day[some], worlds=self.worlds[some], of=self.of[some])

    @classmethod
    def joined(cls, parts: Sequence[Newcomers]) -> Newcomers:
        """Several together, at least one part."""
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in ("draw", "day", "worlds", "of")
            }
        )


@frozen(kw_only=True, eq=False)
class ReferralLaw:
    """How newcomers refer, while they are active.

    Attributes:
        mean, shape: the gamma of their rates a day in each draw, (S,).
        conversion: share of referrals that bring a customer in each draw, (S,).
        lag: days from a referral to the first purchase.
        code: where those come from whom newcomers refer.
    """

    mean: Array
    shape: Array
    conversion: Array
    lag: int
    code: int


@define(kw_only=True, eq=False)
class NewcomerLives:
    """Lives of newcomers within the horizon, drawn like those of today's customers.

    Each newcomer is one of the latest ones, taken at random: with the first order, the covariates, the spend and the
    terms of that one, the mean share of returns, and purchases from the first one on by the process, with the
    parameters and the level of the draw. Costs to serve and referrals follow the time active month by month of life;
    under a season that is time active as from today.

    Attributes:
        money: terms and months of today's customers.
        known: the drawn purchases of today's customers.
        latest: the latest newcomers, at least one.
        law: how newcomers refer; None: not at all.
        generator: the random stream.
        blocks: number of blocks of customers drawn so far, whose random streams are used up.
    """

    money: DrawnMoney
    known: PurchaseDraws
    latest: LatestNewcomers
    law: ReferralLaw | None
    generator: Generator
    blocks: int = field()

    @blocks.default
    def _of_known(self) -> int:
        return self.known.blocks

    def of(self, new: Newcomers) -> tuple[Array, Array, Newcomers]:
        """The net value of each newcomer, (m,), the referrals that each makes, (m,), and whom these bring."""
        index, latest, row = self._placed(new)
        pool, amounts = self._pool(latest), self.known.amounts
        drawn = evolve(
            self.known,
            checked=pool.checked,
            like=pool.summary.to_native(),
            amounts=evolve(amounts, base=pool) if isinstance(amounts, DrawnAmounts) else amounts,
            horizon=self._horizon,
            first_block=self.blocks,
        )
        self.blocks += drawn.blocks
        net, made, brought = self._first_orders(new, latest[row]), np.zeros(len(new)), [new.at(np.empty(0, np.int64))]
        terms = {name: values[row] for name, values in pool.terms.items()}
        for tile in drawn.tiles():
            cells = index[tile.at][:, tile.draws]
            self._add_purchases(net, new, tile, cells, terms=terms)
            if self.law is not None or terms["serve"].any():
                place, draw = np.nonzero(cells >= 0)
                who = cells[place, draw]
                days, left = self._active(tile.worlds[0].active(self.money.edges)[place, draw], new.day[who])
                net[who] -= terms["serve"][who] * (days * self._discount(new.day[who], left)).sum(axis=1) / DAYS["Y"]
                if self.law is not None:
                    made[who], children = self._referred(self.law, new.at(who), days, left)
                    brought.append(children)
        return net, made, Newcomers.joined(brought)

    @property
    def _unit(self) -> float:
        return DAYS[self.known.purchases.period]

    @property
    def _horizon(self) -> float:
        """The horizon in periods."""
        return float(self.money.edges[-1])

    def _placed(self, new: Newcomers) -> tuple[Whole, Whole, Whole]:
        """Newcomers in cells of rows and draws, each cell once.

        Returns the newcomer in each cell, (P, S), -1 for none; the latest newcomer of each row, (P,); and the row of
        each newcomer, (m,).
        """
        S, m = len(self.known), len(self.latest)
        counts = np.bincount(new.draw, minlength=S)
        P = max(int(counts.max()), min(m, TILE_CUSTOMERS))
        latest = np.resize(self.generator.permutation(m), P)
        order, ends = np.argsort(new.draw, kind="stable"), np.cumsum(counts)
        row = np.empty(len(new), np.int64)
        for end, count in zip(ends, counts, strict=True):
            row[order[end - count : end]] = self.generator.permutation(P)[:count]
        index = np.full((P, S), -1)
        index[row, new.draw] = np.arange(len(new))
        return index, latest, row

    def _pool(self, latest: Whole) -> CustomerBase:
        """Customers like the latest newcomers at these places, (P,), as on the day of the first purchase."""
        base, own, nobody = self.money.base, self.latest.buyers[latest], np.zeros(len(latest), dtype=bool)
        ids = new_frame({"customer_id": np.arange(len(latest))}, like=base.summary.to_native())
        terms = {name: values[own] for name, values in base.terms.items()}
        return CustomerBase(
            summary=narrow(ids, need="equity"),
            checked=CheckedRows(
                rows=self.latest.rows.at(latest),
                position=np.arange(len(latest)),
                prospect=nobody,
                unknown=nobody,
                period=base.checked.period,
                season=base.checked.season,
            ),
            orders=self.latest.orders[latest],
            spent=self.latest.spent[latest],
            order_value=self.latest.order_value[latest],
            terms=terms | {"returned": np.full(len(own), self.money.scorer.return_mean)},
            clock=base.clock,
        )

    def _first_orders(self, new: Newcomers, latest: Whole) -> Array:
        """What the first order of each newcomer brings, less the cost to market, (m,)."""
        terms = {name: values[self.latest.buyers[latest]] for name, values in self.money.base.terms.items()}
        first = terms["margin"] * (1 - self.money.scorer.return_mean) * self.latest.first_order[latest]
        since = np.minimum(new.day / self._unit, self._horizon)
        rate = self.money.rate
        ahead = (np.exp(-rate * since) - np.exp(-rate * self._horizon)) / rate if rate else self._horizon - since
        market = terms["market"] * ahead * self.money.years_per_period
        return np.asarray((first - terms["handle"]) * np.exp(-rate * since) - market)

    def _add_purchases(
        self, net: Array, new: Newcomers, tile: DrawnTile, cells: Whole, *, terms: dict[str, Array]
    ) -> None:
        """Add what the later purchases of a tile bring to the net value of each newcomer."""
        world = tile.worlds[0]
        who = cells[world.row, world.draw]
        own = np.flatnonzero(who >= 0)
        who = who[own]
        time = self._calendar(new.day[who] / self._unit, world.time[own])
        paid = terms["margin"][who] * np.asarray(world.amount)[own] - terms["handle"][who]
        paid = paid * np.exp(-self.money.rate * time) * (time <= self._horizon)
        net += np.bincount(who, weights=paid, minlength=len(net))

    def _calendar(self, since: Array, life: Array) -> Array:
        """Periods from now to purchases at times of `life`, as if it began now, of lives that begin at `since`.

        Those beyond the horizon lie a period after it.
        """
        if self.money.base.clock is None:
            return since + life
        months = self.money.base.clock.months(self._horizon)
        warped = months.warped_at(since) + months.warped_at(life)
        time = months.time_at(np.minimum(warped, months.warped_end))
        return np.where(warped <= months.warped_end, time, self._horizon + 1.0)

    def _active(self, active: Array, day: Array) -> tuple[Array, Array]:
        """Days active in each month of life and its days within the horizon, (c, h) each, of lives from `day` on."""
        edges = self.money.edges * self._unit
        length = np.diff(edges)
        left = np.clip(edges[-1] - day[:, None] - edges[:-1], 0.0, length)
        return active * self._unit * left / length, left

    def _discount(self, day: Array, left: Array) -> Array:
        """The discount factor in the middle of what is left of each month of life, (c, h)."""
        middle = day[:, None] + self.money.edges[:-1] * self._unit + left / 2
        return np.asarray(np.exp(-self.money.rate * middle / self._unit))

    def _referred(self, law: ReferralLaw, who: Newcomers, days: Array, left: Array) -> tuple[Whole, Newcomers]:
        """The referrals of newcomers, (c,), from their days active in each month of life, and whom they bring."""
        shape, mean = law.shape[who.draw], law.mean[who.draw]
        finite = np.isfinite(shape)
        rate = mean.copy()
        rate[finite] *= self.generator.standard_gamma(shape[finite]) / shape[finite]
        made = self.generator.poisson(rate[:, None] * days)
        bring = self.generator.binomial(made, law.conversion[who.draw][:, None])
        row, month = np.nonzero(bring)
        count = bring[row, month]
        row, month = np.repeat(row, count), np.repeat(month, count)
        within = self.money.edges[month] * self._unit + left[row, month] * self.generator.random(len(row))
        children = evolve(who.at(row), day=who.day[row] + within + law.lag, of=np.full(len(row), law.code))
        return made.sum(axis=1), children.at(children.day / self._unit <= self._horizon)
