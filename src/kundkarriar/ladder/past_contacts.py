"""Past contacts with the customers of a history: who was contacted when and by which action, counted by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import NAME
from kundkarriar.arrays import Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import read_ids
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.dates.dates_as_integers import DateHints, date_ticks
from kundkarriar.dates.implausible_dates import check_dates
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.frames import NarrowFrame, narrow, refuse_rows, require, rows_where
from kundkarriar.history.sorted_entries import keys
from kundkarriar.ladder.career_panel import read_months

NEED = "`contacts`"


class ContactRows(NamedTuple):
    """The contacts of a frame with known customers, (m,) each.

    Attributes:
        row: the row in the frame.
        code: position of the customer.
        day: the day, as a number since 1970-01-01.
        action: the name of the action.
    """

    row: Whole
    code: Whole
    day: Whole
    action: NDArray[np.str_]


def contact_rows(
    contacts: Any,
    *,
    customers: nw.Series[Any],
    among: Whole,
    known_name: str = "the transactions",
    where: str = "neither in the transactions nor in `customers`",
) -> tuple[NarrowFrame, ContactRows]:
    """Check a frame of contacts: customer_id, date, action.

    Args:
        contacts: the frame.
        customers: the ids of those known, (n,).
        among: days of the same history, (k,): contacts far from them are implausible.
        known_name: how messages call the frame of those known.
        where: where others are not, in messages.

    Returns:
        The frame, and its contacts with known customers.

    Raises:
        DataError: a column is missing; some row lacks a date, an id or an action; a date is a placeholder.

    Warns:
        DataWarning: contacts are with others, and are left out, or lie far from other dates.
    """
    frame = narrow(contacts, need=NEED)
    require(frame, ["customer_id", "date", "action"], need=NEED)
    ids, given = read_ids(frame, need=NEED, shown=("date", "action")), frame["action"].to_list()
    nameless = np.array([not NAME.holds(each) for each in given], dtype=bool)
    law, hint = f"{NEED} needs the name of an action in `action`, as text", "repair or leave out these rows."
    refuse_rows(frame, nameless, law, hint=hint)
    code, day = np.empty(0, np.int64), np.empty(0, np.int64)
    if len(frame):
        day = date_ticks(frame, "date", need=NEED, hints=DateHints.of_column('contacts["date"]'))
        check_dates(frame, "date", day, among=among, need=NEED, of="the contacts", hint=hint)
        names = {"frame_name": "the contacts", "known_name": known_name}
        code, _ = customer_codes(ids, known=customers, need=NEED, **names)
    unknown = code >= len(customers)
    if unknown.any():
        warn(
            f"{int(unknown.sum()):,} of {len(frame):,} contacts are with customers who are {where}; they are left "
            f"out.\n\n{as_text(rows_where(frame, unknown))}"
        )
    known = np.flatnonzero(~unknown)
    return frame, ContactRows(known, code[known], day[known], np.array(given, dtype=np.str_)[known])


@frozen(kw_only=True, eq=False)
class PastContacts:
    """Contacts that took place, a row each.

    Attributes:
        ids: the customer's id, (m,).
        month: the month, counted from 1970-01, (m,).
        action: the name of the action, (m,).
    """

    ids: nw.Series[Any] = field(repr=False)
    month: Whole = field(repr=False)
    action: NDArray[np.str_] = field(repr=False)

    @classmethod
    def read(cls, contacts: Any, *, customers: nw.Series[Any], bought: Whole) -> PastContacts:
        """Check a frame of contacts with the `customers` of a history, the ids, (n,), who `bought` on these days, (k,).

        Raises:
            DataError: a column is missing; some row lacks a date, an id or an action; a date is a placeholder.

        Warns:
            DataWarning: contacts are with others, and are left out, or lie far from other dates.
        """
        frame, rows = contact_rows(contacts, customers=customers, among=bought)
        ids = read_ids(frame, need=NEED, shown=("date", "action"))
        return cls(ids=ids[rows.row.tolist()], month=month_of(rows.day), action=rows.action)

    def monthly(self, careers: NarrowFrame, *, actions: Sequence[str]) -> dict[str, Whole]:
        """The number of contacts in the month of each row of careers, by action, (rows,) each.

        Raises:
            DataError: an action that never occurs.
        """
        occurring = np.unique(self.action).tolist()
        if absent := [name for name in actions if name not in occurring]:
            raise DataError.because(
                f"there is no contact by {absent}; contacts are by {occurring}.",
                hint='HiddenLadder(contacts=...) names actions as the column `action` does: contacts=("letter",).',
            )
        row, customers = customer_codes(read_ids(careers, need=NEED))
        code, _ = customer_codes(self.ids, known=customers, need=NEED, frame_name="the contacts", known_name="careers")
        asked, contacted = keys(code=row, day=read_months(careers)), keys(code=code, day=self.month)
        counts = {}
        for name in actions:
            own = np.sort(contacted[(self.action == name) & (code < len(customers))])
            counts[name] = np.searchsorted(own, asked, side="right") - np.searchsorted(own, asked)
        return counts
