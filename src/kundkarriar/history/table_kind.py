"""The three tables that purchase models read, told apart by their columns: who brings the wrong one is told which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from kundkarriar.frames import NarrowFrame


@frozen(kw_only=True)
class TableKind:
    """A table, how it is made and what reads it.

    Attributes:
        name: as in messages.
        columns: what models need of it, besides the customer.
        mark: the columns that only this table has.
        made_by: the call.
        read_by: the models.
    """

    name: str
    columns: tuple[str, ...]
    mark: tuple[str, ...]
    made_by: str
    read_by: str


SUMMARY = TableKind(
    name="a summary",
    columns=("frequency", "recency", "T"),
    mark=("T",),
    made_by="kk.summarize(transactions, as_of=...)",
    read_by="kk.MBGNBD() and its kin read",
)
OPPORTUNITIES = TableKind(
    name="a table of opportunities",
    columns=("frequency", "recency", "n_opportunities"),
    mark=("n_opportunities",),
    made_by="kk.opportunities(transactions, as_of=...)",
    read_by="kk.BGBB() reads",
)
MEMBERSHIPS = TableKind(
    name="a table of memberships",
    columns=("renewals", "ended"),
    mark=("renewals", "ended"),
    made_by="kk.memberships(members, as_of=..., every=...)",
    read_by="kk.ShiftedBetaGeometric() reads",
)


def refuse_another_table(frame: NarrowFrame, *, wanted: TableKind, need: str) -> None:
    """Refuse a frame that lacks the wanted columns and is another of the three tables.

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
    for other in (SUMMARY, OPPORTUNITIES, MEMBERSHIPS):
        if other is not wanted and set(other.mark) <= have:
            raise DataError.because(
                f"{need} reads {wanted.name} ({', '.join(wanted.columns)}), this is {other.name}.",
                hint=f"{other.read_by} this table; {wanted.name} is made by {wanted.made_by}.",
            )
