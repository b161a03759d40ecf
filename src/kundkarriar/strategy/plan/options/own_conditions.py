"""Whom actions may serve by their own conditions: rung of the step, `when`, consent, and a contact within the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.frames import narrow, require
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.specs.action import Action


def own_conditions(
    actions: Sequence[Action], *, frame: Any, customers: CustomerTable, schedule: Schedule, need: str
) -> Mask:
    """Whether each action may serve each customer by its own conditions, (n, A).

    Args:
        actions: the A actions.
        frame: the customers as given, for what actions ask.
        customers: the table of the same customers, who may refuse all contacts, or the channel of an action.
        schedule: an action without a contact within the plan serves nobody.
        need: the caller, for messages.

    Raises:
        DataError: a column that an action asks is missing.
    """
    table, serves = narrow(frame, need=need), np.ones((len(customers), len(actions)), dtype=bool)
    serves &= schedule.pattern >= 0
    for at, action in enumerate(actions):
        serves[:, at] &= customers.may_be_contacted(action.channel)
        if action.step is not None:
            serves[:, at] &= customers.word("rung") == action.step[0]
        if action.when is not None:
            require(table, action.when.needs, need=f"the action {action.name!r}")
            serves[:, at] &= action.when.holds(frame)
    return serves


def possible_bundles(serves: Mask, bundles: Sequence[Bundle]) -> Mask:
    """Whether all actions of each bundle may serve each customer, (n, B)."""
    if len(bundles) == serves.shape[1]:
        return serves
    return np.stack([serves[:, list(each.actions)].all(axis=1) for each in bundles], axis=1)
