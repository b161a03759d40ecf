"""What changes in rungs, value and classes if something is done: the same draws, as usual and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field

from kundkarriar.arguments import read_many, refusal
from kundkarriar.arrays import Array, Mask
from kundkarriar.classes.limits import CLASSES, class_of_value
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS, as_day, day_number
from kundkarriar.effects.change import Change
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.errors import CapabilityError, DataError, warn
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.frames import add_columns, narrow
from kundkarriar.ladder.microsimulation.changed_world import ActiveChange, ChangedWorld, sizes_drawn
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.movement.value.scenario import Row, scenario_frame
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.models.interface.protocols import members_of
from kundkarriar.scoring.increments.effect_sizes import FORESEEN_BY

SHARES = (0.8, 0.95)
"""Cumulative shares of value at which classes A and B end."""
MONEY = ("spend", "cost", "marketing", "value")
"""Effects on money alone."""
PROCESS = ("leaving", "returning", "purchases")
COUNTED = (*PROCESS, *MONEY)
"""What an effect may be on, whatever is counted of it."""
EXAMPLE = '(kk.Change(effect=kk.Effect(on="leaving", mean=0.8, ...), where=kk.column("rung").equals("client")),)'


def read_changes(
    given: Any, *, model: Any, priced: bool, counted: Sequence[str] = COUNTED, name: str = "changes"
) -> tuple[Change, ...]:
    """Changes of the process, at least one, of a purchase `model`; `priced` says whether purchases have amounts.

    `counted` are the quantities on which an effect changes something that is counted; `name` is that of the argument.

    Raises:
        DataError: no changes, or other objects.
        CapabilityError: a change of a step between rungs, of what the process does not have, or of money where the
            process is a model without a scorer; an effect on leaving within a window.
    """
    law, hint = "kk.Change objects, at least one", f"write {name}={EXAMPLE}."
    changes = (given,) if isinstance(given, Change) else read_many(given, name, law=law, hint=hint)
    if not changes or not all(isinstance(each, Change) for each in changes):
        raise refusal(given, name, law=law, hint=hint)
    for change in changes:
        if change.on == "referrals" and "referrals" not in counted:
            raise CapabilityError.because(
                "an effect on referrals changes nothing that is counted here: no rung asks for them, or there are no "
                "referrals.",
                hint="micro.equity(history, referrals=kk.Referrals(...), changes=...) counts whom referrals bring.",
            )
        if change.on == FIRST_PURCHASE and FIRST_PURCHASE not in counted:
            raise CapabilityError.because(
                "an effect on the first purchase: the process does not tell when prospects first buy.",
                hint=f"process=kk.ValueScorer({FORESEEN_BY}, ...).",
            )
        if change.effect is None or change.on not in counted:
            what = "a step between rungs" if change.is_step else f"an effect on {change.on}"
            raise CapabilityError.because(
                f"a microsimulation changes the process of purchases and its money, and {what} is no part of them.",
                hint=f"effects on {[*counted]}; steps between rungs are for chains: movement.scenario(...).",
            )
        if not _has(model, change.on):
            names = " and ".join(type(each).__name__.removeprefix("Fitted") for each in members_of(model))
            nobody = {"leaving": "nobody leaves", "returning": "nobody comes back once inactive"}[change.on]
            raise CapabilityError.because(
                f"an effect on {change.on}: in {names} {nobody}.",
                hint="kk.ModelAverage(), the default process, has customers who leave and customers who come back.",
            )
        if change.on in MONEY and not priced:
            raise CapabilityError.because(
                f"an effect on {change.on} changes money, and the process is a model without amounts.",
                hint="kk.Microsimulation(process=scorer.fit(summary)), with a fitted scorer.",
            )
        if change.on == "leaving" and change.effect.window is not None:
            raise CapabilityError.because(
                "an effect on the odds of leaving within a window is another factor for each customer, and draws take "
                "one factor for all.",
                hint="fitted_scorer.increments(...) takes it; for draws, state the effect without `window`.",
            )
    return changes


def _has(model: Any, on: str) -> bool:
    """Whether a process has what an effect is on; of a user's own model it is believed."""
    if on == "returning":
        return on in getattr(model, "moved_by", PROCESS)
    return on != "leaving" or any(
        getattr(attribute_of(each, "family"), "has_dropout", True) for each in members_of(model)
    )


def active_changes(
    changes: Sequence[Change],
    table: Any,
    *,
    sizes: Sequence[Array],
    last: np.datetime64,
    horizon: float,
    period: str,
    need: str,
    bought: Mask | None = None,
) -> list[ActiveChange]:
    """Changes as numbers: whom they concern in a `table` of the customers, and when, after the `last` day.

    Where first purchases are foreseen, `bought` says who has bought, (n,): prospects are concerned by effects on
    their first purchase and on value, and others by all but the former.

    Raises:
        DataError: a change begins before the scenario or after its horizon, or ends before it; a condition needs a
            column that is not there.

    Warns:
        DataWarning: a change concerns nobody.
    """
    unit, end = DAYS[period], last + np.timedelta64(round(horizon * DAYS[period]), "D")
    answer = []
    for change, size in zip(changes, sizes, strict=True):
        start = last + np.timedelta64(1, "D") if change.start is None else as_day(change.start, name="start")
        until = end if change.until is None else as_day(change.until, name="until")
        runs = f"and the scenario runs from {last + np.timedelta64(1, 'D')} to {end}."
        if start <= last or start > end:
            raise DataError.because(
                f"a change begins on {start}, {runs}",
                hint="choose a day between them, a later origin, or a longer horizon.",
            )
        if until < start:
            raise DataError.because(
                f"a change ends on {until}, {runs}", hint="choose a later `until`, or an earlier origin."
            )
        concerned = np.ones(len(table), dtype=bool) if change.where is None else change.where.holds(table)
        if not concerned.any():
            warn(f"{need}: no customer meets `{change.where}`, so that this change changes nothing.")
        if bought is not None and change.on != "value":
            concerned = concerned & (~bought if change.on == FIRST_PURCHASE else bought)
        answer.append(
            ActiveChange(
                on=change.on,
                concerned=concerned,
                begins=(day_number(start) - 1 - day_number(last)) / unit,
                ends=min((day_number(until) - day_number(last)) / unit, horizon),
                size=size,
            )
        )
    return answer


def world_of(
    changes: Sequence[Change],
    table: Any,
    *,
    sizes: Sequence[Array],
    ahead: RungsAhead,
    drawn: PurchaseDraws,
    foreseen: bool,
    need: str = "micro.scenario",
) -> ChangedWorld:
    """The world of changes of drawn purchases; see `active_changes`.

    `foreseen` says whether first purchases of prospects are.
    """
    known = ahead.history.facts_as_of
    acting = active_changes(
        changes,
        table,
        sizes=sizes,
        last=known.as_of,
        horizon=drawn.horizon,
        period=drawn.purchases.period,
        need=need,
        bought=known.first_purchase != NEVER if foreseen else None,
    )
    return ChangedWorld.of(acting, n=len(ahead.history), horizon=drawn.horizon)


def class_limits(values: Array) -> Array:
    """The smallest values of classes A and B, (2,), of expected values, (n,)."""
    abc, _ = class_of_value(values, SHARES)
    positive = np.nextafter(0.0, 1.0)
    limits = [values[abc == at].min() if (abc == at).any() else np.inf for at in range(2)]
    return np.array([max(limits[0], positive), max(min(limits), positive)])


@define(kw_only=True, eq=False)
class ScenarioSums:
    """Sums over customers in two worlds, as usual and changed, draw by draw, that blocks are added to.

    Attributes:
        ahead: the rungs.
        draws: number of draws, S.
        world: what changes.
        money: the terms of money; None: numbers of customers alone.
        limits: smallest values of the classes A and B; None: no classes.
        rungs: customers by rung, (2, S, h, R).
        monthly: net value by month, (2, S, h).
        classes: customers by class of realised value, (2, S, 4). D are those of whom nothing is expected as usual,
            whatever a draw brings.
    """

    ahead: RungsAhead
    draws: int
    world: ChangedWorld
    money: DrawnMoney | None
    limits: Array | None
    rungs: Array = field(init=False)
    monthly: Array = field(init=False)
    classes: Array = field(init=False)

    @classmethod
    def of(
        cls,
        changes: Sequence[Change],
        ahead: RungsAhead,
        drawn: PurchaseDraws,
        *,
        money: DrawnMoney | None,
        classes: bool,
        seed: int,
        foreseen: bool,
    ) -> ScenarioSums:
        """No customers yet, of these changes and draws; with `classes` where money is of the scorer's horizon.

        `foreseen` says whether first purchases of prospects are.
        """
        table, sizes = customers_of(ahead, money), sizes_drawn(changes, draws=len(drawn), seed=seed)
        return cls(
            ahead=ahead,
            draws=len(drawn),
            world=world_of(changes, table, sizes=sizes, ahead=ahead, drawn=drawn, foreseen=foreseen),
            money=money,
            limits=class_limits(money.expected[money.place[money.base.buyers]])
            if money is not None and classes
            else None,
        )

    def __attrs_post_init__(self) -> None:
        S, h, R = self.draws, len(self.ahead.ends), len(self.ahead.history.rungs)
        self.rungs, self.monthly = np.zeros((2, S, h, R)), np.zeros((2, S, h))
        self.classes = np.zeros((2, S, len(CLASSES)))

    def add(self, block: DrawnBlock) -> None:
        """Add a block of customers."""
        block = self.world.applied(block)
        everybody, rung_of = np.zeros(len(block.at), dtype=np.int64), self.ahead.rung_of
        for world in (0, 1):
            paths = block.paths(self.ahead, draws=self.draws, world=world)
            R = self.rungs.shape[-1]
            counted = paths.tallied(lambda state: rung_of[state], R, group=everybody, groups=1, draws=self.draws)
            self.rungs[world] += counted[:, :, 0]
            if self.money is not None:
                self._add_money(block, world=world, money=self.money)

    def _add_money(self, block: DrawnBlock, *, world: int, money: DrawnMoney) -> None:
        for tile in block.tiles:
            net = self.world.net_value(tile, money) if world else money.of_tile(tile, world=0)
            self.monthly[world, tile.draws] += net.sum(axis=0)
            if self.limits is None:
                continue
            buys = np.isin(tile.at, money.base.buyers)  # prospects have no class
            place = sum((net[buys].sum(axis=2) < limit).astype(np.int64) for limit in self.limits)
            place[money.expected[money.place[tile.at[buys]]] <= 0] = CLASSES.index("D")
            for at in range(len(CLASSES)):
                self.classes[world, tile.draws, at] += (place == at).sum(axis=0)


def customers_of(ahead: RungsAhead, money: DrawnMoney | None) -> Any:
    """What conditions may ask of the customers: positions, attributes, and scores."""
    table = ahead.history.positions()
    known = set(narrow(table, need="scenario").columns)
    attributes = ahead.history.facts_as_of.attributes
    more: dict[str, Any] = {}
    if attributes is not None:
        more |= {name: attributes.column(name) for name in attributes.names}
    if money is not None:
        more |= money.scores
    return add_columns(table, {name: values for name, values in more.items() if name not in known})


def scenario_table(sums: ScenarioSums, *, level: float, like: Any) -> Any:
    """The frame of `FittedMicrosimulation.scenario`."""
    rows: list[Row] = []
    for month in range(sums.rungs.shape[2]):
        for at, rung in enumerate(sums.ahead.history.rungs):
            if sums.rungs[:, :, month, at].any():
                rows.append(("rung", month + 1, rung.name, sums.rungs[:, :, month, at]))
    if sums.money is not None:
        rows += [("value", month + 1, None, sums.monthly[:, :, month]) for month in range(sums.monthly.shape[2])]
        rows.append(("value", np.nan, "total", sums.monthly.sum(axis=2)))
    if sums.limits is not None:
        rows += [("class", np.nan, name, sums.classes[:, :, at]) for at, name in enumerate(CLASSES)]
    return scenario_frame(rows, level=level, like=like)
