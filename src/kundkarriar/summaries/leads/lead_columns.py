"""Names of the columns of a table of leads."""

KNOWN = "months_known"
"""Months from the first contact to the end of the data."""
QUOTE = "quote_id"
"""The column that identifies a quote, where a row is a quote and a customer may have several."""
MADE = ("months", "bought", KNOWN)


def after_column(event: str) -> str:
    """The column with the months from the first contact to the first event of a name.

    >>> after_column("quote")
    'quote_after'
    """
    return f"{event}_after"
