"""Reading of events other than purchases (interest, quotes, referrals, contracts), one row per event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import NAME
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import read_ids
from kundkarriar.dates.dates_as_integers import DateHints, date_ticks
from kundkarriar.dates.implausible_dates import check_dates
from kundkarriar.dates.period import day_number
from kundkarriar.errors import as_text, warn
from kundkarriar.frames import NarrowFrame, narrow, nulls, numbers, refuse_rows, require, rows_where
from kundkarriar.history.as_of.event_columns import RESERVED
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.history.sorted_entries import keys

NEED = "events"


@frozen(kw_only=True, eq=False)
class EventRows:
    """Checked rows of events, in the order of their frame.

    Attributes:
        table: a copy of the frame, for warnings.
        ids: the plain id of each row, (m,).
        day: day of each row since 1970-01-01, (m,).
        name: name of each row's event, in lower case, (m,).
        value: value of each row, NaN without one, (m,).
    """

    table: NarrowFrame
    ids: nw.Series[Any]
    day: Whole
    name: NDArray[np.str_]
    value: Array


@frozen(kw_only=True, eq=False)
class Events:
    """Events by name, sorted by customer, then day.

    Attributes:
        rows: the rows that they are read from.
        keys: one integer per event (see `history.sorted_entries.keys`), by lower-case name of the event.
        values: sorted keys and values of the events that have a value, by name.
        names: every name in the frame, including events after the last day read and events of unknown customers.
        valued_names: the names with a value on some row.
    """

    rows: EventRows = field(repr=False)
    keys: Mapping[str, Whole]
    values: Mapping[str, tuple[Whole, Array]]
    names: frozenset[str]
    valued_names: frozenset[str]

    @classmethod
    def until(cls, as_of: np.datetime64, rows: EventRows, *, customers: nw.Series[Any]) -> Events:
        """The events up to and including `as_of` of `customers`, the ids of those known by then, (n,).

        Raises:
            DataError: ids are numbers in one frame and text in the other.

        Warns:
            DataWarning: events belong to customers not among `customers`; they are left out.
        """
        code = np.empty(0, np.int64)
        if len(rows.day):
            code, _ = customer_codes(
                rows.ids, known=customers, need=NEED, frame_name="the events", known_name="the transactions"
            )
        read = rows.day <= day_number(as_of)
        _report_unknown(rows.table, read & (code >= len(customers)))
        read &= code < len(customers)
        key, name, valued = keys(code=code, day=rows.day), rows.name, ~np.isnan(rows.value)
        return cls(
            rows=rows,
            keys={str(each): np.sort(key[read & (name == each)]) for each in np.unique(name[read])},
            values={
                str(each): _sorted_values(key, rows.value, read & valued & (name == each))
                for each in np.unique(name[read & valued])
            },
            names=frozenset(np.unique(name).tolist()),
            valued_names=frozenset(np.unique(name[valued]).tolist()),
        )

    def named_as_in(self, base: WholeBase) -> Events:
        """The events with the names of a base of which these are the events of some customers."""
        nothing = np.empty(0, np.int64)
        return evolve(
            self,
            keys={name: self.keys.get(name, nothing) for name in base.events},
            values={name: self.values.get(name, (nothing, np.empty(0))) for name in base.valued},
            names=base.names,
            valued_names=base.valued_names,
        )


def read_events(
    events: Any, *, customers: nw.Series[Any], as_of: np.datetime64, bought: Whole, base: WholeBase | None = None
) -> Events:
    """Read and check events of `customers`, the known ids, (n,), up to and including `as_of`.

    The frame has customer_id, date, event (its name, in any case), optional value (a number, or missing). Events far
    from `bought`, all purchase days, (m,), are implausible. With `base` the rows are those of some customers of a base
    whose dates have been checked: names of events are those of the base.

    Raises:
        DataError: a column is missing; some row lacks a date, an id or a name; a date is a placeholder; a value is
            above 1e100.

    Warns:
        DataWarning: events belong to customers not among `customers` (they are left out), or lie far from other dates.
    """
    table = narrow(events, need=NEED).clone()  # kept, and the caller's may change
    require(table, ["customer_id", "date", "event"], need=NEED)
    ids = read_ids(table, need=NEED, shown=("date", "event"))
    names = _names(table)
    value = np.full(len(table), np.nan)
    if "value" in table.columns:
        value = numbers(table, "value", need=NEED, nullable=True)
        law, hint = (
            f"{NEED} needs values of at most {LARGEST:.0e} in `value`",
            "repair them, or count in a larger unit.",
        )
        refuse_rows(table, np.abs(value) > LARGEST, law, hint=hint, shown=["customer_id", "date", "event", "value"])
    day = np.empty(0, np.int64)
    if len(table):
        day = date_ticks(table, "date", need=NEED, hints=DateHints.of_column('events["date"]'))
    if len(table) and base is None:
        check_dates(
            table,
            "date",
            day,
            among=bought,
            need=NEED,
            of="the events",
            hint='repair them, or leave these rows out: events[events["date"] != ...].',
        )
    happened = Events.until(
        as_of, EventRows(table=table, ids=ids, day=day, name=names, value=value), customers=customers
    )
    return happened if base is None else happened.named_as_in(base)


def _sorted_values(key: Whole, value: Array, chosen: Mask) -> tuple[Whole, Array]:
    """Keys and values of the chosen rows, sorted by both, so that sums do not depend on the order of rows."""
    key, value = key[chosen], value[chosen]
    order = np.lexsort((value, key))
    return key[order], value[order]


def _names(table: NarrowFrame) -> NDArray[np.str_]:
    """The events' names in lower case, (m,)."""
    given = table["event"]
    hint = "repair or leave out these rows."
    refuse_rows(table, nulls(given), "events needs a value in `event` on every row", hint=hint)
    values = given.to_list()
    refuse_rows(
        table,
        np.array([not NAME.holds(value) for value in values], dtype=bool),
        "events needs the name of what happened in `event`, as text",
        hint='write names such as "interest", "quote", "referral", "contract".',
    )
    names = np.array([value.strip().lower() for value in values], dtype=np.str_)
    refuse_rows(
        table,
        np.isin(names, [name for name in np.unique(names) if RESERVED.search(name)]),
        "events needs names in `event` that do not end like a span of months, in _mean or in _last",
        hint="rename them: events_referral_12M counts the referrals of 12 months, "
        'and could not be told from an event "referral_12m".',
    )
    return names


def _report_unknown(table: NarrowFrame, unknown: Mask) -> None:
    if unknown.any():
        warn(unknown_events(int(unknown.sum()), of=len(table), rows=rows_where(table, unknown)))


def unknown_events(number: int, *, of: int, rows: Mapping[str, Sequence[Any]]) -> str:
    """What is said of events of unknown customers: their number among all, and the first of them."""
    return (
        f"{number:,} of {of:,} events are of customers who are neither in the transactions "
        f"nor in `customers`; they are left out.\n\n{as_text(rows)}"
    )
