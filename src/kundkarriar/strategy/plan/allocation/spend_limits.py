"""The floors and caps of a budget, as constraints on what a plan spends on whom and on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError
from kundkarriar.numerics.planning.allocation import Constraint
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.options.bundles import Bundle, members
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.spend_limit import WEEK, SpendLimit
from kundkarriar.strategy.specs.strategy import Strategy

OF_CUSTOMERS = ("abc", "rung", "group")


class LimitedSpend(NamedTuple):
    """A constraint with its words.

    Attributes:
        text: the limit, as in the tables: "at least 500 of money on A".
        kind: "floor" or "cap".
        constraint: the constraint on the allocation.
    """

    text: str
    kind: str
    constraint: Constraint


def limited_spend(
    budget: Budget,
    *,
    start: str,
    customers: CustomerTable,
    strategy: Whole,
    strategies: Sequence[Strategy],
    actions: Sequence[Action],
    bundles: Sequence[Bundle],
    cost: Array,
    hours: Array,
    spend_cost: Array | None,
) -> list[LimitedSpend]:
    """The constraints of the budget's floors and caps.

    Args:
        budget: with the limits.
        start: the plan's first day: the weeks of a plan begin with it.
        customers: those of the plan.
        strategy: position of each customer's strategy, (n,).
        strategies: those of the playbook.
        actions: those of the plan.
        bundles: the bundles of the actions.
        cost: money by action, (n, A) or (1, A).
        hours: hours by action, as `cost`.
        spend_cost: money by bundle besides, (n, B): it counts where the limit is about all actions, or about one of
            those that cost it.

    Raises:
        DataError: a limit names nothing of the plan, or several things; a floor is above the budget.
    """
    found = []
    for kind, limits in (("floor", budget.floors), ("cap", budget.caps)):
        for limit in limits:
            rows, columns = _named(limit, customers, strategy, strategies, actions)
            for unit, amount in _amounts(limit, budget, start=start).items():
                spent = cost if unit == "money" else hours
                use = spent * columns @ members(bundles, actions=len(actions))
                if unit == "money" and spend_cost is not None:
                    use = use + spend_cost * _costs_spend(bundles, actions, columns)
                use = use if rows is None else np.where(rows[:, None], use, 0.0)
                words = f"{amount:,.6g} of money" if unit == "money" else f"{amount:,.6g} hours"
                if kind == "floor":
                    most = budget.money_to_plan if unit == "money" else budget.hours_to_plan
                    if amount > most:
                        raise DataError.because(
                            f"the floor of {limit.of!r}, {words}, is above the {most:,.6g} to plan.",
                            hint="lower the floor, or raise the budget.",
                        )
                    constraint = Constraint(use, least=amount)
                else:
                    constraint = Constraint(use, most=amount)
                text = f"at {'least' if kind == 'floor' else 'most'} {words} on {limit.of}"
                found.append(LimitedSpend(text, kind, constraint))
    return found


def _costs_spend(bundles: Sequence[Bundle], actions: Sequence[Action], columns: Array) -> Array:
    """Whether a limit on the actions `columns`, (A,) as 1 and 0, is about what each bundle costs of spend, (B,)."""
    own = [any(columns[at] and actions[at].costs_spend for at in each.actions) for each in bundles]
    return np.array(own, dtype=np.float64)


def weeks_of(start: str, last_day: np.datetime64) -> float:
    """Number of weeks from `start` to `last_day`, both included; the first and the last may be parts of one."""
    return (day_number(last_day) - day_number(np.datetime64(start, "D")) + 1) / 7


def number_of_limits(budget: Budget, *, start: str) -> int:
    """How many constraints the floors and caps of a budget are: one for each amount of money or hours."""
    return sum(len(_amounts(each, budget, start=start)) for each in (*budget.floors, *budget.caps))


def _amounts(limit: SpendLimit, budget: Budget, *, start: str) -> dict[str, float]:
    if limit.of == WEEK:
        return {"hours": (limit.hours or 0.0) * weeks_of(start, budget.last_day)}
    money = limit.money if limit.share is None else limit.share * budget.money_to_plan
    return {unit: amount for unit, amount in (("money", money), ("hours", limit.hours)) if amount is not None}


def _named(
    limit: SpendLimit,
    customers: CustomerTable,
    strategy: Whole,
    strategies: Sequence[Strategy],
    actions: Sequence[Action],
) -> tuple[Mask | None, Array]:
    """The customers (n,), None for all, and the actions (A,), as 1 and 0, that a limit is about."""
    every = np.ones(len(actions))
    if limit.of == WEEK:
        return None, every
    of_strategy = {
        "strategy": [each.name for each in strategies],
        "owner": [each.owner for each in strategies],
    }
    of_action: Mapping[str, list[str]] = {
        "action": [each.name for each in actions],
        "objective": [each.objective for each in actions],
        "lever": [each.lever for each in actions],
    }
    kinds: dict[str, tuple[Mask | None, Array]] = {}
    for kind, names in of_strategy.items():
        if limit.of in names:
            kinds[kind] = (np.array([name == limit.of for name in names])[strategy], every)
    for kind, names in of_action.items():
        if limit.of in names:
            kinds[kind] = (None, np.array([float(name == limit.of) for name in names]))
    for kind in OF_CUSTOMERS:
        if (rows := customers.word(kind) == limit.of).any():
            kinds[kind] = (rows, every)
    if len(kinds) == 1:
        return next(iter(kinds.values()))
    if kinds:
        law = f"the limit of {limit.of!r} may be that of its {' or its '.join(kinds)}."
        raise DataError.because(law, hint="rename the strategy, the owner or the action.")
    words = sorted({*of_strategy["strategy"], *of_action["objective"], *of_action["action"]})
    raise DataError.because(
        f"nothing in the plan is named {limit.of!r}, which the budget limits.",
        hint=f"name a strategy, an owner, an objective, an action, a lever, a class, a rung or a group: {words[:8]}.",
    )
