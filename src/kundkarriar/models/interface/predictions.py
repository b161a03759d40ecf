"""What a fitted model predicts, read by the laws that scores rely on, also of a user's own."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import MOST, SHARE, Number
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.fields import outside
from kundkarriar.frames import NarrowFrame, narrow, numbers, refuse_rows, require

LAWS: dict[str, Number] = {
    "p_alive": SHARE,
    "expected_purchases": Number(least=0, most=MOST),
    "discounted_purchases": Number(least=0, most=MOST),
    "expected_order_value": Number(least=0, most=1e100),
}
"""The law of each predicted column."""
PROVE = "kk.testing.check_purchase_model(...) tells what a model of your own breaks."
SPENT = "predict(summary) adds `expected_order_value` to the rows it is given."


LOGARITHM = Number(most=0)
"""The law of the logarithm of a probability."""


def predictions(
    model: Any, summary: Any, columns: Sequence[str], *, ids: Sequence[Any], known: Whole | None = None, **given: Any
) -> list[Array]:
    """The predicted `columns`, (n,) each, of `model.predict(summary, **given)`, one row for each of `ids` in order.

    Args:
        model: a fitted model.
        summary: the customers.
        columns: names in `LAWS`.
        ids: the ids of `summary`, (n,).
        known: the rows whose values must not be missing, as those of prospects may; None: all.
        given: arguments of `predict`.

    Raises:
        DataError: no frame, other rows, a missing column, a value outside the law of its column.
    """
    answer = model.predict(summary, **given)
    return answered_columns(answer, columns, of=f"{type(model).__name__}.predict", ids=ids, known=known)


def answered_columns(
    answer: Any, columns: Sequence[str], *, of: str, ids: Sequence[Any], known: Whole | None = None
) -> list[Array]:
    """The `columns` of the frame that the method `of` of a model answered, as `predictions`.

    Columns without a law of their own are probabilities, and logarithms of them.
    """
    hint = SPENT if "expected_order_value" in columns else PROVE
    table = narrow(answer, need=f"what {of} gives")
    if len(table) != len(ids):
        law = f"{of} must give a row for each of {len(ids):,} customers, and gives {len(table):,}."
        raise DataError.because(law, hint=hint)
    if "customer_id" in table.columns and table["customer_id"].to_list() != list(ids):
        raise DataError.because(f"{of} must keep the customers in their order, and gives others.", hint=hint)
    require(table, columns, need=f"what {of} gives")
    must_be_known = np.ones(len(ids), dtype=bool) if known is None else np.isin(np.arange(len(ids)), known)
    return [_column(table, name, need=of, known=must_be_known, hint=hint) for name in columns]


def _column(table: NarrowFrame, name: str, *, need: str, known: Mask, hint: str) -> Array:
    values = numbers(table, name, need=f"what {need} gives", nullable=True)
    law = LAWS.get(name, LOGARITHM if name.startswith("log_") else SHARE)
    wrong = outside(values, law=law) | (np.isnan(values) & known)
    refuse_rows(table, wrong, f"{need} must give {law.law} as `{name}`", hint=hint, shown=["customer_id", name])
    return values
