"""The actions that the strategies of a plan draw on, by kind, and which of them their customers could be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.strategy import Strategy

Kind = tuple[str, str, str]
"""Name, objective and lever of an action: measured effects in place of stated ones, and another cost, change none."""


class Catalogue(NamedTuple):
    """The actions of a plan, and what they would add to its customers.

    Attributes:
        actions: the actions.
        matching: whether an action serves only the strategies with its objective.
        strategy: position of each customer's strategy, (n,).
        gain: what each bundle adds to each customer, (n, B), single actions first; NaN where it is not possible.
    """

    actions: Sequence[Action]
    matching: bool
    strategy: Whole
    gain: Array

    @classmethod
    def of(cls, plan: PlanData[Any]) -> Catalogue:
        """That of a plan."""
        return cls(plan.actions, plan.match_objectives, plan.ledger.strategy, plan.ledger.gain)

    def kinds(self, strategy: Strategy) -> set[Kind]:
        """The kinds that a strategy draws on: of its own actions, or without any of those that it may get."""
        if strategy.actions:
            return set(map(_kind, strategy.actions))
        drawn = (each for each in self.actions if strategy.allows(each))
        return {_kind(each) for each in drawn if strategy.serves(each) or not self.matching}

    def possible(self, at: int) -> set[Kind]:
        """The kinds that some customer of the strategy at a position could be given, as far as the gain is known."""
        known = ~np.isnan(self.gain[self.strategy == at]).all(axis=0)
        return {_kind(each) for each, possible in zip(self.actions, known, strict=False) if possible}


def _kind(action: Action) -> Kind:
    return action.name, action.objective, action.lever
