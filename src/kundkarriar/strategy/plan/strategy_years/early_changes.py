"""Strategies that a plan changed before their year was out, and their words."""

from typing import Any

from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.strategy_years.changed_strategy import ChangedStrategy


def early_changes(plan: PlanData[Any]) -> tuple[ChangedStrategy, ...]:
    """The strategies of the plan before that the plan changed by force."""
    changed = () if plan.previous is None else plan.previous.changed
    return tuple(each for each in changed if each.is_early(plan.start))


def forced_words(plan: PlanData[Any]) -> str:
    """Which they are, and the reason given."""
    return f"changed before their year was out: {', '.join(map(str, early_changes(plan)))}; the reason: {plan.force}"
