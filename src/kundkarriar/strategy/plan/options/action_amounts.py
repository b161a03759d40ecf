"""Money and hours that each action takes of each customer over a plan's period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import AMOUNT
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError
from kundkarriar.fields import outside
from kundkarriar.frames import narrow, numbers, refuse_rows, require
from kundkarriar.strategy.increments.action_increments import ActionIncrements, costs_spend
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.specs.action import Action


def action_amounts(actions: Sequence[Action], *, frame: Any, schedule: Schedule, need: str) -> tuple[Array, Array]:
    """Money and hours by action over the period, (n, A) each, or (1, A) where all customers have the same.

    Args:
        actions: the A actions; a cost that is a column is read from the customers.
        frame: the customers as given, n rows. Where a column is missing for a customer the amount is NaN.
        schedule: the number of contacts.
        need: the caller, for messages.

    Raises:
        DataError: a column is missing, or holds something else than amounts.
    """
    times = schedule.times().astype(np.float64)
    money, hours = ([_each(action, name, frame=frame, need=need) for action in actions] for name in ("cost", "hours"))
    return _over(times, money), _over(times, hours)


def spend_cost(
    actions: Sequence[Action], bundles: Sequence[Bundle], increments: ActionIncrements | None, *, n: int
) -> Array | None:
    """What each bundle costs as a share of the spend of n customers, (n, B); None where no action costs any.

    Raises:
        CapabilityError: an action costs a share of spend, and there are no increments, with which it is counted.
    """
    costly = [at for at, each in enumerate(bundles) if costs_spend(each, actions)]
    if not costly:
        return None
    cost = np.zeros((n, len(bundles)))
    for at in costly:
        if increments is None or at not in increments.spend_cost:
            raise CapabilityError.because(
                f"what {bundles[at].name!r} costs as a share of spend is not known without increments.",
                hint="plan(customers, increments=planner.increments(fitted_scorer, summary, ...), ...), or "
                "career.plan(...); its effect must be on the purchase process.",
            )
        cost[:, at] = np.maximum(np.nan_to_num(increments.spend_cost[at]), 0.0)
    return cost


def later_cost(bundles: Sequence[Bundle], increments: ActionIncrements | None, *, n: int) -> Array | None:
    """What discounts of each bundle cost after the period, (n, B); None where no bundle gives one."""
    if increments is None or not increments.later_cost:
        return None
    cost = np.zeros((n, len(bundles)))
    for at, later in increments.later_cost.items():
        cost[:, at] = np.maximum(np.nan_to_num(later), 0.0)
    return cost


def _over(times: Array, each: Sequence[Array]) -> Array:
    if not each:
        return np.zeros((1, 0))
    return np.stack(np.broadcast_arrays(*(times[:, at] * amount for at, amount in enumerate(each))), axis=1)


def _each(action: Action, name: str, *, frame: Any, need: str) -> Array:
    """What one contact takes, (1,), or (n,) where it is a column."""
    amount = getattr(action, name)
    if not isinstance(amount, str):
        return np.array([amount], dtype=np.float64)
    table, where = narrow(frame, need=need), f"the {name} of the action {action.name!r}"
    require(table, [amount], need=where)
    values = numbers(table, amount, need=where, nullable=True)
    law, hint = f"{where} needs amounts of at least 0 in `{amount}`", "repair these rows, or leave them empty."
    refuse_rows(table, outside(values, law=AMOUNT), law, hint=hint, shown=["customer_id", amount])
    return values
