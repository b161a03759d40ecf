"""Rows that stand for several customers each: who reads them one by one is told which column counts them."""

from __future__ import annotations

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow

COUNTS = "n_customers"
"""How many customers a row of `kk.distinct_rows` stands for."""


def refuse_uncounted(
    summary: object, *, need: str, weights: str | None = None, hint: str = f'weights="{COUNTS}".'
) -> None:
    """Refuse rows that count their customers where nobody says so: each would be taken for one.

    A prediction per row is right whatever the row stands for, so only what adds up rows asks.

    Args:
        summary: the rows.
        need: who asks, as the start of a sentence.
        weights: the column that counts them, if one was named.
        hint: what to type instead.

    Raises:
        DataError: no column was named, and the rows are as those of `kk.distinct_rows`.

    >>> import pandas as pd
    >>> refuse_uncounted(pd.DataFrame({"frequency": [0], "n_customers": [1016]}), need="MBG/NBD.fit")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: MBG/NBD.fit would take each row for one customer: the frame has `n_customers` and no
    `customer_id`, as that of kk.distinct_rows.
    <BLANKLINE>
    Hint: weights="n_customers".
    """
    have = narrow(summary, need=need).columns
    if weights is None and COUNTS in have and "customer_id" not in have:
        raise DataError.because(
            f"{need} would take each row for one customer: the frame has `{COUNTS}` and no `customer_id`, as that of "
            "kk.distinct_rows.",
            hint=hint,
        )
