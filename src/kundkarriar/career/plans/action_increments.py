"""What actions add to the customers of a career, counted by its scorer from its summary."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.errors import warn
from kundkarriar.frames import FrameT, add_columns, narrow, numbers, text_column
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget


def action_increments(
    actions: Sequence[Action],
    summary: FrameT | None,
    *,
    leads: FrameT | None,
    as_of: str,
    planner: StrategyPlanner,
    scorer: FittedValueScorer,
    budget: Budget,
    start: str,
    planned: FrameT | None = None,
    contacts: Any = None,
    previous: Any = None,
    events: Any = None,
    until: Any = None,
    climbs: Any = None,
) -> FrameT | None:
    """The frame of `StrategyPlanner.increments`; None where none is counted, or without a summary.

    `planned`, `contacts`, `previous`, `events`, `until` and `climbs` are those of it.

    Warns:
        DataWarning: actions are on the process, and there is no summary.
    """
    timed = [action.name for action in planner.listed(actions) if action.by_process]
    if not timed and planner.most_actions == 1:
        return None
    if summary is None:
        if timed:
            warn(
                "career.plan: this career was stored by an earlier version, without its summary, so what "
                f"{', '.join(timed)} would add is approximated from the scores, as if contacts acted on the whole "
                "horizon. Fit the career anew for exact increments."
            )
        return None
    table = narrow(summary, need="career.plan")
    if not np.isfinite(numbers(table, "T", need="career.plan", nullable=True)).any():  # leads alone tell no day
        days = text_column([as_of] * len(table), like=summary)
        summary = add_columns(summary, {"as_of": days})
    return planner.increments(
        scorer,
        summary,
        actions=actions,
        customers=summary,
        leads=leads,
        budget=budget,
        start=start,
        planned=planned,
        contacts=contacts,
        previous=previous,
        events=events,
        until=until,
        climbs=climbs,
    )
