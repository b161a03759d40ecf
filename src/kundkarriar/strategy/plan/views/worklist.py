"""The plan's contacts, week by week: each in exactly one week."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.errors import DataError, DataWarning
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.numerics.money.equal_amounts import TIE
from kundkarriar.strategy.specs.field_types import is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.strategy.plan.plan import Plan

WEEK = np.timedelta64(7, "D")


class Contacts(NamedTuple):
    """Planned contacts in the order of their turn: whose, and which of how many."""

    customer: NDArray[np.int64]
    number: NDArray[np.int64]
    of: NDArray[np.int64]
    hours: NDArray[np.float64]
    due: NDArray[np.float64]


def worklist(plan: Plan[FrameT], *, week: str, hours: float | None) -> FrameT:
    """The contacts of one week, the most valuable customer first: see `Plan.worklist`."""
    weeks = iso_weeks(plan.start, str(plan.budget.last_day))
    if week not in weeks:
        raise DataError.because(
            f"the plan runs from week {weeks[0]} to week {weeks[-1]}, got {week!r}.",
            hint=f'write week="{weeks[min(1, len(weeks) - 1)]}".',
        )
    contacts = _contacts(plan)
    placed = _week_of(contacts, number_of_weeks=len(weeks), hours=hours)
    rows = np.flatnonzero(placed == weeks.index(week))
    net = (plan.ledger.incremental_value - plan.cost)[contacts.customer[rows]]
    rows = rows[np.argsort(-net, kind="stable")]
    who: NDArray[np.int64] = contacts.customer[rows]
    strategies = [plan.playbook.strategies[at] for at in plan.ledger.strategy[who]]
    backend = narrow(plan.like, need="Plan").implementation
    value = plan.ledger.incremental_value[who]
    # one id more than there are contacts, so that a week without any has ids of the same type
    ids = nw.new_series("customer_id", [plan.customers.ids[at] for at in [*who.tolist(), 0]], backend=backend)
    return new_frame(
        {
            "rank": np.arange(1, len(rows) + 1),
            "customer_id": ids[:-1],
            "action": np.array([plan.actions[at].name for at in plan.ledger.action[who]], dtype=np.str_),
            "contact": contacts.number[rows],
            "of": contacts.of[rows],
            "hours": contacts.hours[rows],
            "hours_so_far": np.cumsum(contacts.hours[rows]),
            "incremental_value": value,
            "net": value - plan.cost[who],
            "strategy": np.array([each.name for each in strategies], dtype=np.str_),
            "reason": np.array([each.because for each in strategies], dtype=np.str_),
        },
        like=plan.like,
    )


def iso_weeks(start: str, end: str) -> list[str]:
    """The ISO weeks that have a day between two days, both included.

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


def _contacts(plan: Plan[FrameT]) -> Contacts:
    """Every planned contact: the rounds of each customer evenly over the period, the most valuable first in each."""
    treated = np.flatnonzero(plan.ledger.treated)
    net = (plan.ledger.incremental_value - plan.cost)[treated]
    order = np.lexsort((plan.customers.hashes(treated), -net))
    treated = treated[order]
    times = np.array([action.times_in(plan.budget) for action in plan.actions], dtype=np.int64)
    of = times[plan.ledger.action[treated]]
    place = (np.arange(len(treated)) + 0.5) / max(len(treated), 1)
    customer = np.repeat(np.arange(len(treated)), of)
    number = np.arange(len(customer)) - np.repeat(np.cumsum(of) - of, of)
    due = (number + place[customer]) / of[customer]
    turn = np.argsort(due, kind="stable")
    customer, number = customer[turn], number[turn]
    each = np.array([action.hours for action in plan.actions], dtype=np.float64)
    who = treated[customer]
    return Contacts(who, number + 1, of[customer], each[plan.ledger.action[who]], due[turn])


def _week_of(contacts: Contacts, *, number_of_weeks: int, hours: float | None) -> NDArray[np.int64]:
    """The week of each contact: the one it is due in, or the next with hours left; -1 beyond the period."""
    due = np.minimum((contacts.due * number_of_weeks).astype(np.int64), number_of_weeks - 1)
    if hours is None:
        return due
    longest = float(contacts.hours.max(initial=0.0))
    if not is_number(hours) or not hours > 0 or not np.isfinite(hours) or longest > hours:
        raise DataError.because(
            f"a week must have hours for its longest contact ({longest:g}), got hours={hours!r}.",
            hint=f"write hours={max(longest, 1.0):g} or more, or leave hours out to see the week as planned.",
        )
    answer = due.copy()
    working = np.flatnonzero(contacts.hours > 0)
    starts = np.searchsorted(due[working], np.arange(number_of_weeks + 1))
    waiting = working[:0]
    for week in range(number_of_weeks):
        turn = np.concatenate([waiting, working[starts[week] : starts[week + 1]]])
        fits = fitting(contacts.hours[turn], room=float(hours))
        answer[turn[fits]] = week
        waiting = turn[~fits]
    answer[waiting] = -1
    if len(waiting):
        warnings.warn(
            f"{len(waiting):,} of {len(answer):,} planned contacts ({contacts.hours[waiting].sum():,.1f} hours) "
            f"find no room in the period with {hours:g} hours a week.",
            DataWarning,
            stacklevel=4,
        )
    return answer


def fitting(sizes: NDArray[np.float64], *, room: float) -> NDArray[np.bool_]:
    """Which of several (n,), taken in their order, still find room; one too large lets smaller ones pass.

    Each round takes as many as fit without a gap; the next one's size is then ruled out, so that there are no
    more rounds than sizes.

    >>> fitting(np.array([2.0, 2.0, 3.0, 1.0, 1.0]), room=5.0).tolist()
    [True, True, False, True, False]
    """
    fits = np.zeros(len(sizes), dtype=bool)
    left, rows = room * (1 + TIE), np.arange(len(sizes))
    while len(rows := rows[sizes[rows] <= left]):
        used = np.cumsum(sizes[rows])
        taken = int(np.searchsorted(used, left, side="right"))
        fits[rows[:taken]] = True
        left -= used[taken - 1]
        rows = rows[taken:]
    return fits
