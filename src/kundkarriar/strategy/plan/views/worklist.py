"""The plan's contacts by week; each contact is in exactly one week."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arguments import NAME, POSITIVE, Text, refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.strategy.plan.contacts.schedule import as_dates
from kundkarriar.strategy.plan.customer_table import NEXT_PURCHASE
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.playbook import of_strategies
from kundkarriar.strategy.specs.spend_limit import WEEK as EACH_WEEK

WEEK = np.timedelta64(7, "D")


class Contacts(NamedTuple):
    """Planned contacts in the order of their due dates, (m,) each.

    Attributes:
        customer: position of the customer in the plan.
        action: position of the action.
        number: number of the contact by this action with this customer, from 1.
        of: number of contacts by this action with this customer in the period.
        day: the day it is due, as a number since 1970-01-01.
        hours: hours of work.
    """

    customer: Whole
    action: Whole
    number: Whole
    of: Whole
    day: Whole
    hours: Array

    def rows(self, at: Whole | Mask) -> "Contacts":
        """The contacts at positions `at`, or where it is true."""
        customer, action, number, of, day = (each[at] for each in self[:5])
        return Contacts(customer, action, number, of, day, self.hours[at])


def worklist(
    plan: PlanData[FrameT], *, week: str, hours: float | None, owner: str | None, channel: str | None
) -> FrameT:
    """The contacts of one week: see `Plan.worklist`."""
    weeks = iso_weeks(plan.start, str(plan.budget.last_day))
    if NAME.read(week, "week", hint=f'write week="{weeks[0]}".') not in weeks:
        raise DataError.because(
            f"the plan runs from week {weeks[0]} to week {weeks[-1]}, got {week!r}.",
            hint=f'write week="{weeks[min(1, len(weeks) - 1)]}".',
        )
    contacts = _with_additions(plan, _contacts(plan))
    asked = _asked(plan, contacts, owner=owner, channel=channel)
    if hours is not None:  # those of whom is asked
        contacts, asked = contacts.rows(asked), np.ones(int(asked.sum()), dtype=bool)
    due = (contacts.day - day_number(monday_of(np.datetime64(plan.start, "D")))) // 7
    full_week = _read_hours(plan, contacts, hours)
    placed = due if full_week is None else _placed(contacts, due, hours=full_week, shares=_shares(plan, len(weeks)))
    rows = np.flatnonzero((placed == weeks.index(week)) & asked)
    soon = plan.customers.numbers.get(NEXT_PURCHASE, np.full(len(plan.customers), np.nan))[contacts.customer[rows]]
    soon = np.maximum(soon, contacts.day[rows])  # who is overdue is not sooner than who buys today
    rows = rows[np.lexsort((-_values(plan, contacts.rows(rows))[1], soon, due[rows]))]  # NaN comes last
    return _table(plan, contacts.rows(rows))


def _table(plan: PlanData[FrameT], contacts: Contacts) -> FrameT:
    """The contacts as rows, in the order given."""
    customer: Whole = contacts.customer
    known = plan.customers.numbers
    like, strategies = plan.like, plan.playbook.strategies
    named = of_strategies(strategies, plan.ledger.strategy[customer], like=like)
    owners = text_column([each.owner or None for each in strategies], plan.ledger.strategy[customer], like=like)
    actions, (value, net) = _actions(plan), _values(plan, contacts)
    reasons = [each.because for each in strategies] + [each.reason for each in plan.additions]
    added = contacts.action - len(plan.actions) + len(strategies)
    reason = np.where(contacts.action < len(plan.actions), plan.ledger.strategy[customer], added)
    # one id more than there are contacts, so that a week without any has ids of the same type
    backend = narrow(like, need="Plan").implementation
    ids = nw.new_series("customer_id", [plan.customers.ids[at] for at in [*customer.tolist(), 0]], backend=backend)
    return new_frame(
        {
            "rank": np.arange(1, len(customer) + 1),
            "customer_id": ids[:-1],
            "action": text_column([each.name for each in actions], contacts.action, like=like),
            "channel": text_column([each.channel for each in actions], contacts.action, like=like),
            "owner": owners,
            "contact": contacts.number,
            "of": contacts.of,
            "due": as_dates(contacts.day),
            "hours": contacts.hours,
            "hours_so_far": np.cumsum(contacts.hours),
            "incremental_value": value,
            "net": net,
            **({NEXT_PURCHASE: as_dates(known[NEXT_PURCHASE][customer])} if NEXT_PURCHASE in known else {}),
            **({"priority": known["priority"][customer]} if "priority" in known else {}),
            "strategy": named["strategy"],
            "reason": text_column(reasons, reason, like=like),
        },
        like=like,
    )


def iso_weeks(start: str, end: str) -> list[str]:
    """The ISO weeks with at least one day from `start` to `end`, both included.

    >>> iso_weeks("2027-01-01", "2027-01-12")
    ['2026-W53', '2027-W01', '2027-W02']
    """
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    thursday = monday_of(first) + np.timedelta64(3, "D")  # it decides which year the week belongs to
    names = []
    while thursday - np.timedelta64(3, "D") <= last:
        year = thursday.astype("datetime64[Y]")
        number = int((thursday - year.astype("datetime64[D]")) // WEEK) + 1
        names.append(f"{year}-W{number:02d}")
        thursday = thursday + WEEK
    return names


def monday_of(day: np.datetime64) -> np.datetime64:
    """The Monday of a day's week; 1970-01-01 was a Thursday."""
    return day - np.timedelta64((day_number(day) + 3) % 7, "D")


def _contacts(plan: PlanData[FrameT]) -> Contacts:
    """All planned contacts in the order of their days; those of one day in descending order of net gain.

    Equal gains, as of an effect that adds the same amount for everyone, are in descending order of priority.
    """
    treated = np.flatnonzero(plan.ledger.treated)
    net, bundle = plan.net[treated], plan.ledger.bundle[treated]
    priority = plan.customers.numbers.get("priority", np.zeros(len(plan.customers)))[treated]
    turn = np.lexsort((plan.customers.hashes(treated), -priority, -net))  # NaN comes last
    treated, bundle = treated[turn], bundle[turn]
    pattern, hours = plan.calendar.rows(treated.tolist()).pattern, plan.action_hours
    parts: list[tuple[Any, ...]] = []
    for at in range(len(plan.actions)):
        mine = np.isin(bundle, [j for j, each in enumerate(plan.bundles) if at in each.actions])
        own = np.broadcast_to(pattern[:, at], mine.shape)
        for each in np.unique(own[mine]).tolist():
            rows, days = np.flatnonzero(mine & (own == each)), plan.calendar.patterns[each]
            took = np.broadcast_to(hours[:, at], len(plan.customers))[treated[rows]] / len(days)
            parts += [(rows, at, number, len(days), day, took) for number, day in enumerate(days, start=1)]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Contacts(none, none, none, none, none, np.zeros(0))
    columns = zip(*(np.broadcast_arrays(*part) for part in parts), strict=True)
    row, action, number, of, day, took = (np.concatenate(column) for column in columns)
    order = np.lexsort((row, day))
    in_order: list[Any] = [each[order] for each in (action, number, of, day, took)]
    return Contacts(treated[row[order]], *in_order)


def _asked(plan: PlanData[FrameT], contacts: Contacts, *, owner: str | None, channel: str | None) -> Mask:
    """Which contacts are of the owner and by the channel asked for, (m,); None asks for all."""
    owners = [each.owner for each in plan.playbook.strategies]
    channels = [each.channel or "" for each in _actions(plan)]
    of_owner = _named(owners, owner, "owner", hint='write kk.Strategy(..., owner="Anna").')
    of_channel = _named(channels, channel, "channel", hint='write kk.Action(..., channel="phone").')
    asked: Mask = of_owner[plan.ledger.strategy[contacts.customer]] & of_channel[contacts.action]
    return asked


def _actions(plan: PlanData[Any]) -> list[Action]:
    """The actions of the plan, then those of additions."""
    return [*plan.actions, *(each.action for each in plan.additions)]


def _with_additions(plan: PlanData[Any], planned: Contacts) -> Contacts:
    """The contacts with those of additions, in the order of their days; their actions come after those of the plan."""
    parts = [planned]
    for at, each in enumerate(plan.additions, start=len(plan.actions)):
        log = each.contacts.rows(np.lexsort((each.contacts.day, each.contacts.customer)))
        _, first, inverse, of = np.unique(log.customer, return_index=True, return_inverse=True, return_counts=True)
        place = np.searchsorted(each.customers, log.customer, sorter=(order := np.argsort(each.customers)))
        hours = each.hours[order[place]] / of[inverse]
        number = np.arange(len(log)) - first[inverse] + 1
        parts.append(Contacts(log.customer, np.full(len(log), at), number, of[inverse], log.day, hours))
    if len(parts) == 1:
        return planned
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    whole = Contacts(*columns)
    priority = plan.customers.numbers.get("priority", np.zeros(len(plan.customers)))[whole.customer]
    order = np.lexsort((plan.customers.hashes(whole.customer), -priority, -_values(plan, whole)[1], whole.day))
    return Contacts(*(column[order] for column in columns))


def _values(plan: PlanData[Any], contacts: Contacts) -> tuple[Array, Array]:
    """Incremental value and net gain of what each contact belongs to, (m,) each."""
    value, net = plan.ledger.incremental_value[contacts.customer], plan.net[contacts.customer]
    for at, each in enumerate(plan.additions, start=len(plan.actions)):
        mine = contacts.action == at
        place = np.searchsorted(each.customers, contacts.customer[mine], sorter=(order := np.argsort(each.customers)))
        value[mine] = each.value[order[place]]
        net[mine] = (each.value - each.cost - plan.budget.price_of_hours * each.hours)[order[place]]
    return value, net


def _named(names: Sequence[str], wanted: str | None, argument: str, *, hint: str) -> Mask:
    """Which of `names` is the one wanted, (k,); None wants all."""
    if wanted is None:
        return np.ones(len(names), dtype=bool)
    known = [each for each in dict.fromkeys(names) if each]
    if not known:
        raise refusal(wanted, argument, law=f"left out, as nothing in the plan has {_an(argument)}", hint=hint)
    word = Text(among=known).read(wanted, argument)
    return np.array([each == word for each in names], dtype=bool)


def _an(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _read_hours(plan: PlanData[Any], contacts: Contacts, hours: float | None) -> float | None:
    """Hours of a full week: those asked for, or the budget's cap of each week, if there is one."""
    capped = next((each.hours for each in plan.budget.caps if each.of == EACH_WEEK), None)
    longest = float(contacts.hours.max(initial=0.0))
    if hours is None:
        if capped is not None and longest > capped:
            raise DataError.because(
                f"the budget's {capped:g} hours of each week are not enough for the longest contact ({longest:g}).",
                hint=f"write hours={longest:g} or more, or plan with a higher cap of the week.",
            )
        return capped
    if not POSITIVE.holds(hours) or longest > hours:
        hint = f"write hours={max(longest, 1.0):g} or more, or leave hours out to see the week as planned."
        raise refusal(hours, "hours", law=f"hours of a week, enough for its longest contact ({longest:g})", hint=hint)
    return float(hours)


def _shares(plan: PlanData[Any], weeks: int) -> Array:
    """The share of each week's seven days that lies within the plan, (weeks,).

    Calendar days count, as in the cap of the budget: a plan of 30 days has 30 / 7 weeks of hours.
    """
    start, last = day_number(np.datetime64(plan.start, "D")), day_number(plan.budget.last_day)
    monday = day_number(monday_of(np.datetime64(plan.start, "D"))) + 7 * np.arange(weeks)
    shares: Array = (np.minimum(monday + 6, last) - np.maximum(monday, start) + 1) / 7
    return shares


def _placed(contacts: Contacts, due: Whole, *, hours: float, shares: Array) -> Whole:
    """The week of each contact: the week it is due in, or the next with hours left; -1 where none is left.

    `hours` are those of a full week, and `shares`, (weeks,), those of them that each week has.
    """
    placed = due.copy()
    with_hours = np.flatnonzero(contacts.hours > 0)
    starts = np.searchsorted(due[with_hours], np.arange(len(shares) + 1))
    waiting = with_hours[:0]
    for week, share in enumerate(shares.tolist()):
        order = np.concatenate([waiting, with_hours[starts[week] : starts[week + 1]]])
        fits = first_fit(contacts.hours[order], room=hours * share)
        placed[order[fits]] = week
        waiting = order[~fits]
    placed[waiting] = -1
    if len(waiting):
        warn(
            f"{len(waiting):,} of {len(placed):,} planned contacts ({contacts.hours[waiting].sum():,.1f} hours) "
            f"find no room in the period with {hours:g} hours a week."
        )
    return placed


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
