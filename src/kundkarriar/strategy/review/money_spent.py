"""The money and hours that the contacts with each customer took, over the days that count."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import day_number
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.review.contacts_made import ContactsMade
from kundkarriar.strategy.specs.action import Action


def money_and_hours(plan: PlanData[Any], contacts: ContactsMade, *, last: Whole) -> tuple[Array, Array]:
    """Money and hours of contacts with each customer, (n,) each, of which those to the days `last`, (n,), are given."""
    return contacts.cost.sum(axis=1) + share_of_spend(plan, contacts, last=last), contacts.hours.sum(axis=1)


def share_of_spend(plan: PlanData[Any], contacts: ContactsMade, *, last: Whole, cuts: bool = False) -> Array:
    """What actions cost as a share of spend of the customers who were contacted, (n,).

    It is what the plan expected, in proportion to the days that count. With `cuts` it is the part of it that actions
    cost which change the price.
    """
    spent = plan.ledger.spend_cost
    if spent is None:
        return np.zeros(len(plan.customers))
    if cuts:
        spent = spent * [_share_of_cuts(plan.actions_of(at)) for at in range(len(plan.bundles))]
    first, end = (day_number(day) for day in (np.datetime64(plan.start, "D"), plan.budget.last_day))
    days = np.minimum(last - first + 1, end - first + 1) / (end - first + 1)
    own = plan.ledger.of_bundle(spent, selected=plan.ledger.as_assigned.bundle)
    return np.where(contacts.times.any(axis=1), days * own, 0.0)


def _share_of_cuts(actions: tuple[Action, ...]) -> float:
    """How much of what these actions cost as a share of spend is price cuts."""
    shares = [each.cost_of_spend + (0.0 if each.discount is None else each.discount.share) for each in actions]
    cuts = sum(share for share, each in zip(shares, actions, strict=True) if each.changes_price)
    return cuts / sum(shares) if cuts else 0.0
