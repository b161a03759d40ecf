"""The check that all amounts of a frame have one currency."""

from __future__ import annotations

from collections import Counter
from typing import Any

import narwhals.stable.v2 as nw

from kundkarriar.arguments import COUNT, NAME, as_shown
from kundkarriar.errors import DataError
from kundkarriar.frames import distinct_values


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
    found = distinct_values(column)
    named = all(NAME.holds(value) or COUNT.holds(value) for value in found)  # SEK, or its number 752
    if not found or (len(found) == 1 and named and expected in {None, found[0]}):
        return str(found[0]) if found else expected
    counts = Counter(value if isinstance(value, str) else as_shown(value) for value in column.drop_nulls().to_list())
    if missing := len(column) - counts.total():
        counts["nothing"] = missing
    if expected is not None:
        counts[expected] += 0
    held = ", ".join(f"{value} ({count:,} rows)" for value, count in counts.items())
    raise DataError.because(
        f"{need} needs one currency, `{column.name}` holds {held}.",
        hint="convert the amounts to one currency first, or go through each currency on its own.",
    )
