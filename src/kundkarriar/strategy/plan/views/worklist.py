"""The plan's contacts by week; each contact is in exactly one week."""

from typing import NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arguments import NAME, POSITIVE, refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.playbook import of_strategies

WEEK = np.timedelta64(7, "D")


class Contacts(NamedTuple):
    """Planned contacts in the order of their due dates, (m,) each.

    Attributes:
        customer: position of the customer in the plan.
        number: number of the contact with this customer, from 1.
        of: number of contacts with this customer in the period.
        hours: hours of work.
        due: due date as a fraction of the period, 0 to 1.
    """

    customer: Whole
    number: Whole
    of: Whole
    hours: Array
    due: Array


def worklist(plan: PlanData[FrameT], *, week: str, hours: float | None) -> FrameT:
    """The contacts of one week, in descending order of net gain: see `Plan.worklist`."""
    weeks = iso_weeks(plan.start, str(plan.budget.last_day))
    if NAME.read(week, "week", hint=f'write week="{weeks[0]}".') not in weeks:
        raise DataError.because(
            f"the plan runs from week {weeks[0]} to week {weeks[-1]}, got {week!r}.",
            hint=f'write week="{weeks[min(1, len(weeks) - 1)]}".',
        )
    contacts = _contacts(plan)
    week_of = _week_of(contacts, number_of_weeks=len(weeks), hours=hours)
    rows = np.flatnonzero(week_of == weeks.index(week))
    net = (plan.ledger.incremental_value - plan.cost)[contacts.customer[rows]]
    rows = rows[np.argsort(-net, kind="stable")]
    customer: Whole = contacts.customer[rows]
    strategies = of_strategies(plan.playbook.strategies, plan.ledger.strategy[customer], like=plan.like)
    backend = narrow(plan.like, need="Plan").implementation
    value, priority = plan.ledger.incremental_value[customer], plan.customers.numbers.get("priority")
    # one id more than there are contacts, so that a week without any has ids of the same type
    ids = nw.new_series("customer_id", [plan.customers.ids[at] for at in [*customer.tolist(), 0]], backend=backend)
    return new_frame(
        {
            "rank": np.arange(1, len(rows) + 1),
            "customer_id": ids[:-1],
            "action": text_column(
                [action.name for action in plan.actions], plan.ledger.action[customer], like=plan.like
            ),
            "contact": contacts.number[rows],
            "of": contacts.of[rows],
            "hours": contacts.hours[rows],
            "hours_so_far": np.cumsum(contacts.hours[rows]),
            "incremental_value": value,
            "net": value - plan.cost[customer],
            **({"priority": priority[customer]} if priority is not None else {}),
            "strategy": strategies["strategy"],
            "reason": strategies["reason"],
        },
        like=plan.like,
    )


def iso_weeks(start: str, end: str) -> list[str]:
    """The ISO weeks with at least one day from `start` to `end`, both included.

    >>> iso_weeks("2027-01-01", "2027-01-12")
    ['2026-W53', '2027-W01', '2027-W02']
    """
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    # 1970-01-01 was a Thursday; the Thursday of a week decides which year the week belongs to
    monday = first - np.timedelta64((int(first.astype(np.int64)) + 3) % 7, "D")
    thursday = monday + np.timedelta64(3, "D")
    names = []
    while thursday - np.timedelta64(3, "D") <= last:
        year = thursday.astype("datetime64[Y]")
        number = int((thursday - year.astype("datetime64[D]")) // WEEK) + 1
        names.append(f"{year}-W{number:02d}")
        thursday = thursday + WEEK
    return names


def _contacts(plan: PlanData[FrameT]) -> Contacts:
    """All planned contacts, spread evenly over the period; each round is in descending order of net gain.

    Equal gains, as of an effect that adds the same amount for everyone, are in descending order of priority.
    """
    treated = np.flatnonzero(plan.ledger.treated)
    net = (plan.ledger.incremental_value - plan.cost)[treated]
    priority = plan.customers.numbers.get("priority", np.zeros(len(plan.customers)))[treated]
    order = np.lexsort((plan.customers.hashes(treated), -priority, -net))  # NaN comes last
    treated = treated[order]
    times = np.array([action.times_in(plan.budget) for action in plan.actions], dtype=np.int64)
    of = times[plan.ledger.action[treated]]
    position = (np.arange(len(treated)) + 0.5) / max(len(treated), 1)
    customer = np.repeat(np.arange(len(treated)), of)
    number = np.arange(len(customer)) - np.repeat(np.cumsum(of) - of, of)
    due = (number + position[customer]) / of[customer]
    order = np.argsort(due, kind="stable")
    customer, number = customer[order], number[order]
    each = np.array([action.hours for action in plan.actions], dtype=np.float64)
    row = treated[customer]
    return Contacts(row, number + 1, of[customer], each[plan.ledger.action[row]], due[order])


def _week_of(contacts: Contacts, *, number_of_weeks: int, hours: float | None) -> Whole:
    """The week of each contact: the week it is due in, or the next with hours left; -1 where none is left."""
    due = np.minimum((contacts.due * number_of_weeks).astype(np.int64), number_of_weeks - 1)
    if hours is None:
        return due
    longest = float(contacts.hours.max(initial=0.0))
    if not POSITIVE.holds(hours) or longest > hours:
        hint = f"write hours={max(longest, 1.0):g} or more, or leave hours out to see the week as planned."
        raise refusal(hours, "hours", law=f"hours of a week, enough for its longest contact ({longest:g})", hint=hint)
    placed_in = due.copy()
    with_hours = np.flatnonzero(contacts.hours > 0)
    starts = np.searchsorted(due[with_hours], np.arange(number_of_weeks + 1))
    waiting = with_hours[:0]
    for week in range(number_of_weeks):
        order = np.concatenate([waiting, with_hours[starts[week] : starts[week + 1]]])
        fits = first_fit(contacts.hours[order], room=float(hours))
        placed_in[order[fits]] = week
        waiting = order[~fits]
    placed_in[waiting] = -1
    if len(waiting):
        warn(
            f"{len(waiting):,} of {len(placed_in):,} planned contacts ({contacts.hours[waiting].sum():,.1f} hours) "
            f"find no room in the period with {hours:g} hours a week."
        )
    return placed_in


def first_fit(sizes: Array, *, room: float) -> Mask:
    """Which items, (n,), fit when taken in order (greedy first fit): an item that does not fit is skipped.

    Each pass takes the longest run that fits; the size after it no longer fits, so there are at most as many passes as
    distinct sizes.

    >>> first_fit(np.array([2.0, 2.0, 3.0, 1.0, 1.0]), room=5.0).tolist()
    [True, True, False, True, False]
    """
    fits = np.zeros(len(sizes), dtype=bool)
    left, rows = room * (1 + TIE_TOLERANCE), np.arange(len(sizes))
    while len(rows := rows[sizes[rows] <= left]):
        used = np.cumsum(sizes[rows])
        taken = int(np.searchsorted(used, left, side="right"))
        fits[rows[:taken]] = True
        left -= used[taken - 1]
        rows = rows[taken:]
    return fits
