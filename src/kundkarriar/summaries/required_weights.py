"""Refusal of rows of `kk.distinct_rows` without their weights: each row would count as one customer."""

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow

N_CUSTOMERS = "n_customers"
"""The column of `kk.distinct_rows` with the number of customers per row."""


def refuse_unweighted_rows(
    summary: object, *, need: str, weights: str | None = None, hint: str = f'weights="{N_CUSTOMERS}".'
) -> None:
    """Refuse rows of `kk.distinct_rows` if no column of weights is named.

    Only sums over rows depend on weights; predictions per row are not refused.

    >>> import pandas as pd
    >>> refuse_unweighted_rows(pd.DataFrame({"frequency": [0], "n_customers": [1016]}), need="MBG/NBD.fit")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: MBG/NBD.fit would take each row for one customer: the frame has `n_customers` and no
    `customer_id`, as that of kk.distinct_rows.
    <BLANKLINE>
    Hint: weights="n_customers".
    """
    have = narrow(summary, need=need).columns
    if weights is None and N_CUSTOMERS in have and "customer_id" not in have:
        raise DataError.because(
            f"{need} would take each row for one customer: the frame has `{N_CUSTOMERS}` and no `customer_id`, as that"
            " of kk.distinct_rows.",
            hint=hint,
        )
