"""`EarlierContacts`: contacts made or planned before a plan, whose effects may reach into its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arguments import NAME
from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.dates_as_integers import DateHints, date_ticks
from kundkarriar.errors import warn
from kundkarriar.frames import narrow, refuse_rows, require
from kundkarriar.strategy.increments.treated_spans import last_treated_day
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.schedule import UNKNOWN
from kundkarriar.strategy.specs.action import Action

COLUMNS = ("customer_id", "date", "action")
Remainder = tuple[tuple[int, int], ...]
"""Pairs of an action's position and a contact day."""


@frozen(kw_only=True, eq=False)
class EarlierContacts:
    """Contacts before a plan, a row each. What they still do is business as usual to the plan.

    Attributes:
        actions: the actions of the plan, then others.
        customer: position of the customer, (m,).
        action: position of the action, (m,).
        day: the day, as a number since 1970-01-01, (m,).
    """

    actions: tuple[Action, ...]
    customer: Whole
    action: Whole
    day: Whole

    @classmethod
    def read(
        cls,
        contacts: Any,
        *,
        previous: PlanData[Any] | None,
        actions: Sequence[Action],
        ids: nw.Series[Any],
        need: str,
    ) -> EarlierContacts:
        """Those of a frame with customer_id, date and action (its name), and of a `previous` plan; either may be None.

        Contacts with others than the customers `ids`, (n,), are left out.

        Raises:
            DataError: a column is missing; a row lacks an id, a date or the name of an action.

        Warns:
            DataWarning: contacts by actions that are not known, so that it is not known what they do.
        """
        planned = () if previous is None else previous.actions
        known = (*actions, *(each for each in planned if each not in actions))
        parts = [np.zeros((3, 0), dtype=np.int64)]
        if previous is not None:
            parts.append(_planned(previous, actions=known, ids=ids, need=need))
        if contacts is not None:
            parts.append(_listed(contacts, actions=known, ids=ids, need=f"{need}: `contacts`"))
        customer, action, day = np.concatenate(parts, axis=1)
        inside = np.flatnonzero(customer >= 0)
        return cls(actions=known, customer=customer[inside], action=action[inside], day=day[inside])

    def last(self, n: int, *, before: int) -> dict[int, Whole]:
        """By position of the action, the day of the last contact before a day with each of n customers, (n,).

        `UNKNOWN` where there is none; actions without a contact are left out.
        """
        found = {}
        for at in np.unique(self.action[self.day < before]).tolist():
            own = (self.action == at) & (self.day < before)
            found[at] = np.full(n, UNKNOWN)
            np.maximum.at(found[at], self.customer[own], self.day[own])
        return found

    def remainders(self, n: int, *, now: int) -> tuple[Whole, list[Remainder]]:
        """What still acts after a day of the contacts with each of n customers.

        Returns:
            The position of each customer's remainder, (n,), and the distinct ones; the first is empty.
        """
        codes = self.day * len(self.actions) + self.action
        distinct, code = np.unique(codes, return_inverse=True)
        pairs = [(each % len(self.actions), each // len(self.actions)) for each in distinct.tolist()]
        lasting = np.array([self._lasts(at, day, now=now) for at, day in pairs], dtype=bool)
        some = np.flatnonzero(lasting[code]) if len(code) else np.zeros(0, dtype=np.int64)
        rows = np.unique(np.stack([self.customer[some], code[some]], axis=1), axis=0)
        number, known = np.zeros(n, dtype=np.int64), [tuple[tuple[int, int], ...]()]
        rank = np.arange(len(rows)) - np.searchsorted(rows[:, 0], rows[:, 0])
        for turn in range(int(rank.max(initial=-1)) + 1):  # the contacts of a customer one after the other
            customer, own = rows[rank == turn].T
            both, inverse = np.unique(number[customer] * len(pairs) + own, return_inverse=True)
            longer = [(*known[each // len(pairs)], pairs[each % len(pairs)]) for each in both.tolist()]
            number[customer] = len(known) + inverse
            known += longer
        used, number = np.unique(np.append(0, number), return_inverse=True)
        return number[1:], [known[each] for each in used.tolist()]

    def _lasts(self, at: int, day: int, *, now: int) -> bool:
        action = self.actions[at]
        if not action.acts_on_process:
            return False
        last = last_treated_day(action, day)
        return last is None or last > now


def _planned(plan: PlanData[Any], *, actions: Sequence[Action], ids: nw.Series[Any], need: str) -> Whole:
    """Customer, action and day of each contact of a plan, (3, m)."""
    own = nw.new_series("customer_id", list(plan.customers.ids), backend=ids.implementation)
    at = positions(own, among=ids, need=need, frame_name="the previous plan", among_name="the summary")
    parts = [np.zeros((3, 0), dtype=np.int64)]
    calendar, bundle = plan.calendar, plan.ledger.bundle
    pattern = np.broadcast_to(calendar.pattern, (len(bundle), len(plan.actions)))
    for number, each in enumerate(plan.bundles):
        for action in each.actions:
            place = actions.index(plan.actions[action])
            for position, days in enumerate(calendar.patterns):
                rows = at[(bundle == number) & (pattern[:, action] == position)]
                customer, day = (grid.ravel() for grid in np.meshgrid(rows, np.array(days, dtype=np.int64)))
                parts.append(np.stack([customer, np.full(len(day), place), day]))
    return np.concatenate(parts, axis=1)


def _listed(contacts: Any, *, actions: Sequence[Action], ids: nw.Series[Any], need: str) -> Whole:
    """Customer, action and day of each row of a frame, (3, m), but those of unknown actions."""
    frame = narrow(contacts, need=need)
    require(frame, [*COLUMNS], need=need)
    if not len(frame):
        return np.zeros((3, 0), dtype=np.int64)
    own, given = read_ids(frame, need=need, shown=("date", "action")), frame["action"].to_list()
    nameless = np.array([not NAME.holds(each) for each in given], dtype=bool)
    law, hint = f"{need} needs the name of an action in `action`, as text", "repair or leave out these rows."
    refuse_rows(frame, nameless, law, hint=hint)
    day = date_ticks(frame, "date", need=need, hints=DateHints.of_column('contacts["date"]'))
    number = {each.name: at for at, each in reversed([*enumerate(actions)])}
    action = np.array([number.get(each, -1) for each in given])
    if unknown := sorted({each for each in given if each not in number}):
        warn(
            f"{need}: {int((action < 0).sum()):,} of {len(frame):,} contacts are by actions that the plan does not "
            f"have, {unknown[:5]}: what they still do is not known, and they count as nothing."
        )
    at = positions(own, among=ids, need=need, frame_name="the contacts", among_name="the summary")
    return np.stack([at, action, day])[:, action >= 0]
