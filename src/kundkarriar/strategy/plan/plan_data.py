"""The data of a plan: customers, decisions, budget, playbook and actions, and the money per customer that follows."""

from __future__ import annotations

from typing import Generic

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT
from kundkarriar.numerics.planning.treatment_effect import gain
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import Decisions
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.playbook import Playbook


@frozen(kw_only=True, eq=False)
class PlanData(Generic[FrameT]):
    """Everything that the views and checks of a plan read. The fields are those of `Plan`.

    Attributes:
        playbook: the strategies, in order.
        actions: the available actions, those that change no price first.
        budget: money and hours.
        start: the plan's first day, as text.
        holdout: share of those selected for an action that is randomly assigned to the holdout.
        seed: seed of the random assignment.
        customers: the customers, n rows.
        decisions: strategy, action and holdout of each customer.
        like: an empty frame of the kind to return.
    """

    playbook: Playbook
    actions: tuple[Action, ...]
    budget: Budget
    start: str
    holdout: float
    seed: int
    customers: CustomerTable
    decisions: Decisions
    like: FrameT

    @property
    def cost(self) -> Array:
        """Planned money per customer over the period, (n,)."""
        return self.decisions.of_action(np.array([action.cost_in(self.budget) for action in self.actions]))

    @property
    def hours(self) -> Array:
        """Planned hours per customer over the period, (n,)."""
        return self.decisions.of_action(np.array([action.hours_in(self.budget) for action in self.actions]))

    def incremental_value_at(self, end: str) -> Array:
        """Incremental value per customer, (n,), with every effect at its "low", "mean" or "high"."""
        value = np.zeros(len(self.customers))
        for at, action in enumerate(self.actions):
            if action.effect is not None and (treated := self.decisions.action == at).any():
                value[treated] = self.gain(at, getattr(action.effect, end))[treated]
        return value

    def gain(self, action: int, size: float) -> Array:
        """Incremental value, (n,), of the action at position `action`, for an effect of `size`; NaN if not planned."""
        effect = self.actions[action].effect
        on = "value" if effect is None else effect.on
        treated = self.decisions.action == action
        value = np.full(len(treated), np.nan)
        value[treated] = gain(on=on, m=size, base=self.decisions.base[treated], p=self.decisions.p[treated])
        return value

    def for_customer(self, at: int) -> PlanData[FrameT]:
        """The plan of the customer at position `at` alone: one row, and the shadow prices of the whole plan."""
        return evolve(self, customers=self.customers.rows([at]), decisions=self.decisions.rows([at]))
