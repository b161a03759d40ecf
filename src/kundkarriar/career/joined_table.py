"""The frame that `FittedCareer.customers` returns: scores, classes, summary, facts, rungs, groups and attributes."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from kundkarriar.frames import FrameT, narrow, new_frame

NEED = "CustomerCareer"
FROM_SUMMARY = ("customer_id", "frequency", "recency", "T", "monetary_value", "entry")


def joined_table(
    classes: FrameT, summary: FrameT, placed: FrameT, *, group: nw.Series[Any], transactions: FrameT, known: Any
) -> FrameT:
    """Join the frames of a career, one row per customer. All have the customers in one order, `known` first.

    A plan reads its `CustomerTable` from this frame.

    Args:
        classes: scores and classes.
        summary: the summary, of which the columns `FROM_SUMMARY` are joined.
        placed: facts and rungs.
        group: the rung of each customer on the ladder of groups.
        transactions: the standard frame, for its currency.
        known: the frame of known customers with their attributes, or None.
    """
    whole = narrow(classes, need=NEED)
    columns: dict[str, Any] = {name: whole[name] for name in whole.columns}
    for more in (narrow(summary, need=NEED).select(FROM_SUMMARY), narrow(placed, need=NEED)):
        columns |= {name: more[name] for name in more.columns if name not in columns}
    columns["group"] = group
    money = narrow(transactions, need=NEED)
    if "currency" in money.columns:
        columns["currency"] = [money["currency"][0]] * len(whole)
    if known is not None:
        people = narrow(known, need=NEED)
        buyers = [None] * (len(whole) - len(people))  # who are not in `customers=` come last
        columns |= {name: people[name].to_list() + buyers for name in people.columns if name not in columns}
    return new_frame(columns, like=classes)
