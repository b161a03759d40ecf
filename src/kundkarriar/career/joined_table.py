"""The table of a career: scores, summary, facts and rungs of each customer, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, text_column
from kundkarriar.strategy.specs.default_playbook import LIKELY_TO_BUY


def joined_table(
    classes: NarrowFrame,
    summary: NarrowFrame,
    placed: NarrowFrame,
    *,
    groups: dict[str, Any],
    notes: Sequence[str],
    transactions: NarrowFrame,
    known: NarrowFrame | None,
) -> NarrowFrame:
    """One row per customer: scores and classes, the summary, facts and rungs, group, currency, and attributes.

    All have the customers in one order, those of `customers=` (`known`) first. Lapsed customers who are likely to buy
    within the horizon are paused too. A plan reads a `CustomerTable` from it.
    """
    columns: dict[str, Any] = {}
    for frame in (classes, summary, placed):
        columns |= {name: frame[name] for name in frame.columns if name not in columns}
    columns |= _expected_back(placed, numbers(classes, "p_purchase", need="CustomerCareer", nullable=True)) | groups
    columns["model_note"] = text_column([" ".join(notes) or None] * len(classes), like=classes.to_native())
    if "currency" in transactions.columns and len(transactions):
        columns["currency"] = [transactions["currency"][0]] * len(classes)
    if known is not None:
        buyers = [None] * (len(classes) - len(known))
        columns |= {name: known.get_column(name).to_list() + buyers for name in known.columns if name not in columns}
    return narrow(new_frame(columns, like=classes.to_native()), need="CustomerCareer")


def _expected_back(placed: NarrowFrame, p_purchase: Array) -> dict[str, Any]:
    """The columns paused and reason: of the lapsed, also those who are likely to buy within the horizon are paused."""
    if "lapsed" not in placed.columns:
        return {}
    lapsed, paused = (placed[name].to_numpy().astype(bool) for name in ("lapsed", "paused"))
    likely = lapsed & ~paused & (p_purchase >= LIKELY_TO_BUY)
    reason = np.array(placed["reason"].to_list(), dtype=object)
    reason[likely] += [f"; silent, and likely to buy within the horizon ({p:.2f})" for p in p_purchase[likely]]
    return {"paused": paused | likely, "reason": reason}


def with_attributes(summary: FrameT, customers: Any) -> FrameT:
    """The summary with the attributes of `customers=` whose names are not taken: all that a scorer reads again."""
    if customers is None:
        return summary
    table, known = narrow(summary, need="CustomerCareer"), narrow(customers, need="CustomerCareer")
    buyers = [None] * (len(table) - len(known))
    return new_frame(
        {name: table[name] for name in table.columns}
        | {name: known.get_column(name).to_list() + buyers for name in known.columns if name not in table.columns},
        like=summary,
    )
