"""`BundleCount`: what bundles add to N customers and cost of their spend, counted at several sizes of their effects."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import Period, day_number
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import CapabilityError
from kundkarriar.scoring.increments.effect_sizes import PROCESS
from kundkarriar.scoring.increments.increment_columns import IncrementColumns
from kundkarriar.scoring.increments.treatment_worlds import NEVER, TimedEffects, TreatmentWorlds
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.increments.action_increments import (
    MARGIN,
    contact_column,
    costs_while_treated,
    gives_discount,
    is_counted,
    path_column,
    period_column,
    spend_column,
)
from kundkarriar.strategy.increments.earlier_contacts import Remainder
from kundkarriar.strategy.increments.effect_sizes import effects_at, size_column, sizes_of_bundle
from kundkarriar.strategy.increments.treated_spans import last_treated_day, treated_spans
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.specs.action import Action

MEAN = "mean"
_Days: TypeAlias = Mapping[int, Sequence[int]]


@frozen(kw_only=True, eq=False, slots=False)
class BundleCount:
    """What is to be counted of N customers.

    Attributes:
        bundles: the bundles that are counted.
        actions: the actions of the plan.
        patterns, pattern: as in `Schedule`, by the rows of the summary.
        power: the power to which assumed effects act, (N,).
        usual: the remainder of earlier contacts of each customer, (N,), and the distinct ones.
        claimed: whether the stated money of each action is claimed already, (N, A).
        known: the actions of the plan, and those of earlier contacts after them.
        as_of, end: the day of the summary, and the last of the horizon, as numbers since 1970-01-01.
        period_end: the last day of the budget's period within the horizon, likewise.
        grows: the factor by which the discount of each action grows with climbs, (N, A).
        each_contact: the horizon of a contact by itself; None: contacts are not counted by themselves.
    """

    bundles: Sequence[Bundle]
    actions: Sequence[Action]
    patterns: Sequence[tuple[int, ...]]
    pattern: Whole
    power: Array
    usual: tuple[Whole, list[Remainder]]
    claimed: Mask
    known: Sequence[Action]
    as_of: int
    end: int
    period_end: int
    grows: Array
    each_contact: str | None

    def counted(self, scorer: FittedValueScorer, summary: Any, *, customers: Any, leads: Any) -> dict[str, Array]:
        """The columns, (N,) each."""
        counted = IncrementColumns.of(scorer, scorer.base(summary, customers=customers, leads=leads))
        effects = [effect for each in self.known for effect in _valued(each.effects)]
        counted.refuse_unforeseen([effect for effect in effects if self._is_asked(effect)])
        names = [name for bundle in self.bundles for name in self._names(bundle)]
        columns = {name: np.full(counted.size, np.nan) for name in names}
        if discounted := [each.name for each in self.bundles if gives_discount(each, self.actions)]:
            if not counted.own.money:
                raise CapabilityError.because(
                    f"what the discount of {discounted[0]!r} costs is counted in money, and the scorer counts purchases"
                    " alone.",
                    hint="kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
                )
            columns[MARGIN] = counted.margins()
        for bundles, rows in self._cases():
            own = counted if len(rows) == counted.size else counted.at(rows)
            for name, values in self._case(bundles, own, row=int(rows[0])):
                columns[name][rows] = values
        for each in self.bundles:
            if gives_discount(each, self.actions):
                largest = max(each.actions, key=lambda at: _discount_of(self.actions[at]))
                for size in self._paid_sizes(each):
                    columns[path_column(each, size)] *= self.grows[:, largest]
        return columns

    def _case(self, bundles: Sequence[Bundle], own: IncrementColumns, *, row: int) -> Iterator[tuple[str, Array]]:
        """The columns of bundles, by name, of customers who are alike; `row` is one of them."""
        worlds = [(each, self._by_size(each, row=row)) for each in bundles]
        named = {
            size_column(each.name, size): one
            for each, by_size in worlds
            if is_counted(each, self.actions)
            for size, one in by_size.items()
        }
        yield from zip(named, own.means([*named.values()]), strict=True)
        if paid := [line for each, by_size in worlds for line in self._paid(each, by_size)]:
            names, costing, shares = zip(*paid, strict=True)
            yield from zip(names, own.spent(costing, shares), strict=True)
        for each in bundles if self.each_contact else ():
            if is_counted(each, self.actions):
                yield contact_column(each), np.mean(own.means(self._contacts(each, row=row)), axis=0)

    def _is_asked(self, effect: Effect) -> bool:
        """Whether an effect acts on anybody."""
        of_plan = {at for each in self.bundles for at in each.actions}
        of_usual = {at for remainder in self.usual[1] for at, _ in remainder}
        return any(effect in self.known[at].effects for at in of_plan | of_usual)

    def _names(self, bundle: Bundle) -> Iterator[str]:
        if is_counted(bundle, self.actions):
            for size in self._sizes(bundle):
                yield size_column(bundle.name, size)
            if self.each_contact:
                yield contact_column(bundle)
        for costs, columns in (
            (costs_while_treated, (spend_column,)),
            (gives_discount, (path_column, period_column)),
        ):
            if costs(bundle, self.actions):
                yield from (column(bundle, size) for size in self._paid_sizes(bundle) for column in columns)

    def _paid(
        self, bundle: Bundle, by_size: Mapping[str, TreatmentWorlds]
    ) -> Iterator[tuple[str, TreatmentWorlds, Array]]:
        """The columns of what a bundle costs as shares of spend, the treatment, and the shares by its segments."""
        for size in self._paid_sizes(bundle):
            worlds = by_size[size]
            if costs_while_treated(bundle, self.actions):
                yield spend_column(bundle, size), worlds, worlds.shares
            if gives_discount(bundle, self.actions):
                yield path_column(bundle, size), worlds, worlds.added_discount
                yield period_column(bundle, size), worlds, worlds.added_discount * worlds.in_period

    def _sizes(self, bundle: Bundle) -> tuple[str, ...]:
        return sizes_of_bundle([self.actions[at] for at in bundle.actions])

    def _paid_sizes(self, bundle: Bundle) -> tuple[str, ...]:
        """The sizes at which shares of spend are counted: where increments are, as both change with the effects."""
        return self._sizes(bundle) if is_counted(bundle, self.actions) else (MEAN,)

    def _cases(self) -> Iterator[tuple[list[Bundle], Whole]]:
        """Bundles, and customers who are alike in all that concerns these; those without a contact are in no case."""
        n = len(self.power)
        shared = [self.usual[0], np.unique(self.power, return_inverse=True)[1], *self.claimed.T.astype(np.int64)]
        together: dict[tuple[bytes, ...], list[Bundle]] = {}
        for bundle in self.bundles:
            own = sorted({self._columns[at] for at in bundle.actions if self._columns[at]})
            together.setdefault(tuple(own), []).append(bundle)
        for key, bundles in together.items():
            columns = [*shared, *(np.frombuffer(each, dtype=self.pattern.dtype) for each in key)]
            for rows in _alike([each for each in columns if (each != each[0]).any()], n=n):
                place = self.pattern[0 if len(self.pattern) == 1 else rows[0]]
                if possible := [each for each in bundles if (place[list(each.actions)] >= 0).all()]:
                    yield possible, rows

    @cached_property
    def _columns(self) -> list[bytes]:
        """The patterns of each action as bytes; none where they are the same for all."""
        each = np.ascontiguousarray(self.pattern.T)
        return [own.tobytes() if (own != own[0]).any() else b"" for own in each]

    def _by_size(self, bundle: Bundle, *, row: int) -> dict[str, TreatmentWorlds]:
        """The treatment of a customer by a bundle at each size of its effects."""
        treated, usual = self._days(bundle, row)
        power, again = float(self.power[row]), set(np.flatnonzero(self.claimed[row]).tolist())
        return {
            size: self._worlds(bundle, treated, usual, size=size, power=power, end=self.end, again=again)
            for size in self._sizes(bundle)
        }

    def _contacts(self, bundle: Bundle, *, row: int) -> list[TreatmentWorlds]:
        """The treatment of a customer by each contact of a bundle over its own horizon, after those before it."""
        treated, usual = self._days(bundle, row)
        found = []
        for day in sorted({each for days in treated.values() for each in days}):
            own = {at: [each for each in days if each == day] for at, days in treated.items()}
            before = {
                at: [*usual.get(at, ()), *(each for each in treated.get(at, ()) if each < day)]
                for at in {*treated, *usual}
            }
            ends = [last_treated_day(self.known[at], day) or day for at, days in own.items() if days]
            horizon = day_number(Period.of(str(self.each_contact)).after(np.datetime64(day, "D"))) - 1
            end, power = max(horizon, *ends), float(self.power[row])
            again = {at for at, days in treated.items() if self.claimed[row, at] or min(days) < day}
            found.append(self._worlds(bundle, own, before, size=MEAN, power=power, end=end, again=again))
        return found

    def _days(self, bundle: Bundle, row: int) -> tuple[_Days, _Days]:
        """The contact days of a customer by action: those of a bundle, and those that still act as usual."""
        place = self.pattern[0 if len(self.pattern) == 1 else row]
        usual: dict[int, list[int]] = {}
        for at, day in self.usual[1][self.usual[0][row]]:
            usual.setdefault(at, []).append(day)
        return {at: self.patterns[place[at]] for at in bundle.actions}, usual

    def _worlds(
        self, bundle: Bundle, treated: _Days, usual: _Days, *, size: str, power: float, end: int, again: Container[int]
    ) -> TreatmentWorlds:
        """A treatment by contacts on the days of each action: effects of the bundle at a size, others as stated.

        The stated money of actions that treat `again` is not added.
        """
        alone = len(bundle.actions) == 1 and len(self.actions[bundle.actions[0]].effects) == 1
        parts: list[TimedEffects] = []
        discounted = False
        for at in sorted({*treated, *usual}):
            action = self.known[at]
            own = effects_at(action, size if at in treated else MEAN, alone=alone, power=power)
            spans = [treated_spans(action, days.get(at, ()), now=self.as_of, end=end) for days in (treated, usual)]
            process, stated = (
                tuple(each for each in _valued(own) if (each.on == "value") == is_money) for is_money in (False, True)
            )
            share = action.cost_of_spend if at in treated else 0.0
            parts.append(TimedEffects(effects=process, treated=spans[0], usual=spans[1], share=share))
            if stated and at not in again:
                parts.append(TimedEffects(effects=stated, treated=spans[0]))
            if discount := _discount_of(action):
                kept = [self._from_first(days.get(at, ()), end=end) for days in (treated, usual)]
                parts.append(TimedEffects(effects=(), treated=kept[0], usual=kept[1], discount=discount))
                discounted |= at in treated
        period = float(min(self.period_end, end) - self.as_of) if discounted else 0.0
        return TreatmentWorlds(parts=tuple(parts), horizon=float(end - self.as_of), period_end=period)

    def _from_first(self, days: Sequence[int], *, end: int) -> Array:
        """The span from the first of some contacts, or now, to the day `end`, (1, 2); (0, 2) where there is none."""
        first = max(min(days) - 1, self.as_of) if len(days) else end
        return np.array([[first, end]], dtype=np.float64) - self.as_of if first < end else NEVER


def _discount_of(action: Action) -> float:
    """The share of the list price that an action takes off, 0 for none."""
    return 0.0 if action.discount is None else action.discount.share


def _valued(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    return tuple(each for each in effects if each.on in (*PROCESS, "value"))


def _alike(columns: Sequence[Whole], *, n: int) -> list[Whole]:
    """The rows of each distinct combination of columns, (n,) each, all rows where there are none."""
    if not columns:
        return [np.arange(n)] if n else []
    code = np.zeros(n, dtype=np.int64)
    for column in columns:
        own = np.unique(column, return_inverse=True)[1]
        code = np.unique(code * (int(own.max()) + 1) + own, return_inverse=True)[1]
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
