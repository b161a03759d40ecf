"""Checks of the rows of a standard transactions frame: ids, currency, purchases and returns."""

from collections import Counter
from typing import Any

import narwhals.stable.v2 as nw

from kundkarriar.arguments import COUNT, NAME, as_shown
from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import read_ids
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import NarrowFrame, distinct_values, narrow, refuse_rows, require, text_is

LARGEST = 1e100
"""Largest amount of a row: the sums of such amounts are finite."""


AMOUNTS = 'orders with amounts: kk.transactions(orders, ..., amount="Netto", vat="excluded", currency="SEK").'
"""What to type for purchases with amounts."""


def lacks_amounts(need: str, *, hint: str = AMOUNTS) -> CapabilityError:
    """The error of what counts money, asked of purchases without amounts; `need` starts the sentence.

    >>> raise lacks_amounts("A bridge", hint="ask for less.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.CapabilityError: A bridge counts money, and the purchases have no amounts.
    <BLANKLINE>
    Hint: ask for less.
    """
    return CapabilityError.because(f"{need} counts money, and the purchases have no amounts.", hint=hint)


def without_amounts(frame: NarrowFrame) -> bool:
    """Whether a frame of transactions says that its rows are purchases without amounts: all of `kind` "purchase".

    A frame that lacks `amount` and does not say so may hold returns, or amounts under another name.
    """
    if "amount" in frame.columns or "kind" not in frame.columns:
        return False
    return bool(text_is(frame["kind"], "purchase").all())


def checked_transactions(transactions: object, *, need: str, empty: bool = False) -> tuple[NarrowFrame, nw.Series[Any]]:
    """Check standard transactions: the columns, at least one row unless `empty`, an id on every row, one currency.

    Without a column `amount` every row has `kind` "purchase": see `without_amounts`.

    Returns:
        The frame, and the plain id of each row.

    Raises:
        DataError: one of these checks fails.
    """
    frame = narrow(transactions, need=need)
    unpriced = without_amounts(frame)
    if not {"customer_id", "date"} <= set(frame.columns):
        require(frame, ["customer_id", "date", *([] if unpriced else ["amount"])], need=need)
    if not (unpriced or "amount" in frame.columns):
        raise DataError.because(
            f"{need} needs columns that are not there: ['amount'].",
            hint=f"the DataFrame has {list(frame.columns)}; kk.transactions(orders, customer_id=..., date=...) reads"
            " purchases without amounts.",
        )
    if not len(frame) and not empty:
        raise DataError.because(
            f"{need} needs at least one transaction: the frame is empty.",
            hint="check the file or filter that the rows came through.",
        )
    ids = read_ids(
        frame,
        need=need,
        shown=("date", "amount"),
        hint='kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.',
    )
    if "currency" in frame.columns:
        one_currency(frame["currency"], need=need)
    return frame, ids


def returned_rows(frame: NarrowFrame, amount: Array, *, need: str) -> Mask:
    """Which rows are returns, by the sign of the amount and by `kind` if the column exists, (n,).

    Raises:
        DataError: `kind` is neither "purchase" nor "return", or contradicts the sign.
    """
    negative = amount < 0
    if "kind" not in frame.columns:
        return negative
    returned, bought = (text_is(frame["kind"], word) for word in ("return", "purchase"))
    wrong = ~(returned | bought) | (bought & negative) | (returned & (amount > 0))
    refuse_rows(
        frame,
        wrong,
        f'{need} needs `kind` "purchase" (amount at least 0) or "return" (amount at most 0)',
        hint='kk.transactions(orders, ..., kind="...") reads the words and sets the signs.',
        shown=["customer_id", "date", "amount", "kind"],
    )
    return returned


def one_currency(column: nw.Series[Any], *, need: str, expected: str | None = None) -> str | None:
    """The one currency of all rows; `expected` for a frame without rows.

    Raises:
        DataError: some row has another currency, one other than `expected` if it is given, or none.

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
