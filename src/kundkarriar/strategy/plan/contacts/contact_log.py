"""The contact log: contacts before a plan, by which its own are due, and which count against its cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import NAME, refusal
from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.calendar_months import months_on
from kundkarriar.dates.period import Period, day_number
from kundkarriar.errors import as_text, warn
from kundkarriar.fields import Shaped
from kundkarriar.frames import is_missing, narrow, refuse_rows, rows_where
from kundkarriar.ladder.past_contacts import NEED, contact_rows
from kundkarriar.strategy.plan.contacts.schedule import UNKNOWN
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.contact_days import place_in_chain

YEAR = 12
Kind = tuple[str, str | None]
"""The names of an action and of its channel, None where it is not known."""


def _among_kinds(log: ContactLog, attribute: Attribute[Any], kind: Whole) -> None:
    if (kind >= len(log.kinds)).any() or len(kind) != len(log.day) or len(kind) != len(log.customer):
        law = f"positions below {len(log.kinds)}, one for each of {len(log.day)} contacts"
        raise refusal(kind.tolist(), attribute.name, law=law, hint="customer, day and kind are of one length.")


@frozen(kw_only=True, eq=False)
class ContactLog:
    """Contacts that were made, or planned, before a plan.

    Attributes:
        customer: position of the customer in the plan, (m,).
        day: the day, as a number since 1970-01-01, (m,).
        kinds: the distinct pairs of an action's name and a channel.
        kind: position of each contact's pair, (m,).
    """

    stored_as = "contact log"
    customer: Whole = field(validator=Shaped(shape="m", least=0))
    day: Whole = field(validator=Shaped(shape="m"))
    kinds: tuple[tuple[str, str | None], ...]
    kind: Whole = field(validator=[Shaped(shape="m", least=0), _among_kinds])

    @classmethod
    def of(cls, customer: Any, day: Any, kinds: Sequence[Kind]) -> ContactLog:
        """The log of contacts with these customers on these days, with the kind of each, (m,)."""
        number = {each: at for at, each in enumerate(dict.fromkeys(kinds))}
        return cls(
            customer=np.asarray(customer, dtype=np.int64),
            day=np.asarray(day, dtype=np.int64),
            kinds=tuple(number),
            kind=np.array([number[each] for each in kinds], dtype=np.int64),
        )

    @classmethod
    def read(cls, contacts: Any, *, ids: Sequence[Any], start: str) -> ContactLog:
        """The contacts before `start` with the customers `ids`, (n,), of a frame.

        Its columns are customer_id, date, action (its name), and if there is one channel.

        Raises:
            DataError: a column is missing; some row lacks a date, an id or an action; a date is a placeholder.

        Warns:
            DataWarning: contacts are not before `start`, or with customers who are not in the plan: they are left out;
                or a contact is there several times, by one action on one day: it counts once.
        """
        table, first = narrow(contacts, need=NEED), day_number(np.datetime64(start, "D"))
        known = nw.new_series("customer_id", list(ids), backend=table.implementation)
        where = {"known_name": "the customers", "where": "not in the plan"}
        frame, rows = contact_rows(contacts, customers=known, among=np.array([first]), **where)
        after = rows.day >= first
        if after.any():
            late = np.isin(np.arange(len(frame)), rows.row[after])
            warn(
                f"{int(after.sum()):,} of {len(frame):,} contacts are on {start}, when the plan starts, or after it; "
                f"they are left out.\n\n{as_text(rows_where(frame, late))}"
            )
        kept = np.flatnonzero(~after)
        number = np.unique(rows.action[kept], return_inverse=True)[1]
        once = np.sort(
            np.unique(np.column_stack([rows.code[kept], rows.day[kept], number]), axis=0, return_index=True)[1]
        )
        if len(once) < len(kept):
            again = np.isin(np.arange(len(frame)), np.delete(rows.row[kept], once))
            warn(
                f"{int(again.sum()):,} of {len(frame):,} contacts are in the log already, with the customer, day and "
                f"action of another row; each counts once.\n\n{as_text(rows_where(frame, again))}"
            )
        kept = kept[once]
        channels = [channels[at] for at in rows.row[kept].tolist()] if (channels := _channels(frame)) else []
        kinds = [*zip(rows.action[kept].tolist(), channels or [None] * len(kept), strict=True)]
        return cls.of(rows.code[kept], rows.day[kept], kinds)

    def __len__(self) -> int:
        return len(self.day)

    def last_days(self, actions: Sequence[Action], *, n: int) -> Mapping[int, Whole]:
        """The day of the last contact with each of n customers, (n,), by the position of the action.

        `UNKNOWN` where there is none; actions without any contact are left out. Actions are known by their names.
        """
        found = {}
        for at, action in enumerate(actions):
            if (mine := self.by(action.name)).any():
                found[at] = np.full(n, UNKNOWN)
                np.maximum.at(found[at], self.customer[mine], self.day[mine])
        return found

    def chains(self, actions: Sequence[Action], *, start: str, n: int) -> Mapping[int, tuple[Whole, Whole]]:
        """By the position of the action: the chain of contacts that its next one continues with each of n customers.

        A chain is the day that contacts are counted from, (n,), and the place of the next one after it, (n,): of the
        contacts within the twelve months before `start` the first on whose days the last one lies, to within a day. So
        contacts that one plan after the other makes lie on the same days as those of a single plan. `UNKNOWN` where
        there is none; actions without any are left out.
        """
        recent = self.day >= int(months_on(day_number(np.datetime64(start, "D")), -YEAR))
        found = {}
        for at, action in enumerate(actions):
            mine = np.flatnonzero(recent & self.by(action.name))
            if not len(mine):
                continue
            customer, day = self.customer[mine], self.day[mine]
            last = np.full(n, UNKNOWN)
            np.maximum.at(last, customer, day)
            place, off = place_in_chain(day, last[customer], action.per_year)
            order = np.flatnonzero(off <= 1)
            order = order[np.argsort(-day[order], kind="stable")]  # of several of a customer the earliest stays
            since, following = np.full(n, UNKNOWN), np.full(n, UNKNOWN)
            since[customer[order]], following[customer[order]] = day[order], place[order] + 1
            found[at] = since, following
        return found

    def claims(self, actions: Sequence[Action], *, first_days: Whole, n: int) -> Mask:
        """Whether the stated money of each action is claimed already with each of n customers, (n, A).

        It is said of a whole horizon, so it counts once within twelve months: not where the last contact before the
        plan lies less than twelve months before the plan's first, `first_days`, (n, A) or (1, A).
        """
        claimed = np.zeros((n, len(actions)), dtype=bool)
        for at, last in self.last_days(actions, n=n).items():
            both = np.flatnonzero((last != UNKNOWN) & (first_days[:, at] != UNKNOWN))
            first = np.broadcast_to(first_days[:, at], n)
            claimed[both, at] = last[both] > months_on(first[both], -YEAR)
        return claimed

    def number_in(self, budget: Budget, *, n: int) -> Whole:
        """The number of contacts in the budget's period with each of n customers, (n,), by any action."""
        within = (self.day >= day_number(budget.first_day)) & (self.day <= day_number(budget.last_day))
        return np.bincount(self.customer[within], minlength=n).astype(np.int64)

    def that_matter(self, actions: Sequence[Action], *, budget: Budget, start: str) -> ContactLog:
        """The contacts of the period, of the twelve months before `start`, and older ones that then still treat.

        Those that gave a discount matter for ever. Others tell nothing: the next contact is due after a year at most.
        """
        first = day_number(np.datetime64(start, "D"))
        kept: Mask = self.day >= min(int(months_on(first, -YEAR)), day_number(budget.first_day))
        for action in actions:
            if not action.by_process:
                continue
            mine = self.by(action.name)
            if action.discount is not None or action.lasts is None:
                kept |= mine
            else:
                kept |= mine & (self.day > day_number(Period.of(action.lasts).before(np.datetime64(start, "D"))))
        return self.rows(kept)

    def rows(self, kept: Mask | Whole) -> ContactLog:
        """Some of the contacts, by a mask or in the order of positions."""
        return evolve(self, customer=self.customer[kept], day=self.day[kept], kind=self.kind[kept])

    def of_customer(self, at: int) -> ContactLog:
        """The contacts of one customer, who is then the first."""
        own = self.rows(self.customer == at)
        return evolve(own, customer=np.zeros(len(own), dtype=np.int64))

    def by(self, name: str) -> Mask:
        """Which contacts are by the action of this name, (m,)."""
        return np.isin(self.kind, [at for at, (action, _) in enumerate(self.kinds) if action == name])


def contacts_with(rows: Whole, days: Sequence[int], kind: Kind) -> ContactLog:
    """A contact of one kind with each of the customers `rows` on each of the days."""
    several = np.repeat(np.array(days, dtype=np.int64), len(rows))
    kinds = np.zeros(len(several), dtype=np.int64)
    return ContactLog(customer=np.tile(rows, len(days)), day=several, kinds=(kind,), kind=kinds)


def joined(logs: Sequence[ContactLog]) -> ContactLog:
    """The contacts of several logs of the same customers."""
    kinds = tuple(dict.fromkeys(kind for log in logs for kind in log.kinds))
    numbers = [np.array([kinds.index(kind) for kind in log.kinds], dtype=np.int64)[log.kind] for log in logs]
    none = np.zeros(0, dtype=np.int64)
    return ContactLog(
        customer=np.concatenate([none, *(log.customer for log in logs)]),
        day=np.concatenate([none, *(log.day for log in logs)]),
        kinds=kinds,
        kind=np.concatenate([none, *numbers]),
    )


def _channels(frame: Any) -> list[str | None]:
    """The channel of each row; none where the frame does not have them."""
    if "channel" not in frame.columns:
        return []
    values = [None if is_missing(each) else each for each in frame["channel"].to_list()]
    unread = np.array([each is not None and not NAME.holds(each) for each in values], dtype=bool)
    law = f"{NEED} needs the name of a channel in `channel`, as text, or nothing"
    refuse_rows(frame, unread, law, hint="repair these rows, or leave the column out.")
    return values
