"""The contact calendar: when a plan contacts its customers, given the contacts and events before it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.plan.contacts.occasions import events_before, occasion_days
from kundkarriar.strategy.plan.contacts.planned_contacts import contacts_before
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.strategy import Strategy


class ContactCalendar(NamedTuple):
    """When a plan contacts its n customers, and what is known of the contacts before it.

    Attributes:
        schedule: the days of the contacts.
        earlier: the contacts before; None where none are known.
        claimed: whether the stated money of each action was claimed by a contact before, (n, A): see
            `ContactLog.claims`.
    """

    schedule: Schedule
    earlier: ContactLog | None
    claimed: Mask


def contact_calendar(
    actions: Sequence[Action],
    *,
    frame: Any,
    ids: Sequence[Any],
    strategy: Whole,
    strategies: Sequence[Strategy],
    budget: Budget,
    start: str,
    contacts: Any,
    previous: PlanData[Any] | None,
    events: Any,
    need: str,
) -> ContactCalendar:
    """The calendar of customers with these strategies.

    Args:
        actions: the actions of the plan.
        frame: the customers as given, n rows.
        ids: their ids, (n,).
        strategy: position of each customer's strategy, (n,).
        strategies: the strategies.
        budget: its period.
        start: the plan's first day.
        contacts: a frame of contacts before the plan; the truth, where it is given.
        previous: the plan before this one, whose contacts count as made where `contacts` are not given.
        events: a frame of events, for actions that follow them.
        need: the caller, for messages.
    """
    earlier = None if previous is None else contacts_before(previous, ids=ids, start=start, need=need)
    if contacts is not None:
        earlier = ContactLog.read(contacts, ids=ids, start=start)
    happened = events_before(start, events, frame=frame, need=need)
    schedule = Schedule.of(
        actions,
        budget=budget,
        start=start,
        strategy=strategy,
        strategies=strategies,
        occasion=partial(occasion_days, frame=frame, start=start, need=need, events=happened),
        last={} if earlier is None else earlier.last_days(actions, n=len(ids)),
        chains={} if earlier is None else earlier.chains(actions, start=start, n=len(ids)),
    )
    claimed = np.zeros((len(ids), len(actions)), dtype=bool)
    if earlier is not None:
        claimed = earlier.claims(actions, first_days=schedule.first_days(), n=len(ids))
    return ContactCalendar(schedule, earlier, claimed)
