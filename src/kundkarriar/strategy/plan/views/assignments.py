"""The plan customer by customer: strategy, action, contacts, cost and what it adds."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.strategy.plan.contacts.schedule import as_dates
from kundkarriar.strategy.plan.decision_reasons import HELD_OUT, REASON_TEXTS, decision_reasons, reason_texts
from kundkarriar.strategy.plan.options.bundles import by_bundle
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.additions import added_columns
from kundkarriar.strategy.specs.playbook import of_strategies


def assignments(plan: PlanData[FrameT]) -> FrameT:
    """One row per customer, in the order given: see `Plan.assignments`."""
    ledger, strategies, known = plan.ledger, plan.playbook.strategies, plan.customers.numbers
    reason, recommended = decision_reasons(plan)
    reasons = [f"{each.because}; {words}" for each in strategies for words in reason_texts(plan)]
    reason = ledger.strategy * len(REASON_TEXTS) + reason
    would = np.flatnonzero(ledger.held_out & (ledger.selected >= 0))  # plans that were stored before bundles had none
    reason[would] = len(reasons) + ledger.strategy[would] * len(plan.bundles) + ledger.selected[would]
    held = f"and is {REASON_TEXTS[HELD_OUT]}"
    reasons += [f"{each.because}; would get {own.name}, {held}" for each in strategies for own in plan.bundles]
    backend = narrow(plan.like, need="Plan").implementation
    named = of_strategies(strategies, ledger.strategy, like=plan.like)
    contacts = ledger.of_bundle(by_bundle(plan.calendar.times().astype(np.float64), plan.bundles))
    return new_frame(
        {
            "customer_id": nw.new_series("customer_id", list(plan.customers.ids), backend=backend),
            "strategy": named["strategy"],
            "objective": named["objective"],
            "action": text_column([each.name for each in plan.bundles], ledger.bundle, like=plan.like),
            "selected": text_column([each.name for each in plan.bundles], ledger.selected, like=plan.like),
            "recommended": text_column([each.name for each in plan.actions], recommended, like=plan.like),
            "treated": ledger.treated,
            "held_out": ledger.held_out,
            "contacts": contacts.astype(np.int64),
            "first_contact": as_dates(_first_days(plan)),
            "cost": plan.cost,
            "hours": plan.hours,
            "incremental_value": ledger.incremental_value,
            "net": plan.net,
            "max_justified_spend": ledger.max_justified_spend,
            **added_columns(plan),
            **{name: known[name] for name in ("value_at_risk", "priority") if name in known},
            "reason": text_column(reasons, reason, like=plan.like),
        },
        like=plan.like,
    )


def _first_days(plan: PlanData[Any]) -> Array:
    """The day of each customer's first contact, as a number since 1970-01-01, (n,); NaN without one."""
    bundle, first = plan.ledger.bundle, plan.calendar.first_days()
    answer = np.full(len(bundle), np.nan)
    for at in np.unique(bundle[bundle >= 0]).tolist():
        mine = np.flatnonzero(bundle == at)
        of_actions = first[:, list(plan.bundles[at].actions)].min(axis=1)
        answer[mine] = of_actions[0] if len(first) == 1 else of_actions[mine]
    return answer
