"""Kinds of tables (summary, opportunities, memberships, ...), recognised by their columns; a wrong one is refused."""

from __future__ import annotations

from attrs import evolve, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame


@frozen(kw_only=True)
class TableKind:
    """A kind of table: its columns, how it is made and what reads it.

    Attributes:
        name: its name in messages.
        columns: the columns that models need besides customer_id; empty if no model reads it.
        identifying: the columns that only this kind has.
        made_by: the call that makes it.
        read_by: what reads it; empty for transactions.
    """

    name: str
    columns: tuple[str, ...]
    identifying: tuple[str, ...]
    made_by: str
    read_by: str


SUMMARY = TableKind(
    name="a summary",
    columns=("frequency", "recency", "T"),
    identifying=("T",),
    made_by="kk.summarize(transactions, as_of=...)",
    read_by="kk.MBGNBD() and its kin read",
)
OPPORTUNITIES = TableKind(
    name="a table of opportunities",
    columns=("frequency", "recency", "n_opportunities"),
    identifying=("n_opportunities",),
    made_by="kk.opportunities(transactions, as_of=...)",
    read_by="kk.BGBB() reads",
)
MEMBERSHIPS = TableKind(
    name="a table of memberships",
    columns=("renewals", "ended"),
    identifying=("renewals", "ended"),
    made_by="kk.memberships(members, as_of=..., every=...)",
    read_by="kk.ShiftedBetaGeometric() reads",
)
SPEND_SUMMARY = evolve(SUMMARY, columns=("frequency", "monetary_value"))
"""A summary as spend models read it."""
FACTS = TableKind(
    name="a table of facts",
    columns=(),
    identifying=("purchase_days", "days_since_purchase"),
    made_by="kk.facts(transactions, as_of=...)",
    read_by="rules and strategies read",
)
HOLDOUT = TableKind(
    name="a table of what was bought afterwards",
    columns=(),
    identifying=("purchases", "duration"),
    made_by="kk.holdout_table(summary, holdout, until=...)",
    read_by="kk.compare_models(models, summary, holdout=...) reads",
)
TRANSACTIONS = TableKind(
    name="a table of transactions",
    columns=(),
    identifying=("date", "amount"),
    made_by="kk.transactions(frame, ...)",
    read_by="",
)
TABLE_KINDS = (SUMMARY, OPPORTUNITIES, MEMBERSHIPS, FACTS, HOLDOUT, TRANSACTIONS)


def refuse_another_table(frame: NarrowFrame, *, wanted: TableKind, need: str) -> None:
    """Refuse a frame that lacks the wanted columns and is of another kind.

    >>> import pandas as pd
    >>> from kundkarriar.frames import narrow
    >>> table = narrow(pd.DataFrame({"renewals": [3], "ended": [False]}), need="this example")
    >>> refuse_another_table(table, wanted=SUMMARY, need="MBG/NBD.fit")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: MBG/NBD.fit reads a summary (frequency, recency, T), this is a table of memberships.
    <BLANKLINE>
    Hint: kk.ShiftedBetaGeometric() reads this table; a summary is made by kk.summarize(transactions, as_of=...).
    """
    have = set(frame.columns)
    if set(wanted.columns) <= have:
        return
    for other in TABLE_KINDS:
        if other.name != wanted.name and set(other.identifying) <= have:
            hint = f"{other.read_by} this table; {wanted.name} is made by {wanted.made_by}."
            raise DataError.because(
                f"{need} reads {wanted.name} ({', '.join(wanted.columns)}), this is {other.name}.",
                hint=hint if other.read_by else f"{wanted.made_by} makes the table.",
            )
