"""Kinds of tables (summary, opportunities, memberships, ...), recognised by their columns; a wrong one is refused."""

from collections.abc import Callable

from attrs import evolve, frozen

from kundkarriar.arguments import COLUMN, as_shown
from kundkarriar.customer_ids import require_unique_ids
from kundkarriar.dates.period import UNIT
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, distinct_values, narrow, require
from kundkarriar.id_kinds import ID
from kundkarriar.summaries.discrete_time.calendar_steps import calendar_step, step_text


@frozen(kw_only=True)
class TableKind:
    """A kind of table: its columns, how it is made and what reads it.

    Attributes:
        name: its name in messages.
        columns: the columns that models need besides customer_id; empty if no model reads it.
        identifying: the columns that only this kind has.
        made_by: the call that makes it.
        read_by: what reads it; empty for transactions.
        of: what a row is.
        id: a column that identifies a row where it is there, in place of customer_id.
        unit: the column that names its unit of time.
        read_unit: reads a unit as text; raises DataError.
    """

    name: str
    columns: tuple[str, ...] = ()
    identifying: tuple[str, ...]
    made_by: str
    read_by: str
    of: str = "customer"
    id: str = ID
    unit: str = "period"
    read_unit: Callable[[str], str] = lambda given: UNIT.read(given, "period")


def _step(given: str) -> str:
    return step_text(calendar_step(given))


SUMMARY = TableKind(
    name="a summary",
    columns=("frequency", "recency", "T"),
    identifying=("T",),
    made_by="kk.summarize(transactions, as_of=...)",
    read_by="kk.MBGNBD() and its kin read",
)
SPEND_SUMMARY = evolve(SUMMARY, columns=("frequency", "monetary_value"))
"""A summary as spend models read it."""
OPPORTUNITIES = TableKind(
    name="a table of opportunities",
    columns=("frequency", "recency", "n_opportunities"),
    identifying=("n_opportunities",),
    made_by="kk.opportunities(transactions, as_of=...)",
    read_by="kk.BGBB() reads",
    unit="every",
    read_unit=_step,
)
MEMBERSHIPS = TableKind(
    name="a table of memberships",
    columns=("renewals", "ended"),
    identifying=("renewals", "ended"),
    made_by="kk.memberships(members, as_of=..., every=...)",
    read_by="kk.ShiftedBetaGeometric() reads",
    of="member",
    unit="every",
    read_unit=_step,
)
LEADS = TableKind(
    name="a table of leads",
    columns=("months", "bought"),
    identifying=("months", "bought"),
    made_by="kk.leads(customers, transactions, as_of=...)",
    read_by="kk.FirstPurchase() reads",
    of="lead",
    id="quote_id",
)
FACTS = TableKind(
    name="a table of facts",
    identifying=("purchase_days", "days_since_purchase"),
    made_by="kk.facts(transactions, as_of=...)",
    read_by="rules and strategies read",
)
HOLDOUT = TableKind(
    name="a table of what was bought afterwards",
    identifying=("purchases", "duration"),
    made_by="kk.holdout_table(summary, holdout, until=...)",
    read_by="kk.compare_models(models, summary, holdout=...) reads",
)
TRANSACTIONS = TableKind(
    name="a table of transactions",
    identifying=("date", "amount"),
    made_by="kk.transactions(frame, ...)",
    read_by="",
)
TABLE_KINDS = (SUMMARY, OPPORTUNITIES, MEMBERSHIPS, LEADS, FACTS, HOLDOUT, TRANSACTIONS)


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


def read_table(table: object, *, kind: TableKind, need: str, weights: str | None) -> NarrowFrame:
    """A table of one kind, with its columns, some rows, and one row per customer unless rows are weighted.

    Raises:
        DataError: a column is missing, the table is of another kind or empty, or a customer has two rows.
    """
    frame = narrow(table, need=need)
    refuse_another_table(frame, wanted=kind, need=need)
    require(frame, [*kind.columns, *([] if weights is None else [COLUMN.read(weights, "weights")])], need=need)
    if not len(frame):
        raise DataError.because(
            f"{need} needs {kind.of}s, got an empty table.", hint=f"check the dates given to {kind.made_by}."
        )
    require_unique_ids(
        frame,
        need=need,
        column=kind.id if kind.id in frame.columns else ID,
        weights=weights,
        hint=f"one row per {kind.of}: see {kind.made_by}.",
    )
    return frame


def read_unit(frame: NarrowFrame, *, kind: TableKind, need: str, expected: str | None) -> str:
    """The one unit of time of a table, from its column; `expected` if there is no such column.

    Raises:
        DataError: neither is there, the column holds several units, or not the expected one.
    """
    wanted = None if expected is None else kind.read_unit(expected)
    if kind.unit not in frame.columns:
        if wanted is None:
            raise DataError.because(
                f"{need} must know the unit of time: the table has no column `{kind.unit}`.",
                hint=f'write {kind.unit}="M" for months, or use {kind.made_by}.',
            )
        return wanted
    units = distinct_values(frame[kind.unit])
    if len(units) != 1 or not isinstance(units[0], str):
        raise DataError.because(
            f"{need} needs one unit of time in `{kind.unit}`, found {as_shown(units[:5])}.",
            hint=f"make the whole table at once: {kind.made_by}.",
        )
    unit = kind.read_unit(units[0])
    if wanted not in {None, unit}:
        raise DataError.because(
            f'{need} counts time in "{wanted}", the table in "{unit}".',
            hint=f'make the table with {kind.unit}="{wanted}".',
        )
    return unit
