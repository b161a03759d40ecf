"""The schedule of a plan: the days on which each action contacts each customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import day_number
from kundkarriar.fields import Shaped
from kundkarriar.stored_forms import WHOLE, Form, array_of, list_of, written
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.contact_days import contact_days
from kundkarriar.strategy.specs.strategy import Strategy

UNKNOWN = np.iinfo(np.int64).min
"""The day of an occasion that did not happen, or of a contact that was not made."""
Days = tuple[int, ...]
PATTERNS = Form(
    law="a list of lists of days",
    write=lambda patterns: [list(each) for each in patterns],
    read=lambda given: tuple(tuple(each) for each in list_of(list_of(WHOLE)).read(given)),
)


def _ascending(_: object, attribute: Attribute[Any], patterns: Sequence[Days]) -> None:
    if any(list(each) != sorted(each) for each in patterns):
        raise refusal(patterns, attribute.name, law="days in ascending order", hint="sort them.")


def _among_patterns(schedule: Schedule, attribute: Attribute[Any], pattern: Whole) -> None:
    if (pattern >= len(schedule.patterns)).any():
        law = f"positions below {len(schedule.patterns)}"
        raise refusal(int(pattern.max()), attribute.name, law=law, hint="a position for each customer and action.")


@frozen(kw_only=True, eq=False)
class Schedule:
    """The contact days of each action with each customer.

    Attributes:
        patterns: the distinct sequences of contact days, as numbers since 1970-01-01, ascending.
        pattern: position of the customer's sequence, (n, A), or (1, A) where it is the same for all; -1 for no contact.
    """

    stored_as = "schedule"
    patterns: tuple[Days, ...] = field(validator=_ascending, metadata=written(PATTERNS))
    pattern: Whole = field(
        validator=[Shaped(shape="m A", least=-1), _among_patterns], metadata=written(array_of(np.int64))
    )

    @classmethod
    def of(
        cls,
        actions: Sequence[Action],
        *,
        budget: Budget,
        start: str,
        strategy: Whole,
        strategies: Sequence[Strategy],
        occasion: Callable[[str], Whole],
        last: Mapping[int, Whole],
        chains: Mapping[int, tuple[Whole, Whole]],
    ) -> Schedule:
        """The schedule of customers with these strategies.

        Contacts begin on `start`, or where the next is due, lie evenly from there, and end with the budget's period or
        with the customer's strategy, if that ends before.

        Args:
            actions: the A actions.
            budget: its period.
            start: the plan's first day.
            strategy: position of each customer's strategy, (n,).
            strategies: the strategies.
            occasion: the day of the occasion of this name with each customer, (n,), `UNKNOWN` for none.
            last: by the position of the action, the day of the last contact with each customer, (n,), `UNKNOWN` for
                none. An action after an occasion does not contact where it has contacted since.
            chains: by the position of the action, the chain of earlier contacts that the next continues: see
                `ContactLog.chains`.
        """
        known: dict[Days, int] = {}
        first = day_number(np.datetime64(start, "D"))
        ends = [day_number(np.datetime64(each.valid_until or str(budget.last_day), "D")) for each in strategies]
        until = np.minimum(np.array(ends), day_number(budget.last_day))
        columns = []
        for at, action in enumerate(actions):
            laid_out = partial(_laid_out, action=action, start=start)
            if action.after is not None:
                day = occasion(action.after)
                contact = np.where(day == UNKNOWN, UNKNOWN, day + action.after_days)
                within = (contact >= first) & (contact <= until[strategy])
                if at in last:
                    within &= last[at] < np.maximum(day, UNKNOWN + 1)
                columns.append(_positions(np.where(within, contact, UNKNOWN)[:, None], known, _alone))
            elif at in chains:
                columns.append(_positions(np.stack([until[strategy], *chains[at]], axis=1), known, laid_out))
            else:
                none = np.full((len(until), 2), UNKNOWN)
                by_strategy = _positions(np.column_stack([until, none]), known, laid_out)
                same = (by_strategy == by_strategy[0]).all()
                columns.append(by_strategy[:1] if same else by_strategy[strategy])
        if not columns:
            return cls(patterns=(), pattern=np.zeros((1, 0), dtype=np.int64))
        return cls(patterns=tuple(known), pattern=np.stack(np.broadcast_arrays(*columns), axis=1))

    def times(self) -> Whole:
        """Number of contacts, (n, A) or (1, A)."""
        return np.array([*map(len, self.patterns), 0], dtype=np.int64)[self.pattern]

    def first_days(self) -> Whole:
        """The day of the first contact, as a number since 1970-01-01, (n, A) or (1, A); `UNKNOWN` for none."""
        return np.array([*(days[0] for days in self.patterns), UNKNOWN], dtype=np.int64)[self.pattern]

    def rows(self, at: list[int]) -> Schedule:
        """The schedule of the customers at positions `at`."""
        return self if len(self.pattern) == 1 else Schedule(patterns=self.patterns, pattern=self.pattern[at])


def as_dates(day: Array | Whole) -> Any:
    """Dates of days as numbers since 1970-01-01, (n,); NaT where missing.

    >>> as_dates(np.array([20_000.0, np.nan])).astype("datetime64[D]").astype(str).tolist()
    ['2024-10-04', 'NaT']
    """
    known = np.isfinite(day)
    dates = np.where(known, day, 0).astype(np.int64).astype("datetime64[D]")
    return np.where(known, dates, np.datetime64("NaT")).astype("datetime64[us]")


def _laid_out(key: Whole, *, action: Action, start: str) -> Days:
    """The contact days of an action until the first of `key`; the others are the chain that they continue, if any."""
    end, since, place = key.tolist()
    days = contact_days(
        start=np.datetime64(start, "D"),
        until=np.datetime64(end, "D"),
        per_year=action.per_year,
        chain=None if since == UNKNOWN else (since, place),
    )
    return tuple(days.tolist())


def _alone(key: Whole) -> Days:
    return tuple(day for day in key.tolist() if day != UNKNOWN)


def _positions(keys: Whole, known: dict[Days, int], sequence: Callable[[Whole], Days]) -> Whole:
    """The position in `known` of the sequence of each row of keys, (n,), -1 for none; new ones are added to it."""
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
    own = [sequence(key) for key in distinct]
    return np.array([known.setdefault(days, len(known)) if days else -1 for days in own])[inverse.reshape(-1)]
