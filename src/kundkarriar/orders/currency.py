"""The currency of orders, and the check that all amounts of a frame have one."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from kundkarriar.frames import NarrowFrame
    from kundkarriar.orders.order_columns import OrderColumns


def one_currency(column: nw.Series[Any], *, need: str, expected: str | None = None) -> str | None:
    """The one currency of all rows.

    Args:
        column: the currency of each row, (n,).
        need: the caller's name, which starts the messages.
        expected: the currency it must be, if given.

    Returns:
        The currency; `expected` for a frame without rows.

    Raises:
        DataError: some row has another currency, or none.

    >>> import narwhals.stable.v2 as nw, pandas as pd
    >>> one_currency(nw.from_native(pd.Series(["SEK", "SEK"]), series_only=True), need="this example")
    'SEK'
    """
    found = column.unique().to_list()
    if not found or (len(found) == 1 and not column.is_null().any() and expected in {None, found[0]}):
        return str(found[0]) if found else expected
    counts = Counter(column.drop_nulls().to_list())
    if missing := len(column) - counts.total():
        counts["nothing"] = missing
    if expected is not None:
        counts[expected] += 0
    held = ", ".join(f"{value} ({count:,} rows)" for value, count in counts.items())
    raise DataError.because(
        f"{need} needs one currency, `{column.name}` holds {held}.",
        hint="convert the amounts to one currency first, or go through each currency on its own.",
    )


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
