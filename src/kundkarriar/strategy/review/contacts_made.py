"""The contacts that were made, by customer and action, with what they cost, beside those that were planned."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.fields import Shaped
from kundkarriar.frames import (
    FrameT,
    NarrowFrame,
    narrow,
    new_frame,
    nulls,
    numbers,
    refuse_rows,
    rows_where,
    text_column,
)
from kundkarriar.ladder.past_contacts import ContactRows, contact_rows
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.contacts.planned_contacts import of_this_plan
from kundkarriar.strategy.plan.plan_data import PlanData

HINT = "leave out contacts that the plan did not plan, and write actions as the plan does."


@frozen(kw_only=True, eq=False)
class ContactsMade:
    """Contacts by customer and action, in the order of `actions_in`.

    Attributes:
        times: number of contacts, (n, A).
        cost, hours: money and hours, (n, A).
    """

    stored_as = "contacts made"
    times: Whole = field(validator=Shaped(shape="n A", least=0))
    cost: Array = field(validator=Shaped(shape="n A", least=0))
    hours: Array = field(validator=Shaped(shape="n A", least=0))

    @classmethod
    def read(cls, plan: PlanData[Any], contacts: Any, *, last: Whole, need: str) -> ContactsMade:
        """The contacts of a frame from the plan's first day to the days `last`, (n,).

        Its columns are customer_id, date, action, cost, hours.

        Without `cost` or `hours`, or where they are missing, a contact costs what the plan says of its action.

        Raises:
            DataError: an action that the plan does not have; otherwise as `contact_rows`.
        """
        names = actions_in(plan)
        first, end = day_number(np.datetime64(plan.start, "D")), int(last.max())
        backend = narrow(contacts, need="`contacts`").implementation
        known = nw.new_series("customer_id", list(plan.customers.ids), backend=backend)
        where = {"known_name": "the plan", "where": "not in the plan"}
        frame, rows = contact_rows(contacts, customers=known, among=np.array([first, end]), **where)
        timely = (rows.day >= first) & (rows.day <= last[rows.code])
        if not timely.any():
            raise DataError.because(
                f"{need}: none of {len(frame):,} contacts is with a customer of the plan from {plan.start} to "
                f"{np.datetime64(end, 'D')}: it would count as if nobody had been contacted.",
                hint="pass the log of the plan's time, or leave contacts out where there is none.",
            )
        timely &= _once(frame, rows)
        unknown = timely & ~np.isin(rows.action, names)
        law = f"{need}: contacts must be by an action of the plan, which are {list(names)}"
        refuse_rows(frame, unknown, law, hint=HINT, shown=["customer_id", "date", "action"], at=rows.row)
        number = {name: at for at, name in enumerate(names)}
        action = np.array([number[name] for name in rows.action[timely].tolist()], dtype=np.int64)
        cell = rows.code[timely] * len(names) + action
        shape = len(plan.customers), len(names)
        made: dict[str, Any] = {
            "times": np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)
        }
        for name in ("cost", "hours"):
            stated = _amounts(frame, name, need=need)[rows.row[timely]]
            own = each_contact(plan, name)[rows.code[timely], action]
            amounts = np.where(np.isnan(stated), own, stated)
            made[name] = np.bincount(cell, amounts, minlength=shape[0] * shape[1]).reshape(shape)
        return cls(**made)

    @classmethod
    def as_planned(cls, plan: PlanData[Any], *, last: Whole) -> ContactsMade:
        """The contacts that the plan planned to the days `last`, (n,)."""
        times = planned_times(plan, last=last)
        return cls(times=times, **{name: times * each_contact(plan, name) for name in ("cost", "hours")})


def actions_in(plan: PlanData[Any]) -> tuple[str, ...]:
    """The names of the plan's actions, and of those that were added."""
    return tuple(dict.fromkeys([*(each.name for each in plan.actions), *(each.action.name for each in plan.additions)]))


def planned_times(plan: PlanData[Any], *, last: Whole) -> Whole:
    """Contacts planned and added to the days `last`, (n,), by customer and action, (n, A)."""
    names, log = actions_in(plan), of_this_plan(plan)
    timely = log.day <= last[log.customer]
    action = np.array([names.index(name) for name, _ in log.kinds], dtype=np.int64)[log.kind[timely]]
    n = len(plan.customers)
    cell = log.customer[timely] * len(names) + action
    return np.bincount(cell, minlength=n * len(names)).reshape(n, len(names)).astype(np.int64)


def each_contact(plan: PlanData[Any], name: str) -> Array:
    """The planned "cost" or "hours" of one contact by each action with each customer, (n, A).

    Where an action does not contact a customer in the plan, it is the mean of those whom it does.
    """
    names, n = actions_in(plan), len(plan.customers)
    answer = np.zeros((n, len(names)))
    amounts, times = plan.action_cost if name == "cost" else plan.action_hours, plan.calendar.times()
    rate = np.divide(
        amounts, times, out=np.full(np.broadcast_shapes(amounts.shape, times.shape), np.nan), where=times > 0
    )
    for at in range(len(plan.actions)):
        known = rate[:, at][~np.isnan(rate[:, at])]
        answer[:, at] = np.where(np.isnan(rate[:, at]), known.mean() if len(known) else 0.0, rate[:, at])
    for each in plan.additions:
        at, contacts = names.index(each.action.name), np.bincount(each.contacts.customer, minlength=n)[each.customers]
        if at >= len(plan.actions) and len(each.customers):
            own = getattr(each, name) / np.maximum(contacts, 1)
            answer[:, at] = own.mean()
            answer[each.customers, at] = own
    return answer


def contacts_beside_planned(plan: PlanData[FrameT], made: ContactsMade, *, last: Whole) -> FrameT:
    """A row for each action: see `Review.contacts`."""
    names, planned = actions_in(plan), planned_times(plan, last=last)
    own, assigned = planned > 0, plan.ledger.as_assigned
    held = assigned.held_out[:, None] & ~own
    before = np.zeros_like(own)  # actions of those who were left out later
    gone = np.where(assigned.selected != plan.ledger.selected, assigned.bundle, -1)
    for at in np.unique(gone[gone >= 0]).tolist():
        before[np.ix_(gone == at, plan.bundles[at].actions)] = True

    def summed(values: Any) -> Any:
        return np.array([total(values[:, at].astype(np.float64)) for at in range(len(names))], dtype=np.float64)

    return new_frame(
        {
            "action": text_column(names, like=plan.like),
            "planned": summed(planned).astype(np.int64),
            "made": summed(made.times).astype(np.int64),
            "customers_planned": own.sum(axis=0),
            "customers_contacted": (own & (made.times > 0)).sum(axis=0),
            "to_held_out": summed(np.where(held, made.times, 0)).astype(np.int64),
            "to_others": summed(np.where(own | held | before, 0, made.times)).astype(np.int64),
            "money_planned": summed(planned * each_contact(plan, "cost")),
            "money": summed(made.cost),
            "hours_planned": summed(planned * each_contact(plan, "hours")),
            "hours": summed(made.hours),
        },
        like=plan.like,
    )


def _once(frame: NarrowFrame, rows: ContactRows) -> Mask:
    """Which contacts are not in the log already, with the customer, day and action of another row, (m,)."""
    number = np.unique(rows.action, return_inverse=True)[1]
    keys = np.column_stack([rows.code, rows.day, number])
    kept = np.zeros(len(keys), dtype=bool)
    kept[np.unique(keys, axis=0, return_index=True)[1]] = True
    if not kept.all():
        again = np.isin(np.arange(len(frame)), rows.row[~kept])
        warn(
            f"{int(again.sum()):,} of {len(frame):,} contacts are in the log already, with the customer, day and "
            f"action of another row; each counts once.\n\n{as_text(rows_where(frame, again))}"
        )
    return kept


def _amounts(frame: NarrowFrame, name: str, *, need: str) -> Array:
    """The column of what each contact took, (m,), NaN where it is not known."""
    if name not in frame.columns or not len(frame) or nulls(frame[name]).all():
        return np.full(len(frame), np.nan)
    values = numbers(frame, name, need=f"{need}: contacts", nullable=True)
    law, hint = f"{need} needs amounts of at least 0 in `{name}` of contacts", "repair these rows, or leave them empty."
    refuse_rows(frame, values < 0, law, hint=hint, shown=["customer_id", "date", "action", name])
    return values
