"""The contacts that a plan has planned, and those before it that still matter, as a log and as a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import positions
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog, contacts_with, joined
from kundkarriar.strategy.plan.plan_data import PlanData


def contacts_frame(plan: PlanData[FrameT]) -> FrameT:
    """customer_id, date, action, channel, in the order of the dates: see `Plan.contacts`."""
    log: ContactLog = contacts_of(plan)
    order: Whole = np.lexsort((log.kind, log.customer, log.day))
    customer: Whole = log.customer[order]
    kind: Whole = log.kind[order]
    backend = narrow(plan.like, need="Plan.contacts").implementation
    # one id more than there are contacts, so that a frame without any has ids of the same type
    ids = nw.new_series("customer_id", [plan.customers.ids[at] for at in [*customer.tolist(), 0]], backend=backend)
    return new_frame(
        {
            "customer_id": ids[:-1],
            "date": log.day[order].astype("datetime64[D]").astype("datetime64[us]"),
            "action": text_column([action for action, _ in log.kinds], kind, like=plan.like),
            "channel": text_column([channel for _, channel in log.kinds], kind, like=plan.like),
        },
        like=plan.like,
    )


def contacts_of(plan: PlanData[Any]) -> ContactLog:
    """Contacts before the plan that still matter, those planned, and those of additions."""
    return joined([*([] if plan.earlier is None else [plan.earlier]), of_this_plan(plan)])


def of_this_plan(plan: PlanData[Any]) -> ContactLog:
    """The contacts planned, and those of additions."""
    return joined([*_planned(plan), *(each.contacts for each in plan.additions)])


def contacts_before(plan: PlanData[Any], *, ids: Sequence[Any], start: str, need: str) -> ContactLog:
    """The contacts of a plan before `start`, with its customers who are among `ids`, (n,).

    Raises:
        DataError: the plan starts after `start`; ids of another kind.
    """
    if plan.start > start:
        law = f"the previous plan starts on {plan.start}, after this one, which starts on {start}."
        raise DataError.because(law, hint="give the plan whose contacts come before.")
    log, backend = contacts_of(plan), narrow(plan.like, need=need).implementation
    at = positions(
        nw.new_series("customer_id", list(plan.customers.ids), backend=backend),
        among=nw.new_series("customer_id", list(ids), backend=backend),
        need=need,
        frame_name="the previous plan",
        among_name="the customers",
    )[log.customer]
    kept = (at >= 0) & (log.day < day_number(np.datetime64(start, "D")))
    return ContactLog(customer=at[kept], day=log.day[kept], kinds=log.kinds, kind=log.kind[kept])


def _planned(plan: PlanData[Any]) -> Iterator[ContactLog]:
    """The contacts with treated customers, by action and sequence of days."""
    calendar, bundle = plan.calendar, plan.ledger.bundle
    pattern = np.broadcast_to(calendar.pattern, (len(bundle), len(plan.actions)))
    for at, action in enumerate(plan.actions):
        mine = np.isin(bundle, [j for j, each in enumerate(plan.bundles) if at in each.actions])
        for each in np.unique(pattern[mine, at]).tolist():
            if each >= 0:
                rows, days = np.flatnonzero(mine & (pattern[:, at] == each)), calendar.patterns[each]
                yield contacts_with(rows, days, (action.name, action.channel))
