"""Check that the strategies of the plan before stand until their year is out."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.strategy.checks.check import Check
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.strategy_years.early_changes import early_changes, forced_words


def strategy_year_checks(plan: PlanData[Any]) -> Iterator[Check]:
    """The check; none where no plan before is known. Its customers are those with a strategy that was changed."""
    if plan.previous is None:
        return
    early = early_changes(plan)
    names = [each.name for each in early]
    now = [at for at, each in enumerate(plan.playbook.strategies) if each.name in names]
    yield Check(
        check="the strategies of the plan before stand until their year is out",
        passed=not early,
        informative=bool(early),
        value=float(len(early)),
        limit=0.0,
        broken=np.isin(plan.ledger.strategy, now) if early else None,
        message=f"{forced_words(plan)}: what they did before cannot be judged"
        if early
        else "true by construction: plan(previous=) changes none of them earlier, unless by force",
    )
