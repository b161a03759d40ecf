"""The data of a plan: customers, decisions, budget, playbook and actions, and the money per customer that follows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Generic, Self

import narwhals.stable.v2 as nw
import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import SAYS_SOMETHING, SEED, SHARE_BELOW_1, Text, WholeNumber, as_tuple, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.frames import KINDS, FrameT, narrow
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.stored import Stored, part
from kundkarriar.stored_forms import AGAIN, LATER, Form, list_of, or_null, written
from kundkarriar.strategy.increments.effect_sizes import SIZES, is_linear
from kundkarriar.strategy.increments.responses import powers_of
from kundkarriar.strategy.plan.allocation.selection import net_gain
from kundkarriar.strategy.plan.allocation.spend_limits import number_of_limits
from kundkarriar.strategy.plan.changes.addition import Addition
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import DECISIONS, Decisions
from kundkarriar.strategy.plan.earlier_plans import earlier_amounts, earlier_schedule
from kundkarriar.strategy.plan.options.bundles import Bundle, bundles_of, by_bundle
from kundkarriar.strategy.plan.options.effect_baseline import Baseline
from kundkarriar.strategy.plan.previous_treatment import PreviousTreatment
from kundkarriar.strategy.plan.strategy_years.unchanged_since import FROM_START, stands_since
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.playbook import Playbook
from kundkarriar.strategy.specs.responses import Responses, all_responses, as_responses

ROUNDING = 1e-6
"""Sums and gains of a ledger agree to a millionth: ties count as equal, and what is stored was rounded once."""
MOST_CONTACTS = WholeNumber(least=1, most=10_000, example=12)
ENDS = Text(among=("low", "mean", "high"))


def _empty_frame(library: Any) -> Any:
    if library not in KINDS:
        raise ValueError(f"one of {list(KINDS)} is needed, got {library!r:.60}")
    return nw.from_dict({}, backend=library).to_native()


FRAMES = Form(
    law="the name of a frame library",
    write=lambda frame: narrow(frame, need="Plan").implementation.name.lower(),
    read=_empty_frame,
)


def _within_period(plan: PlanData[Any], _: object, start: Any) -> None:
    if (day := plan.budget.start_day(start)) != start:
        raise refusal(start, "start", law="a day as text", hint=f'write start="{day}".')


def _within_reserve(plan: PlanData[Any], attribute: Attribute[Any], additions: tuple[Addition, ...]) -> None:
    """Validator: additions are on the plan's customers, and cost at most the reserve."""
    n, budget = len(plan.customers), plan.budget
    if any((each.customers >= n).any() or (each.contacts.customer >= n).any() for each in additions):
        raise DataError.because(f"`{attribute.name}` must be on the {n:,} customers of the plan.", hint=AGAIN)
    for name, kept in (("cost", budget.money - budget.money_to_plan), ("hours", budget.hours - budget.hours_to_plan)):
        used = sum(total(getattr(each, name)) for each in additions)
        if used > kept * (1 + ROUNDING):
            law = f"`{attribute.name}` must take at most the reserve of {kept:,.6g} by their `{name}`, got {used:,.6g}."
            raise DataError.because(law, hint=AGAIN)


def _of_customers(plan: PlanData[Any], attribute: Attribute[Any], earlier: ContactLog | None) -> None:
    """Validator: contacts are with the plan's customers."""
    n = len(plan.customers)
    if earlier is not None and (earlier.customer >= n).any():
        law = f"`{attribute.name}` must be with the {n:,} customers of the plan, got position {earlier.customer.max()}."
        raise DataError.because(law, hint=AGAIN)


def _has_days(_: object, attribute: Attribute[Any], schedule: Schedule | None) -> None:
    """Validator: every sequence of contact days has a day."""
    if schedule is not None and () in schedule.patterns:
        law = f"`{attribute.name}` must have at least one day in each of its `patterns`, got an empty one."
        raise DataError.because(law, hint=AGAIN)


def _of_plan(plan: PlanData[Any], attribute: Attribute[Any], previous: PreviousTreatment | None) -> None:
    """Validator: the plan before is told by the customers and bundles of this one."""
    if previous is None:
        return
    n, bundles = len(plan.customers), len(plan.bundles)
    if len(previous.bundle) != n:
        law = f"`{attribute.name}` must have a row for each of the {n:,} customers, got {len(previous.bundle):,}."
        raise DataError.because(law, hint=AGAIN)
    if (previous.bundle >= bundles).any():
        law = f"`{attribute.name}` must have positions below {bundles} as `bundle`, got {previous.bundle.max()}."
        raise DataError.because(law, hint=AGAIN)


def _coherent(plan: PlanData[Any], attribute: Attribute[Any], ledger: Decisions) -> None:
    """Validator of the ledger: its arrays fit the customers, actions and strategies, and do not contradict each other.

    Raises:
        DataError: the first law that is broken, with the first of the customers.
    """
    n = len(plan.customers)

    def refused(law: str) -> DataError:
        return DataError.because(f"`{attribute.name}` must have {law}.", hint=AGAIN)

    for law in _misshapen(plan):
        raise refused(law)
    priced, limits = len(ledger.limit_prices), number_of_limits(plan.budget, start=plan.start)
    if priced not in (0, limits):  # none: stored before limits had prices
        raise refused(f"one of `limit_prices` for each of the {limits} floors and caps of the budget, got {priced}")
    for law, broken in _contradictions(plan):
        if broken.any():
            row = int(broken.argmax())
            where = f"first in row {row}, customer {plan.customers.ids[row]!r}"
            raise refused(f"{law}: broken by {broken.sum():,} of {n:,} customers, {where}")
    net = total(plan.net)
    if ledger.bound < net - ROUNDING * np.nansum(np.abs(ledger.gain)):
        raise refused(f"a `bound` of at least the plan's own net gain, {net:.6g}, got {ledger.bound:.6g}")
    spent = (("money", plan.cost, plan.budget.money_to_plan), ("hours", plan.hours, plan.budget.hours_to_plan))
    for name, used, available in spent:
        if total(used) > available * (1 + ROUNDING):
            raise refused(f"an `action` of each customer within the {available:,.6g} of `{name}` to plan")


def _misshapen(plan: PlanData[Any]) -> Iterator[str]:
    """Laws of the shapes and positions of a ledger that are broken."""
    ledger, n, actions, bundles = plan.ledger, len(plan.customers), len(plan.actions), len(plan.bundles)
    for name in ("gain", "spend_cost", "later_cost"):
        each = getattr(ledger, name)
        if each is not None and each.shape != (n, bundles):
            yield f"a `{name}` of shape {(n, bundles)}, got {each.shape}"
    for name, positions, count in (
        ("action", ledger.selected, bundles),
        ("strategy", ledger.strategy, len(plan.playbook.strategies)),
    ):
        if (positions >= count).any():
            yield f"positions below {count} as `{name}`, got {positions.max()}"
    for name, values, rows in (("by_size", ledger.by_size, n), ("best", ledger.best, bundles)):
        if (values is None) != (plan.horizon == ""):
            yield f"`{name}` where the plan has a `horizon` of increments, and only there; it is {plan.horizon!r}"
        if values is not None and values.shape != (rows, len(SIZES)):
            yield f"a `{name}` of shape {(rows, len(SIZES))}, got {values.shape}"
    pattern = None if plan.schedule is None else plan.schedule.pattern
    for name, amounts in (("cost", ledger.cost), ("hours", ledger.hours), ("schedule", pattern)):
        if amounts is not None and (amounts.shape[1] != actions or len(amounts) not in (1, n)):
            yield f"a `{name}` of each action, for all customers or for each"


def _contradictions(plan: PlanData[Any]) -> Iterator[tuple[str, Any]]:
    """Laws of a ledger, and the customers who break them, (n,); each law may rely on those before it."""
    ledger, treated, known = plan.ledger, plan.ledger.treated, ~np.isnan(plan.ledger.gain)
    based, likely = ~np.isnan(ledger.base), ~np.isnan(ledger.p)
    curved = np.isin(ledger.bundle, [at for at in range(len(plan.bundles)) if plan.is_curved(at)])
    idle = [any(not plan.actions[at].effects for at in bundle.actions) for bundle in plan.bundles]
    yield "a `gain` only of actions that have an effect", (known & np.array(idle, dtype=bool)).any(axis=1)
    for at, bundle in enumerate(plan.bundles):
        for step in [own for each in bundle.actions if (own := plan.actions[each].step) is not None]:
            elsewhere = plan.customers.word("rung") != step[0]
            yield "a `gain` only where the action's step starts from the rung", known[:, at] & elsewhere
    for at, action in enumerate(plan.actions):
        refused = ~plan.customers.may_be_contacted(action.channel)
        yield "a `gain` only where the customer may be contacted", known[:, at] & refused
    if plan.schedule is not None:  # plans that were stored before had no action of those held out
        yield "an `action` of each of `held_out`", ledger.held_out & (ledger.selected < 0)
    yield "`held_out` customers with a `gain`", ledger.held_out & ~known.any(axis=1)
    yield "a `gain` of each planned `action`", np.isnan(ledger.incremental_value)
    yield "a `base` for each planned `action`, and for no other customer", (treated & ~curved) != based
    yield "a `p` for each planned `action`, and for no other customer", (treated & ~curved) != likely
    yield "a `p` of at most 1", ledger.p > 1
    for at, bundle in enumerate(plan.bundles):
        if not idle[at]:
            mine, stated = ledger.bundle == at, ledger.gain[:, at]
            implied = plan.gain_at(at, "mean")
            source = "`by_size`" if plan.is_curved(at) else "`base` and `p`"
            law = f"a `gain` of {bundle.name!r} that follows from {source}"
            yield law, mine & ~np.isclose(stated, implied, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)


@frozen(kw_only=True, eq=False, repr=False, slots=False)
class PlanData(Stored, Generic[FrameT]):
    """Everything that the views and checks of a plan read; the fields are explained at `Plan`."""

    playbook: Playbook = field(validator=instance_of(Playbook))
    actions: tuple[Action, ...] = field(converter=as_actions, validator=all_instances_of(Action))
    budget: Budget = field(validator=instance_of(Budget))
    start: str = field(validator=_within_period)
    holdout: float = field(validator=SHARE_BELOW_1)
    seed: int = field(validator=SEED)
    customers: CustomerTable = field(validator=instance_of(CustomerTable))
    horizon: str = field(default="", validator=instance_of(str), metadata=LATER)
    match_objectives: bool = field(default=False, validator=instance_of(bool), metadata=LATER)
    most_actions: int = field(default=1, validator=WholeNumber(least=1, most=10), metadata=LATER)
    most_contacts: int | None = field(default=None, validator=optional(MOST_CONTACTS), metadata=LATER)
    exclude: Condition | None = field(
        default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION), later=True)
    )
    responses: Responses = field(default=(), converter=as_responses, validator=all_responses, metadata=LATER)
    earlier: ContactLog | None = field(
        default=None,
        validator=optional([instance_of(ContactLog), _of_customers]),
        metadata=written(or_null(part(ContactLog)), later=True),
    )
    additions: tuple[Addition, ...] = field(
        default=(),
        validator=[all_instances_of(Addition), _within_reserve],
        metadata=written(list_of(part(Addition)), later=True),
    )
    schedule: Schedule | None = field(
        default=None,
        validator=optional([instance_of(Schedule), _has_days]),
        metadata=written(or_null(part(Schedule)), later=True),
    )
    previous: PreviousTreatment | None = field(
        default=None,
        validator=optional([instance_of(PreviousTreatment), _of_plan]),
        metadata=written(or_null(part(PreviousTreatment)), later=True),
    )
    since: tuple[str, ...] = field(default=FROM_START, converter=as_tuple, validator=stands_since, metadata=LATER)
    force: str | None = field(default=None, validator=optional(SAYS_SOMETHING), metadata=LATER)
    ledger: Decisions = field(validator=[instance_of(Decisions), _coherent], metadata=written(DECISIONS))
    like: FrameT = field(metadata=written(FRAMES, name="frames"))

    @like.validator
    def _is_frame(self, _: object, like: Any) -> None:
        narrow(like, need="Plan")

    @cached_property
    def bundles(self) -> tuple[Bundle, ...]:
        """The actions that a customer may get together; those of one action come first, in the order of actions."""
        return bundles_of(self.actions, most=self.most_actions)

    @cached_property
    def calendar(self) -> Schedule:
        """The schedule, or that which a plan had before schedules were stored."""
        if self.schedule is None:
            return earlier_schedule(self.actions, self.budget, start=self.start)
        return self.schedule

    @cached_property
    def action_cost(self) -> Array:
        """Money of each action over the period, (n, A), or (1, A) where all customers have the same."""
        own = self.ledger.cost
        return earlier_amounts(self.actions, self.budget, "cost") if own is None else own

    @cached_property
    def action_hours(self) -> Array:
        """Hours of each action over the period, as `action_cost`."""
        own = self.ledger.hours
        return earlier_amounts(self.actions, self.budget, "hours") if own is None else own

    @cached_property
    def bundle_cost(self) -> Array:
        """Money of each bundle over the period, (n, B), or (1, B) where all customers have the same."""
        cost, of_spend = by_bundle(self.action_cost, self.bundles), self.ledger.spend_cost
        return cost if of_spend is None else cost + of_spend

    @cached_property
    def bundle_hours(self) -> Array:
        """Hours of each bundle over the period, as `bundle_cost`."""
        return by_bundle(self.action_hours, self.bundles)

    @cached_property
    def later_cost(self) -> Array:
        """What discounts of each bundle cost after the period, (n, B), or (1, B) where none costs any."""
        own = self.ledger.later_cost
        return np.zeros((1, len(self.bundles))) if own is None else own

    @property
    def bundle_net(self) -> Array:
        """Net gain of each bundle, (n, B): incremental value less cost and the price of hours; NaN where not known."""
        return net_gain(self.ledger.gain, cost=self.bundle_cost, hours=self.bundle_hours, budget=self.budget)

    @property
    def cost(self) -> Array:
        """Planned money per customer over the period, (n,)."""
        return self.ledger.of_bundle(self.bundle_cost)

    @property
    def hours(self) -> Array:
        """Planned hours per customer over the period, (n,)."""
        return self.ledger.of_bundle(self.bundle_hours)

    @property
    def net(self) -> Array:
        """Expected net gain per customer, (n,): incremental value less cost and the price of hours."""
        return self.ledger.incremental_value - self.cost - self.budget.price_of_hours * self.hours

    def added(self, name: str) -> Array:
        """What additions take of each customer, or add, (n,): their "cost", "hours" or "value"."""
        amounts = np.zeros(len(self.customers))
        for each in self.additions:
            amounts[each.customers] += getattr(each, name)
        return amounts

    def actions_of(self, bundle: int) -> tuple[Action, ...]:
        """The actions of the bundle at a position."""
        return tuple(self.actions[at] for at in self.bundles[bundle].actions)

    def incremental_value_at(self, end: str) -> Array:
        """Incremental value per customer, (n,), with every effect at its "low", "mean" or "high"; NaN if not known."""
        ENDS.read(end, "end")
        value = np.zeros(len(self.customers))
        bundle = self.ledger.bundle
        for at in np.unique(bundle[bundle >= 0]).tolist():
            treated = bundle == at
            value[treated] = self.gain_at(at, end)[treated]
        return value

    def incremental_value_range(self) -> tuple[float, float, float]:
        """The plan's incremental value with every effect at its weak end, at its mean and at its strong end.

        The ends are less what shares of spend cost more there than by the stated effects, so that `cost` holds for all
        three. They are NaN where increments were given for the stated effects only.
        """
        low, high = self.incremental_value_at("low"), self.incremental_value_at("high")
        weak, strong = np.minimum(low, high), np.maximum(low, high)
        ends = (np.nan, np.nan) if np.isnan(weak).any() else (total(weak), total(strong))
        return ends[0], total(self.ledger.incremental_value), ends[1]

    def gain_at(self, bundle: int, end: str) -> Array:
        """Incremental value, (n,), of the bundle at a position at an end of its effects; NaN if not planned.

        The ends are "low", "mean" and "high".
        """
        ENDS.read(end, "end")
        first = self.actions_of(_read_position(bundle, "bundle", of=len(self.bundles)))[0]
        treated = self.ledger.bundle == bundle
        value = np.full(len(treated), np.nan)
        if self.is_curved(bundle) and self.ledger.by_size is not None:
            value[treated] = self.ledger.by_size[treated, SIZES.index(end)]
        elif first.effect is not None:
            powers = powers_of(self.customers.word("group"), self.responses) if first.effect.is_assumed else None
            of_treated = None if powers is None else powers[treated]
            base, p = self.ledger.base[treated], self.ledger.p[treated]
            value[treated] = Baseline(first.effect, base, p, of_treated).gain_at(end)
        return value

    def by_increments(self, bundle: int) -> bool:
        """Whether what the bundle at a position adds was counted by the purchase process."""
        several = len(self.bundles[bundle].actions) > 1
        return self.horizon != "" and (several or any(each.by_process for each in self.actions_of(bundle)))

    def is_curved(self, bundle: int) -> bool:
        """Whether its increments are not linear in the effect, so that they are kept by size."""
        several = len(self.bundles[bundle].actions) > 1
        return self.by_increments(bundle) and (several or not is_linear(self.actions_of(bundle)[0]))

    def for_customer(self, at: int) -> Self:
        """The plan of the customer at position `at` alone: one row, and the shadow prices of the whole plan.

        The bound is also that of the whole plan, but not below the customer's own net gain: floors may make the whole
        lose.
        """
        row = [_read_position(at, "at", of=len(self.customers))]
        own = self.ledger.rows(row)
        return evolve(
            self,
            customers=self.customers.rows(row),
            schedule=self.calendar.rows(row),
            previous=None if self.previous is None else self.previous.rows(row),
            ledger=evolve(own, bound=max(own.bound, float(self.net[at]))),
            earlier=None if self.earlier is None else self.earlier.of_customer(at),
            additions=tuple(each.of_customer(at) for each in self.additions if at in each.customers),
        )


def _read_position(value: Any, name: str, *, of: int) -> int:
    return WholeNumber(least=0, most=of - 1, example=0).read(value, name)
