"""The frame that `FittedCareer.customers` returns: scores, classes, summary, facts, rungs, groups and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.customer_ids import positions
from kundkarriar.frames import narrow, new_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT

NEED = "CustomerCareer"
FROM_SUMMARY = ("customer_id", "frequency", "recency", "T", "monetary_value", "entry")


def joined_table(
    classes: FrameT, summary: FrameT, placed: FrameT, *, grouped: FrameT, transactions: FrameT, known: Any
) -> FrameT:
    """Join the frames of a career by customer, one row per customer in the order of `classes`.

    A plan reads its `CustomerTable` from this frame.

    Args:
        classes: scores and classes.
        summary: the summary, of which the columns `FROM_SUMMARY` are joined.
        placed: facts and rungs.
        grouped: the rungs of the ladder of groups, which become the column `group`.
        transactions: the standard frame, for its currency.
        known: the frame of known customers with their attributes, or None.
    """
    whole, group = narrow(classes, need=NEED), narrow(grouped, need=NEED)
    columns: dict[str, Any] = {name: whole[name] for name in whole.columns}
    for more in (narrow(summary, need=NEED).select(FROM_SUMMARY), narrow(placed, need=NEED)):
        at = positions(whole["customer_id"], among=more["customer_id"]).tolist()
        columns |= {name: more[name][at] for name in more.columns if name not in columns}
    columns["group"] = group["rung"][positions(whole["customer_id"], among=group["customer_id"]).tolist()]
    money = narrow(transactions, need=NEED)
    if "currency" in money.columns:
        columns["currency"] = [money["currency"][0]] * len(whole)
    if known is not None:
        people = narrow(known, need=NEED)
        at = positions(whole["customer_id"], among=people["customer_id"])
        columns |= {name: _attribute(people[name].to_list(), at) for name in people.columns if name not in columns}
    return new_frame(columns, like=classes)


def _attribute(values: list[Any], at: NDArray[np.int64]) -> list[Any]:
    """The attribute of each customer; None for buyers who are not in `customers=`."""
    return [values[row] if row >= 0 else None for row in at.tolist()]
