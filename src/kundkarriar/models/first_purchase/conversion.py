"""Conversion of leads by group: the model's share who buy within a horizon beside Kaplan-Meier's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import FrameT, narrow, new_frame, require
from kundkarriar.models.covariates.columns import CustomerColumn
from kundkarriar.numerics.first_purchase.kaplan_meier import bought_within
from kundkarriar.summaries.leads.lead_rows import LeadRows

AT_ONCE = 2**14
"""Leads whose probabilities under all draws are held at once."""


def conversion_frame(
    leads: FrameT,
    rows: LeadRows,
    p: Array,
    drawn: Callable[[Whole], Array] | None,
    *,
    by: str | None,
    horizon: float,
    level: float,
    need: str,
) -> FrameT:
    """One row per group of leads; see `FittedFirstPurchase.conversion`.

    Args:
        leads: the table, and `rows` what was read of it, (n,).
        rows: see above.
        p: the model's probability of each lead, (n,).
        drawn: the probabilities of leads at positions under S draws, (n, S); None without draws.
        by: the column of groups, or None.
        horizon: months.
        level: of the intervals.
        need: the caller.
    """
    groups, code = _groups(leads, by, n=len(rows), need=need)
    size = np.bincount(code, minlength=len(groups))
    low = high = np.full(len(groups), np.nan)
    if drawn is not None:
        total = _sums(rows, drawn, code, groups=len(groups), horizon=horizon)
        low, high = np.quantile(total / size[:, None], [(1 - level) / 2, (1 + level) / 2], axis=1)
    observed = np.array(
        [
            bought_within(
                horizon,
                months=rows.months[code == group],
                bought=rows.bought[code == group],
                weights=rows.weights[code == group],
                level=level,
            )
            for group in range(len(groups))
        ]
    ).reshape(-1, 3)
    return new_frame(
        {
            **({} if by is None else {by: groups}),
            "leads": size,
            "bought": np.bincount(code, rows.bought, minlength=len(groups)).astype(np.int64),
            "p": np.bincount(code, p, minlength=len(groups)) / size,
            "low": low,
            "high": high,
            "observed": observed[:, 0],
            "observed_low": observed[:, 1],
            "observed_high": observed[:, 2],
        },
        like=leads,
    )


def _groups(leads: FrameT, by: str | None, *, n: int, need: str) -> tuple[list[Any], Whole]:
    """The values of a column, sorted, and the position of each row's, (n,)."""
    if by is None:
        return [None], np.zeros(n, dtype=np.int64)
    frame = narrow(leads, need=need)
    require(frame, [COLUMN.read(by, "by")], need=need)
    column = CustomerColumn(name=by, frame=frame, rows=np.arange(n), need=need)
    if column.has_levels():
        levels = column.levels()
        return list(levels), column.codes(levels)
    values, code = np.unique(column.numbers(), return_inverse=True)
    return values.tolist(), code


def _sums(rows: LeadRows, drawn: Callable[[Whole], Array], code: Whole, *, groups: int, horizon: float) -> Array:
    """The sum over each group of drawn probabilities, (groups, S); leads with equal covariates are evaluated once."""
    columns = np.column_stack([code, rows.covariates, np.minimum(rows.after, horizon)])
    order = np.lexsort(columns.T[::-1])
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (columns[order[1:]] != columns[order[:-1]]).any(axis=1)
    first = np.flatnonzero(begins)
    count, at = np.diff(first, append=len(rows)), order[first]
    total: Any = 0.0
    for start in range(0, len(at), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        member = (code[at[some]][None, :] == np.arange(groups)[:, None]) * count[some]
        total = total + member @ drawn(at[some])
    return np.asarray(total)
