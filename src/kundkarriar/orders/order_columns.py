"""The columns of a frame of orders by their meaning, and the currency of the amounts."""

from __future__ import annotations

import re

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COLUMN, NAME
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, require
from kundkarriar.history.ledger.one_currency import one_currency

ROLES = ("customer_id", "date", "amount", "kind", "line_id")
"""The columns that get a standard name."""


@frozen
class OrderColumns:
    """The meaning of the columns of a frame of orders: the arguments of `kk.transactions`, in their order."""

    customer_id: str = field(validator=COLUMN)
    date: str = field(validator=COLUMN)
    amount: str = field(validator=COLUMN)
    kind: str | None = field(default=None, validator=optional(COLUMN))
    line_id: str | None = field(default=None, validator=optional(COLUMN))
    vat: str | None = field(default=None, validator=optional(NAME))
    vat_rate: float | str | None = None
    currency: str | None = field(default=None, validator=optional(NAME))
    date_format: str | None = field(default=None, validator=optional(NAME))
    time_zone: str | None = field(default=None, validator=optional(NAME))

    @property
    def roles(self) -> dict[str, str]:
        """The column of each standard name, if one was given."""
        return {role: column for role in ROLES if (column := getattr(self, role)) is not None}

    def require_in(self, frame: NarrowFrame, *, need: str) -> None:
        """Refuse a frame that lacks a column, or in which two columns would get one name."""
        given = list(self.roles.values())
        require(frame, given, need=need)
        if twice := {column for column in given if given.count(column) > 1}:
            raise DataError.because(
                f"{need} was given the same column for two things: {sorted(twice)}.",
                hint="each of customer_id, date, amount, kind and line_id has a column of its own.",
            )
        taken = [role for role in self.roles if role in frame.columns and role not in given]
        if self.currency in frame.columns and self.currency != "currency" and "currency" in frame.columns:
            taken.append("currency")
        if taken:
            raise DataError.because(
                f"{need} would name a column {taken[0]!r}, and the frame has another of that name.",
                hint=f"rename or drop it first, or pass {taken[0]}={taken[0]!r} if it is the one meant.",
            )

    def currency_in(self, frame: NarrowFrame, *, need: str) -> str | None:
        """The currency of all orders: the code that was given, or the one that the column holds.

        Raises:
            DataError: none is given, it is neither a column nor a code, or the column holds several.
        """
        given = self.currency
        if given is None or (given not in frame.columns and not re.fullmatch("[A-Z]{3}", given)):
            problem = "was not told the currency of the amounts"
            if given is not None:
                problem = f"got currency={given!r}, which is neither a column nor a code of three capital letters"
            raise DataError.because(
                f"{need} {problem}.", hint='write currency="SEK", or the name of a column that holds one currency.'
            )
        if given in frame.columns:
            return one_currency(frame[given], need=need)
        return one_currency(frame["currency"], need=need, expected=given) if "currency" in frame.columns else given
