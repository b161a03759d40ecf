"""`EarlierContacts`: contacts made or planned before a plan, whose effects may reach into its time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.errors import warn
from kundkarriar.strategy.increments.treated_spans import last_treated_day
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.specs.action import Action

Remainder = tuple[tuple[int, int], ...]
"""Pairs of an action's position and a contact day."""
LONG_AGO = 0
"""The day of contacts of which only the discount is left, as a number since 1970-01-01: it no longer matters which."""


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
    def of(cls, log: ContactLog, *, actions: Sequence[Action], before: Sequence[Action], need: str) -> EarlierContacts:
        """The contacts of a log by the actions of the plan, and by others that were planned `before` it.

        Warns:
            DataWarning: contacts by actions that are not known, so that it is not known what they do.
        """
        known = (*actions, *(each for each in before if each not in actions))
        number = {each.name: at for at, each in reversed([*enumerate(known)])}
        action = np.array([number.get(name, -1) for name, _ in log.kinds], dtype=np.int64)[log.kind]
        if (action < 0).any():
            unknown = sorted({name for name, _ in log.kinds if name not in number})
            warn(
                f"{need}: {int((action < 0).sum()):,} of {len(log):,} contacts are by actions that the plan does not "
                f"have, {unknown[:5]}: what they still do is not known, and they count as nothing."
            )
        rows = np.flatnonzero(action >= 0)
        return cls(actions=known, customer=log.customer[rows], action=action[rows], day=log.day[rows])

    def remainders(self, n: int, *, now: int) -> tuple[Whole, list[Remainder]]:
        """What still acts after a day of the contacts with each of n customers: what treats, and discounts for ever.

        Returns:
            The position of each customer's remainder, (n,), and the distinct ones; the first is empty.
        """
        codes = self.day * len(self.actions) + self.action
        distinct, code = np.unique(codes, return_inverse=True)
        places = [(each % len(self.actions), each // len(self.actions)) for each in distinct.tolist()]
        pairs, number_of = self._as_of(places, now=now)
        code = number_of[code]
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

    def _as_of(self, pairs: list[tuple[int, int]], *, now: int) -> tuple[list[tuple[int, int]], Whole]:
        """The distinct ones of pairs that are alike from a day on, and the position of each pair among them."""
        alike = [
            (at, LONG_AGO if self.actions[at].discount and day <= now and not self._treats(at, day, now=now) else day)
            for at, day in pairs
        ]
        position = {pair: number for number, pair in enumerate(dict.fromkeys(alike))}
        return [*position], np.array([position[pair] for pair in alike], dtype=np.int64)

    def _lasts(self, at: int, day: int, *, now: int) -> bool:
        return self.actions[at].discount is not None or self._treats(at, day, now=now)

    def _treats(self, at: int, day: int, *, now: int) -> bool:
        action = self.actions[at]
        if not action.acts_on_process:
            return False
        last = last_treated_day(action, day)
        return last is None or last > now
