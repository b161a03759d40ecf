"""The currency of orders: a code, or that of a column."""

from __future__ import annotations

import re

from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame
from kundkarriar.history.ledger.transaction_rows import one_currency
from kundkarriar.orders.order_columns import OrderColumns


def orders_currency(frame: NarrowFrame, columns: OrderColumns, *, need: str) -> str | None:
    """The currency of all orders: a code, or that of a column.

    Raises:
        DataError: none is given, it is neither a column nor a code, or the column holds several.
    """
    given = columns.currency
    if given is None:
        raise DataError.because(
            f"{need} was not told the currency of the amounts.",
            hint='write currency="SEK", or the name of a column that holds one currency.',
        )
    column = given if given in frame.columns else "currency"
    if given not in frame.columns and not re.fullmatch("[A-Z]{3}", given):
        raise DataError.because(
            f"{need} got currency={given!r}, which is neither a column nor a code of three capital letters.",
            hint='write currency="SEK", or the name of a column that holds one currency.',
        )
    if column not in frame.columns:
        return given
    return one_currency(frame[column], need=need, expected=None if given in frame.columns else given)
