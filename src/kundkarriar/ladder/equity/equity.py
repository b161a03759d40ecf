"""Customer equity: values of today's customers and of those to come, draw by draw, as usual and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame, text_column
from kundkarriar.ladder.equity.newcomers import NewcomerLives, Newcomers
from kundkarriar.ladder.equity.referrals import PastReferrals
from kundkarriar.ladder.events_ahead.events_ahead import REFERRAL
from kundkarriar.ladder.microsimulation.changed_world import ChangedWorld
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.scoring.newcomers.arrivals import FittedArrivals

BASE, REFERRED, ARRIVALS, TOTAL = "base", "referred", "arrivals", "total"
BY_RUNG, BY_NEWCOMERS = "referred by rung now", "referred by newcomers"


@frozen(kw_only=True, eq=False)
class DrawnReferrals:
    """Referrals of today's customers that bring customers.

    Attributes:
        past: the referrals so far, with the spec.
        conversion: share of them that bring a customer in each draw, (S,).
    """

    past: PastReferrals
    conversion: Array

    def bring(self, draw: Whole, generator: Generator) -> Mask:
        """Which referrals of these draws bring a customer, (m,)."""
        return np.asarray(generator.random(len(draw)) < self.conversion[draw])

    @property
    def lag(self) -> int:
        """Days from a referral to the first purchase."""
        return self.past.referrals.lag_days


@define(kw_only=True, eq=False)
class EquitySums:
    """Sums over customers, today's and to come, in each world and draw; blocks of today's customers are added to them.

    Attributes:
        ahead: the rungs, of which the present one counts.
        days: days of the horizon.
        draws: number of draws, S.
        money: the terms of money.
        world: what changes; None: one world, as usual.
        referrals: the referrals; None: none are counted.
        generator: the random stream of referrals.
        base: net value of today's customers, (W, S).
        made: referrals by who makes them, (W, S, R + 2): by rung now, then by newcomers; the last is empty.
        count, value: customers to come by who referred them, and their net value, alike; the last is of arrivals.
        coming: those whom today's customers refer.
        won: draw and day of the first purchases of today's prospects, as usual.
    """

    ahead: RungsAhead
    days: float
    draws: int
    money: DrawnMoney
    world: ChangedWorld | None
    referrals: DrawnReferrals | None
    generator: Generator
    base: Array = field(init=False)
    made: Array = field(init=False)
    count: Array = field(init=False)
    value: Array = field(init=False)
    coming: list[Newcomers] = field(init=False, factory=list)
    won: list[tuple[Whole, Array]] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        W, S, R = 1 if self.world is None else 2, self.draws, len(self.ahead.history.rungs)
        self.base = np.zeros((W, S))
        self.made, self.count, self.value = (np.zeros((W, S, R + 2)) for _ in range(3))
        if self.referrals is not None:
            self._wait(self.referrals)

    @property
    def rung(self) -> Whole:
        """The rung of each customer now, (n,)."""
        return self.ahead.rung_of[self.ahead.current()]

    @property
    def by_newcomers(self) -> int:
        """The code of those whom newcomers refer; that of arrivals follows it."""
        return len(self.ahead.history.rungs)

    def add(self, block: DrawnBlock) -> None:
        """Add a block of today's customers."""
        whole = block if self.world is None else self.world.applied(block)
        for at in range(len(self.base)):
            for tile in whole.tiles:
                changed = self.world if at else None
                net = changed.net_value(tile, self.money) if changed else self.money.of_tile(tile, world=0)
                self.base[at, tile.draws] += net.sum(axis=(0, 2))
        for tile in whole.tiles:
            since = self.money.first_purchases(tile, world=0)
            if since is not None:
                row, draw = np.nonzero(np.isfinite(since))
                self.won.append((draw + tile.draws.start, since[row, draw] * DAYS[self._unit]))
        if self.referrals is not None:
            self._refer(whole, self.referrals)

    def _refer(self, block: DrawnBlock, referrals: DrawnReferrals) -> None:
        """Draw what comes of the referrals of a block; what happens in both worlds brings the same customer."""
        events = block.events
        if events is None:
            return
        own, edges = events.of(REFERRAL), self._edges
        happens = [
            events.happens(block.active_days(edges, at), edges=edges, factor=block.factor if at else None)[own]
            for at in range(len(self.base))
        ]
        draw, day, rung = events.draw[own], events.day[own], self.rung[block.at[events.row[own]]]
        worlds = np.stack(happens, axis=1) & (day <= self.days)[:, None]
        for at in range(len(self.base)):
            np.add.at(self.made[at], (draw[worlds[:, at]], rung[worlds[:, at]]), 1.0)
        brings = referrals.bring(draw, self.generator)
        self._comes(draw, day + referrals.lag - 0.5, rung, worlds & brings[:, None])

    @property
    def _edges(self) -> Whole:
        """Ends of the months in days from now, up to the end of the horizon."""
        return np.unique([0, *(self.ahead.ends - self.ahead.known.last), int(np.ceil(self.days))])

    def _wait(self, referrals: DrawnReferrals) -> None:
        """Draw what comes of the referrals of the last days, which may bring a customer yet."""
        past = referrals.past
        waiting = np.repeat(past.waiting, self.draws)
        draw = np.tile(np.arange(self.draws), len(past.waiting))
        worlds = np.repeat(referrals.bring(draw, self.generator)[:, None], len(self.base), axis=1)
        day = past.day[waiting] - past.last + referrals.lag - 0.5
        self._comes(draw, day, self.rung[past.code[waiting]], worlds)

    def _comes(self, draw: Whole, day: Any, of: Whole, worlds: Mask) -> None:
        some = worlds.any(axis=1) & (day <= self.days)
        self.coming.append(Newcomers(draw=draw[some], day=day[some], worlds=worlds[some], of=of[some]))

    def arrive(self, arrivals: FittedArrivals) -> None:
        """Draw the newcomers of each month who come by themselves, and are not known as prospects today.

        The forecast is of all first purchases; those of today's prospects are in the base, and taken from it.
        """
        ahead, start, end = arrivals.ahead(f"{int(np.ceil(self.days))}D")
        number = arrivals.drawn(ahead, draws=self.draws, generator=self.generator).astype(np.int64)
        for draw, day in self.won:
            within = day <= self.days
            date = self.ahead.known.last + np.maximum(np.ceil(day[within]), 1)  # who buys at once does so tomorrow
            month = np.searchsorted(start, date, side="right") - 1
            np.subtract.at(number, (month, draw[within]), 1)
        number = np.maximum(number, 0)
        month, draw = (np.repeat(each.ravel(), number.ravel()) for each in np.indices(number.shape))
        day = start[month] - self.ahead.known.last - 1 + (end - start + 1)[month] * self.generator.random(len(month))
        of = np.full(len(draw), self.by_newcomers + 1)
        self._comes(draw, day, of, np.ones((len(draw), len(self.base)), dtype=bool))

    @property
    def comes(self) -> bool:
        """Whether anybody comes in any draw."""
        return any(map(len, self.coming))

    def live(self, lives: NewcomerLives, *, costs: Array) -> None:
        """Add the lives of all who come, and of those whom they refer, and so on.

        Args:
            lives: draws them.
            costs: what each of them costs on the day of the first purchase, by where they come from, (R + 2,).
        """
        if not self.comes:
            return
        generation = Newcomers.joined(self.coming)
        while len(generation):
            net, made, children = lives.of(generation)
            net = net - costs[generation.of] * np.exp(-self.money.rate * generation.day / DAYS[self._unit])
            for at in range(len(self.base)):
                some = generation.worlds[:, at]
                cell = generation.draw[some], generation.of[some]
                np.add.at(self.count[at], cell, 1.0)
                np.add.at(self.value[at], cell, net[some])
                np.add.at(self.made[at], (cell[0], np.full(len(cell[0]), self.by_newcomers)), made[some])
            generation = children

    @property
    def _unit(self) -> str:
        return str(self.money.scorer.purchases.period)


@frozen(kw_only=True)
class _Row:
    """A row of the table; each array is by world and draw, (W, S)."""

    part: str
    value: Array
    customers: Array
    made: Array | None = None
    rung: str | None = None


def equity_table(sums: EquitySums, *, level: float, like: Any) -> Any:
    """The frame of `FittedMicrosimulation.equity`."""
    n, new = np.full_like(sums.base, len(sums.ahead.history)), sums.by_newcomers
    rows = [_Row(part=BASE, value=sums.base, customers=n)]
    referred, arrived = sums.value[..., : new + 1].sum(axis=2), sums.value[..., new + 1]
    come, others = sums.count[..., : new + 1].sum(axis=2), sums.count[..., new + 1]
    if sums.referrals is not None:
        rows.append(_Row(part=REFERRED, value=referred, customers=come, made=sums.made.sum(axis=2)))
    rows.append(_Row(part=ARRIVALS, value=arrived, customers=others))
    rows.append(_Row(part=TOTAL, value=sums.base + referred + arrived, customers=n + come + others))
    if sums.referrals is not None:
        names = [(BY_RUNG, rung.name) for rung in sums.ahead.history.rungs] + [(BY_NEWCOMERS, None)]
        rows += [
            _Row(
                part=part,
                rung=rung,
                value=sums.value[..., at],
                customers=sums.count[..., at],
                made=sums.made[..., at],
            )
            for at, (part, rung) in enumerate(names)
            if at == new or (sums.rung == at).any()
        ]
    return _frame(rows, level=level, like=like)


def _frame(rows: Sequence[_Row], *, level: float, like: Any) -> Any:
    bounds = [(1 - level) / 2, (1 + level) / 2]
    value = np.array([row.value for row in rows])
    low, high = np.quantile(value[:, 0], bounds, axis=1)
    columns: dict[str, Any] = {
        "part": text_column([row.part for row in rows], like=like),
        "rung": text_column([row.rung for row in rows], like=like),
        "customers": np.array([row.customers[0].mean() for row in rows]),
        "referrals": np.array([np.nan if row.made is None else row.made[0].mean() for row in rows]),
        "value": value[:, 0].mean(axis=1),
        "low": low,
        "high": high,
    }
    if value.shape[1] == 2:
        difference = value[:, 1] - value[:, 0]
        low, high = np.quantile(difference, bounds, axis=1)
        columns |= {
            "changed": value[:, 1].mean(axis=1),
            "difference": difference.mean(axis=1),
            "difference_low": low,
            "difference_high": high,
        }
    return new_frame(columns, like=like)


def refuse_growth(expected: Array) -> None:
    """Refuse newcomers of whom each brings several others within the horizon, (S,) in each draw as expected."""
    if (most := float(expected.mean())) > MOST_BROUGHT:
        raise DataError.because(
            f"each newcomer would bring {most:.1f} others within the horizon, and these others again: no base grows "
            "like that.",
            hint="a lower conversion, or a shorter horizon.",
        )


MOST_BROUGHT = 3.0
"""Customers whom a newcomer who stays active may bring within the horizon."""
