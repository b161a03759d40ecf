"""The decisions of a plan: strategy, action and random assignment to the holdout, one entry per customer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.fields import Shaped
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.allocation import Constraint, allocate
from kundkarriar.numerics.planning.randomised_holdout import held_out
from kundkarriar.numerics.sampling.stable_hash import random_numbers
from kundkarriar.stored import part
from kundkarriar.stored_forms import Form, array_of, or_null, written
from kundkarriar.strategy.plan.action_increments import ActionIncrements
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.effect_baseline import Baseline, baseline
from kundkarriar.strategy.plan.effect_sizes import SIZES, is_linear
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.strategy import Strategy

WITH_MISSING = array_of(np.float64, missing=True)
GAIN = Form(
    law=WITH_MISSING.law, write=lambda gain: WITH_MISSING.write(gain.T), read=lambda given: WITH_MISSING.read(given).T
)
"""Gains are stored action by action."""
BY_CUSTOMER = ("strategy", "action", "held_out", "gain", "base", "p", "by_size")


@frozen(kw_only=True, eq=False)
class Decisions:
    """The decisions of a plan, as arrays in the order of its customers.

    Attributes:
        strategy: position of the customer's strategy in the playbook, (n,).
        action: position of the planned action, (n,); -1 for none.
        held_out: selected for an action and randomly assigned to the holdout, (n,).
        gain: expected incremental value of each eligible action, (n, A); NaN where not eligible or not known.
        base, p: baseline value and probability that the planned action's effect acts on, (n,) each; NaN without one.
        by_size: increments of the planned action at `SIZES`, (n, 5), in place of base and p where they are not linear
            in the effect; NaN elsewhere. None: no increments were given.
        best: increments at `SIZES` of the customer to whom each action would add most, (A, 5), in the same way.
        prices: shadow prices of money and hours, (2,), before the holdout is assigned.
        bound: upper bound on the expected net gain of any plan under this budget, less that of the holdout.
    """

    stored_as = "decision table"
    strategy: Whole = field(validator=Shaped(shape="n", least=0))
    action: Whole = field(validator=Shaped(shape="n", least=-1))
    held_out: Mask = field(validator=Shaped(shape="n"))
    gain: Array = field(validator=Shaped(shape="n A", missing=True), metadata=written(GAIN))
    base: Array = field(validator=Shaped(shape="n", missing=True), metadata=written(WITH_MISSING))
    p: Array = field(validator=Shaped(shape="n", least=0, missing=True), metadata=written(WITH_MISSING))
    prices: Array = field(validator=Shaped(shape="2", least=0))
    bound: float = field(validator=FINITE)
    by_size: Array | None = field(
        default=None,
        validator=optional(Shaped(shape=f"n {len(SIZES)}", missing=True)),
        metadata=written(or_null(WITH_MISSING), later=True),
    )
    best: Array | None = field(
        default=None,
        validator=optional(Shaped(shape=f"A {len(SIZES)}", missing=True)),
        metadata=written(or_null(WITH_MISSING), later=True),
    )

    @classmethod
    def decide(
        cls,
        *,
        customers: CustomerTable,
        strategy: Whole,
        strategies: tuple[Strategy, ...],
        actions: tuple[Action, ...],
        budget: Budget,
        holdout: float,
        seed: int,
        increments: ActionIncrements | None = None,
    ) -> Decisions:
        """Choose at most one action per customer to maximise the expected net gain; then assign the holdout.

        Equal customers are ordered at random, by a hash of id, seed and the budget's period. The holdout is a random
        share `holdout` of the selected customers. Their cost is not spent on others: customers selected afterwards
        could not have been held out, so treated and held-out customers would no longer be comparable.
        """
        n = len(customers)
        given = {} if increments is None else increments.by_action
        baselines = {
            at: baseline(each, customers) for at, each in enumerate(actions) if each.effects and at not in given
        }
        gain = np.full((n, len(actions)), np.nan)
        for at, values in [*((at, each.gain_at_mean) for at, each in baselines.items()), *_at_mean(given)]:
            eligible_rows = eligible(actions[at], customers=customers, strategy=strategy, strategies=strategies)
            gain[eligible_rows, at] = values[eligible_rows]
        linear = {at: actions[at].effects[0] for at in given if is_linear(actions[at])}
        baselines |= {
            at: Baseline.of_increments(effect, given[at][:, SIZES.index("mean")]) for at, effect in linear.items()
        }
        cost = np.array([action.cost_in(budget) for action in actions])
        hours = np.array([action.hours_in(budget) for action in actions])
        hashes = customers.hashes()
        # in random order: among equal customers, neither the order of rows nor the ids decide
        order = np.argsort(random_numbers(hashes=hashes, seed=seed, occasion=f"turn in {budget.days}"), kind="stable")
        allocation = allocate(
            net=(gain - cost)[order],
            constraints=[Constraint(cost, most=budget.money_to_plan), Constraint(hours, most=budget.hours_to_plan)],
        )
        action = np.empty_like(allocation.choice)
        action[order] = allocation.choice
        number = random_numbers(hashes=hashes, seed=seed, occasion=f"holdout in {budget.days}")
        held = held_out(treated=action >= 0, number=number, share=holdout)
        held_out_net = total((gain - cost)[held, action[held]])
        action[held] = -1
        base, p = np.full(n, np.nan), np.full(n, np.nan)
        for at, untreated in baselines.items():
            treated = action == at
            base[treated], p[treated] = untreated.base[treated], untreated.p[treated]
        by_size, best = np.full((n, len(SIZES)), np.nan), np.full((len(actions), len(SIZES)), np.nan)
        for at in given.keys() - linear.keys():
            treated = action == at
            by_size[treated] = given[at][treated]
            if not np.isnan(gain[:, at]).all():
                best[at] = given[at][np.nanargmax(gain[:, at])]
        return cls(
            strategy=strategy,
            action=action,
            held_out=held,
            gain=gain,
            base=base,
            p=p,
            prices=allocation.prices,
            bound=allocation.bound - held_out_net,
            by_size=None if increments is None else by_size,
            best=None if increments is None else best,
        )

    @property
    def treated(self) -> Mask:
        """Whether the customer gets an action, (n,)."""
        return self.action >= 0

    @property
    def incremental_value(self) -> Array:
        """Expected incremental value of the planned action, before its cost, (n,); 0 without one."""
        return self.of_action(self.gain)

    @property
    def max_justified_spend(self) -> Array:
        """Largest expected incremental value over the eligible actions, (n,); at least 0."""
        best: Array = np.fmax.reduce(self.gain, axis=1, initial=0.0)
        return best

    def of_action(self, values: Array) -> Array:
        """`values` at the planned action, (n,); 0 without one. `values` is (A,) or (n, A)."""
        chosen = np.zeros(len(self.action))
        rows = np.flatnonzero(self.treated)
        own = self.action[rows]
        chosen[rows] = values[own] if values.ndim == 1 else values[rows, own]
        return chosen

    def rows(self, at: list[int]) -> Decisions:
        """The decisions at positions `at`; prices and bound are those of the whole plan."""
        own = {name: values for name in BY_CUSTOMER if (values := getattr(self, name)) is not None}
        return evolve(self, **{name: values[at] for name, values in own.items()})


def _at_mean(given: Mapping[int, Array]) -> list[tuple[int, Array]]:
    return [(at, values[:, SIZES.index("mean")]) for at, values in given.items()]


def _a_row_each(decisions: Decisions) -> Decisions:
    """Decisions with a row of gains for each customer, also where there are no actions."""
    return decisions if decisions.gain.size else evolve(decisions, gain=np.zeros((len(decisions.action), 0)))


DECISIONS = Form(
    law="decisions", write=part(Decisions).write, read=lambda given: _a_row_each(part(Decisions).read(given))
)


def eligible(action: Action, *, customers: CustomerTable, strategy: Whole, strategies: tuple[Strategy, ...]) -> Mask:
    """Whether the action serves the customer's strategy, and its step starts from the customer's rung, (n,)."""
    serves = np.array([each.serves(action) for each in strategies])[strategy]
    if action.step is None:
        return serves
    on_rung: Mask = customers.word("rung") == action.step[0]
    return serves & on_rung
