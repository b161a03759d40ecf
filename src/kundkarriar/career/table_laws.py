"""The laws of the table of customers of a fitted career, by column: ranges of numbers, words, and what never misses."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kundkarriar.arguments import COUNT, FINITE, NOT_NEGATIVE, SHARE, Number, WholeNumber
from kundkarriar.classes.realised_classes import PROBABILITIES as OF_CLASSES
from kundkarriar.errors import DataError
from kundkarriar.fields import outside
from kundkarriar.frames import NarrowFrame, distinct_values, is_missing, numbers, refuse_rows, require
from kundkarriar.ladder.groups.customer_groups import PROBABILITIES
from kundkarriar.stored_forms import AGAIN

OF_ALL: dict[str, Number] = {
    **dict.fromkeys(("frequency", "purchase_days", "purchase_days_12M", "purchase_days_1M", "months_on_rung"), COUNT),
    "quarters_active_12M": WholeNumber(least=0, most=4),
    **dict.fromkeys(("rung_position", "highest_position"), SHARE),
    "value_12M": FINITE,
    "value_1M": FINITE,
    "total_value": FINITE,
}
"""Numbers that every customer has."""
OF_BUYERS: dict[str, Number] = {
    **dict.fromkeys(("p_alive", "p_leaves", "p_paused", "p_purchase", "p_first_purchase"), SHARE),
    **dict.fromkeys((*PROBABILITIES, *OF_CLASSES), SHARE),
    **dict.fromkeys(("recency", "T", "days_since_purchase", "typical_gap", "regularity"), NOT_NEGATIVE),
    "expected_purchases": NOT_NEGATIVE,
    "breadth": Number(least=1),
    "priority": FINITE,
    "priority_rank": WholeNumber(least=1),
    **dict.fromkeys(("expected_order_value", "expected_sales", "expected_revenue", "clv", "monetary_value"), FINITE),
}
"""Numbers that may be missing: prospects have none, and buyers of few purchases lack some."""
MAY_LACK = (
    *("p_paused", "p_first_purchase", "purchase_days_1M", "value_1M", "priority", "priority_rank"),
    *("breadth", "rung_position", "highest_position"),
    *(*PROBABILITIES, *OF_CLASSES),
)
"""Numbers that a stored table may have no column of."""

TEXTS = ("evidence", "reason")
DAYS = ("first_purchase", "last_purchase", "first_contact")
ENTRIES = ("known", "unknown")
NEED = "`table`"


MONEY = frozenset(
    [
        *("value_12M", "value_1M", "total_value", "monetary_value", "clv", "expected_order_value", "expected_sales"),
        *("expected_revenue", "priority", "priority_rank"),
    ]
)
"""Columns that are not there where purchases have no amounts."""


def refuse_broken(table: NarrowFrame, *, words: Mapping[str, Collection[str | None]], priced: bool = True) -> None:
    """Refuse a table that lacks a column or a row, or has a value outside the law of its column.

    Args:
        table: the customers, one row each.
        words: of each column of words those that it may have; None among them where one may be missing.
        priced: whether there are columns of money.

    Raises:
        DataError: the first such column, by name.
    """
    laws = {name: law for name, law in (OF_ALL | OF_BUYERS).items() if priced or name not in MONEY}
    laws = {name: law for name, law in laws.items() if name in table.columns or name not in MAY_LACK}
    require(table, [*laws, *words, *TEXTS, *DAYS], need=NEED)
    if len(table) == 0:
        raise DataError.because(f"{NEED} needs at least one customer, and has no rows.", hint=AGAIN)
    for name, law in laws.items():
        values = numbers(table, name, need=NEED, nullable=name in OF_BUYERS)
        wrong, needed = outside(values, law=law), f"{NEED} needs {law.law} in `{name}`"
        refuse_rows(table, wrong, needed, hint=AGAIN, shown=["customer_id", name])
    for name in TEXTS:
        if any(not isinstance(each, str) for each in distinct_values(table[name])):
            raise DataError.because(f"{NEED} needs a text in every row of `{name}`.", hint=AGAIN)
    for name, known in words.items():
        found = {None if is_missing(each) else each for each in distinct_values(table[name])}
        if unknown := sorted(found - set(known), key=str):
            needed = f"{NEED} needs one of {list(known)} in `{name}`, and has {unknown[0]!r:.60}."
            raise DataError.because(needed, hint=AGAIN)
