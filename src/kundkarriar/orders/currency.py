"""The currency of a frame: one, or none can be added up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def one_currency(column: nw.Series[Any], *, need: str, told: str | None = None) -> str | None:
    """The currency that all rows have.

    Args:
        column: the currency of each row, (n,).
        need: who asks, as the start of a sentence.
        told: the currency that it must be, where that was said.

    Returns:
        The currency; `told` where there are no rows.

    Raises:
        DataError: another currency on some rows, or none.

    >>> import narwhals.stable.v2 as nw, pandas as pd
    >>> one_currency(nw.from_native(pd.Series(["SEK", "SEK"]), series_only=True), need="this example")
    'SEK'
    """
    different = column.unique().to_list()
    if not different or (len(different) == 1 and not column.is_null().any() and told in {None, different[0]}):
        return str(different[0]) if different else told
    counts = Counter(column.drop_nulls().to_list())
    if missing := len(column) - counts.total():
        counts["nothing"] = missing
    if told is not None:
        counts[told] += 0
    said = ", ".join(f"{value} ({count:,} rows)" for value, count in counts.items())
    raise DataError.because(
        f"{need} needs one currency, `{column.name}` holds {said}.",
        hint="convert the amounts to one currency first, or go through each currency on its own.",
    )
