"""A plan without customers who object to it: they get nothing, and what they would have cost stays unspent."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Whole
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.changes.addition import Addition
from kundkarriar.strategy.plan.changes.named_customers import named_customers
from kundkarriar.strategy.plan.contacts.contact_consent import consent_column
from kundkarriar.strategy.plan.decisions import Decisions
from kundkarriar.strategy.plan.plan_data import PlanData

PlanT = TypeVar("PlanT", bound=PlanData[Any])


def without_customers(plan: PlanT, ids: Any) -> PlanT:
    """The plan in which these customers may not be contacted: see `Plan.without`."""
    rows = named_customers(plan, ids, need="Plan.without", name="ids")
    may = plan.customers.may_be_contacted()
    may[rows] = False
    consent = {**plan.customers.consent, consent_column(): may}
    additions = [_kept(each, rows) for each in plan.additions]
    return evolve(
        plan,
        customers=evolve(plan.customers, consent=consent),
        ledger=_decisions(plan, rows),
        additions=tuple(each for each in additions if len(each.customers)),
    )


def _decisions(plan: PlanData[Any], rows: Whole) -> Decisions:
    """The decisions with nothing for the customers `rows`, (k,)."""
    ledger = plan.ledger
    changed: dict[str, Any] = {}
    for name in ("gain", "low", "high", "base", "p", "by_size"):
        if (values := getattr(ledger, name)) is not None:
            changed[name] = values.copy()
            changed[name][rows] = np.nan
    if ledger.best is not None:
        changed["best"] = ledger.best.copy()
        for at in range(len(plan.bundles)):  # that of the customer to whom a bundle would add most
            gains = ledger.gain[:, at]
            if not np.isnan(gains).all() and int(np.nanargmax(gains)) in rows:
                changed["best"][at] = np.nan
    selected, held_out, assigned = ledger.selected.copy(), ledger.held_out.copy(), ledger.as_assigned
    selected[rows], held_out[rows] = -1, False
    gone = (selected < 0) & (assigned.selected >= 0)
    if gone.any():
        changed["withdrawn"] = np.where(gone, assigned.selected, -1)
        changed["withdrawn_from_holdout"] = gone & assigned.held_out
    spent = [ledger.of_bundle(each, selected=ledger.selected)[rows] for each in (plan.bundle_cost, plan.bundle_hours)]
    freed = np.array([total(each) for each in spent]) + (ledger.freed or 0.0)
    bound = ledger.bound - total(plan.net[rows])
    return evolve(ledger, selected=selected, held_out=held_out, bound=bound, freed=tuple(freed.tolist()), **changed)


def _kept(addition: Addition, rows: Whole) -> Addition:
    """An addition without the customers `rows`, (k,)."""
    kept = ~np.isin(addition.customers, rows)
    own = {name: getattr(addition, name)[kept] for name in ("customers", "cost", "hours", "value")}
    contacts = addition.contacts
    return evolve(addition, **own, contacts=contacts.rows(~np.isin(contacts.customer, rows)))
