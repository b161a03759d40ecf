"""The data of a plan: customers, decisions, budget, playbook and actions, and the money per customer that follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, Self

import narwhals.stable.v2 as nw
import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import SEED, SHARE_BELOW_1, Text, WholeNumber, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.frames import FrameT, narrow
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import gain
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import AGAIN, LATER, Form, written
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import DECISIONS, Decisions, eligible
from kundkarriar.strategy.plan.effect_sizes import SIZES, is_linear
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.playbook import Playbook

ROUNDING = 1e-6
"""Sums and gains of a ledger agree to a millionth: ties count as equal, and what is stored was rounded once."""
LIBRARIES = ("pandas", "polars")
ENDS = Text(among=("low", "mean", "high"))


def _empty_frame(library: Any) -> Any:
    if library not in LIBRARIES:
        raise ValueError(f"one of {list(LIBRARIES)} is needed, got {library!r:.60}")
    return nw.from_dict({}, backend=library).to_native()


FRAMES = Form(
    law="the name of a frame library",
    write=lambda frame: narrow(frame, need="Plan").implementation.name.lower(),
    read=_empty_frame,
)


def _within_period(plan: PlanData[Any], _: object, start: Any) -> None:
    if (day := plan.budget.start_day(start)) != start:
        raise refusal(start, "start", law="a day as text", hint=f'write start="{day}".')


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
    for law, broken in _contradictions(plan):
        if broken.any():
            row = int(broken.argmax())
            where = f"first in row {row}, customer {plan.customers.ids[row]!r}"
            raise refused(f"{law}: broken by {broken.sum():,} of {n:,} customers, {where}")
    net = total(ledger.incremental_value) - total(plan.cost)
    if ledger.bound < net - ROUNDING * np.nansum(np.abs(ledger.gain)):
        raise refused(f"a `bound` of at least the plan's own net gain, {net:.6g}, got {ledger.bound:.6g}")
    spent = (("money", plan.cost, plan.budget.money_to_plan), ("hours", plan.hours, plan.budget.hours_to_plan))
    for name, used, available in spent:
        if total(used) > available * (1 + ROUNDING):
            raise refused(f"an `action` of each customer within the {available:,.6g} of `{name}` to plan")


def _misshapen(plan: PlanData[Any]) -> Iterator[str]:
    """Laws of the shapes and positions of a ledger that are broken."""
    ledger, n, actions = plan.ledger, len(plan.customers), len(plan.actions)
    if ledger.gain.shape != (n, actions):
        yield f"a `gain` of shape {(n, actions)}, got {ledger.gain.shape}"
    for name, positions, count in (
        ("action", ledger.action, actions),
        ("strategy", ledger.strategy, len(plan.playbook.strategies)),
    ):
        if (positions >= count).any():
            yield f"positions below {count} as `{name}`, got {positions.max()}"
    for name, values, rows in (("by_size", ledger.by_size, n), ("best", ledger.best, actions)):
        if (values is None) != (plan.horizon == ""):
            yield f"`{name}` where the plan has a `horizon` of increments, and only there; it is {plan.horizon!r}"
        if values is not None and values.shape != (rows, len(SIZES)):
            yield f"a `{name}` of shape {(rows, len(SIZES))}, got {values.shape}"


def _contradictions(plan: PlanData[Any]) -> Iterator[tuple[str, Any]]:
    """Laws of a ledger, and the customers who break them, (n,); each law may rely on those before it."""
    ledger, treated, known = plan.ledger, plan.ledger.treated, ~np.isnan(plan.ledger.gain)
    based, likely = ~np.isnan(ledger.base), ~np.isnan(ledger.p)
    curved = np.isin(ledger.action, [at for at in range(len(plan.actions)) if plan.is_curved(at)])
    possible = np.zeros_like(known)
    for at, action in enumerate(plan.actions):
        if action.effects:
            possible[:, at] = eligible(
                action, customers=plan.customers, strategy=ledger.strategy, strategies=plan.playbook.strategies
            )
    yield "`held_out` customers without an `action`", ledger.held_out & treated
    yield "a `gain` only where the action has an effect and serves strategy and rung", (known & ~possible).any(axis=1)
    yield "`held_out` customers with a `gain`", ledger.held_out & ~known.any(axis=1)
    yield "a `gain` of each planned `action`", np.isnan(ledger.incremental_value)
    yield "a `base` for each planned `action`, and for no other customer", (treated & ~curved) != based
    yield "a `p` for each planned `action`, and for no other customer", (treated & ~curved) != likely
    yield "a `p` of at most 1", ledger.p > 1
    for at, action in enumerate(plan.actions):
        if action.effects:
            mine, stated = ledger.action == at, ledger.gain[:, at]
            implied = plan.gain_at(at, "mean")
            source = "`by_size`" if plan.is_curved(at) else "`base` and `p`"
            law = f"a `gain` of {action.name!r} that follows from {source}"
            yield law, mine & ~np.isclose(stated, implied, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)


@frozen(kw_only=True, eq=False, repr=False)
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
    ledger: Decisions = field(validator=[instance_of(Decisions), _coherent], metadata=written(DECISIONS))
    like: FrameT = field(metadata=written(FRAMES, name="frames"))

    @like.validator
    def _is_frame(self, _: object, like: Any) -> None:
        narrow(like, need="Plan")

    @property
    def cost(self) -> Array:
        """Planned money per customer over the period, (n,)."""
        return self.ledger.of_action(np.array([action.cost_in(self.budget) for action in self.actions]))

    @property
    def hours(self) -> Array:
        """Planned hours per customer over the period, (n,)."""
        return self.ledger.of_action(np.array([action.hours_in(self.budget) for action in self.actions]))

    def incremental_value_at(self, end: str) -> Array:
        """Incremental value per customer, (n,), with every effect at its "low", "mean" or "high"; NaN if not known."""
        ENDS.read(end, "end")
        value = np.zeros(len(self.customers))
        for at in np.unique(self.ledger.action[self.ledger.treated]).tolist():
            treated = self.ledger.action == at
            value[treated] = self.gain_at(at, end)[treated]
        return value

    def incremental_value_range(self) -> tuple[float, float, float]:
        """The plan's incremental value with every effect at its weak end, at its mean and at its strong end.

        The ends are NaN where increments were given for the stated effects only.
        """
        low, high = self.incremental_value_at("low"), self.incremental_value_at("high")
        weak, strong = np.minimum(low, high), np.maximum(low, high)
        ends = (np.nan, np.nan) if np.isnan(weak).any() else (total(weak), total(strong))
        return ends[0], total(self.ledger.incremental_value), ends[1]

    def gain_at(self, action: int, end: str) -> Array:
        """Incremental value, (n,), of the action at position `action` at an end of its effects; NaN if not planned.

        The ends are "low", "mean" and "high".
        """
        ENDS.read(end, "end")
        own = self.actions[_read_position(action, "action", of=len(self.actions))]
        treated = self.ledger.action == action
        value = np.full(len(treated), np.nan)
        if self.is_curved(action) and self.ledger.by_size is not None:
            value[treated] = self.ledger.by_size[treated, SIZES.index(end)]
        elif own.effect is not None:
            size, base, p = getattr(own.effect, end), self.ledger.base[treated], self.ledger.p[treated]
            value[treated] = gain(on=own.effect.on, m=size, base=base, p=p)
        return value

    def by_increments(self, action: int) -> bool:
        """Whether what the action at position `action` adds was counted by the purchase process."""
        return self.horizon != "" and self.actions[action].acts_on_process

    def is_curved(self, action: int) -> bool:
        """Whether its increments are not linear in the effect, so that they are kept by size."""
        return self.by_increments(action) and not is_linear(self.actions[action])

    def for_customer(self, at: int) -> Self:
        """The plan of the customer at position `at` alone: one row, and the shadow prices of the whole plan."""
        row = [_read_position(at, "at", of=len(self.customers))]
        return evolve(self, customers=self.customers.rows(row), ledger=self.ledger.rows(row))


def _read_position(value: Any, name: str, *, of: int) -> int:
    return WholeNumber(least=0, most=of - 1, example=0).read(value, name)
