"""Observations of a hidden Markov model: monthly purchases and contacts of every customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arguments import MOST
from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import FrameT, add_columns, narrow, numbers
from kundkarriar.ladder.career_panel import NEED, CareerPanel, complete_rows, read_rows, refuse_rows
from kundkarriar.ladder.given_careers import careers_until
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.numerics.hmm.forward_backward import Sequences, sequences_of
from kundkarriar.summaries.summary_laws import MOST_PURCHASES

WITH_CONTACTS = "history.with_contacts(frame), with customer_id, date and action."


@frozen(kw_only=True, eq=False)
class PurchasePanel:
    """Purchases and contacts of every customer, month by month since entry.

    Attributes:
        months: the months of each customer.
        bought: purchases of each frame row.
        contacted: contacts of each frame row, (frame rows, C).
    """

    months: CareerPanel
    bought: Whole
    contacted: Array

    def __len__(self) -> int:
        return len(self.months)

    @property
    def y(self) -> Whole:
        """Purchases, customer by customer, in time, (rows,)."""
        return self.bought[self.months.row]

    @property
    def a(self) -> Array:
        """Contacts, likewise, (rows, C)."""
        return self.contacted[self.months.row]

    @property
    def first(self) -> Whole:
        """Purchases of each customer's first month, (n,)."""
        return self.y[self.months.start[:-1]]

    def until(self, month: int) -> PurchasePanel:
        """The rows up to the end of `month`."""
        return evolve(self, months=self.months.until(month))

    def at(self, month: int) -> Whole:
        """Each customer's purchases in `month`, (n,); -1 without a row."""
        return evolve(self.months, code=self.y).state_at(month)

    def sequences(self, *, opened: bool, scale: Array) -> tuple[Sequences, Whole]:
        """The distinct paths, contacts divided by `scale`, and the index of each customer's path, (n,)."""
        return sequences_of(y=self.y, a=self.a / scale, start=self.months.start, known=self.months.known, opened=opened)


def careers_with_contacts(
    history: FrameT | LadderHistory[FrameT], origin: Any = None, *, contacts: Sequence[str]
) -> tuple[FrameT, Any]:
    """The careers and the origin to cut them at, as `careers_until`; of a history with the monthly number of contacts.

    Raises:
        CapabilityError: contacts are asked of a history without any.
    """
    careers, cut = careers_until(history, origin)
    if not contacts or not isinstance(history, LadderHistory):
        return careers, cut
    if history.contacts is None:
        raise CapabilityError.because(f"the history has no contacts, and {[*contacts]} are asked.", hint=WITH_CONTACTS)
    counts = history.contacts.monthly(narrow(careers, need=NEED), actions=contacts)
    return add_columns(careers, counts), cut


def read_purchases(careers: object, *, contacts: Sequence[str]) -> PurchasePanel:
    """Check a frame of careers, and read the purchases and contacts.

    Args:
        careers: customer_id, period_start, purchases, the contacts, and optionally complete (incomplete rows are left
            out), entry ("unknown": the first month is not the customer's first).
        contacts: columns of numbers a month.

    Raises:
        CapabilityError: contacts are missing.
        DataError: columns are missing; a customer has a month twice, out of order, or a month left out; purchases are
            not counts; contacts are not numbers.
    """
    frame = complete_rows(careers, columns=["customer_id", "period_start", "purchases"])
    if lacking := [name for name in contacts if name not in frame.columns]:
        hint = f"a column of monthly numbers of each; or a history: {WITH_CONTACTS}"
        raise CapabilityError.because(f"{NEED} has no contacts {lacking}.", hint=hint)
    months = read_rows(frame)
    bought = numbers(frame, "purchases", need=NEED)
    for wrong, law, hint in (
        (bought < 0, "purchases are counts, 0 or more", "leave returns out, as ladder.careers(...) does."),
        (bought > MOST_PURCHASES, f"purchases of a month are {MOST_PURCHASES:,} at most", "leave such accounts out."),
        (bought % 1 != 0, "purchases are whole numbers", "count the purchases of a month, not its money."),
    ):
        refuse_rows(frame, wrong, law, hint, column="purchases")
    contacted = [numbers(frame, name, need=NEED) for name in contacts]
    for name, values in zip(contacts, contacted, strict=True):
        law = f"contacts are {MOST:.0e} at most"
        refuse_rows(frame, np.abs(values) > MOST, law, "count them in a larger unit.", column=name)
    return PurchasePanel(
        months=months,
        bought=bought.astype(np.int64),
        contacted=np.stack(contacted, axis=1) if contacted else np.zeros((len(frame), 0)),
    )
