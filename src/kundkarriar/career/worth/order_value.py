"""Customers by what they spend on an order beside what they are worth: two rankings that differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import COUNT_FROM_1, Number
from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.value_column import shares_of, value_column, values_of
from kundkarriar.classes.value_concentration import largest_count
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers
from kundkarriar.numerics.gamma_gamma.independence import spearman
from kundkarriar.numerics.money.equal_amounts import merge_ties, ranks_from_the_top
from kundkarriar.scoring.draws.pooled_draws import top_shares

PART = Number(above=0, below=1, example=0.2)
"""The law of a share of customers that is neither nobody nor everybody."""


def order_value_table(customers: FrameT, *, share: float, by: str | None) -> FrameT:
    """The frame of `career.order_value_vs_lifetime_value`."""
    need = "career.order_value_vs_lifetime_value"
    share = PART.read(share, "share")
    _, _, order, value = _both(narrow(customers, need=need), by, need=need)
    k = largest_count(share, of=len(order))
    by_order, by_value = (top_shares(merge_ties(each), k) for each in (order, value))
    percent = f"largest {100 * share:g} %"
    parts = {
        f"{percent} by order value": by_order,
        f"{percent} by lifetime value": by_value,
        "both": by_order * by_value,
        "everyone": np.ones(len(order)),
    }
    weight = np.array(list(parts.values()))
    count = weight.sum(axis=1)
    held = weight @ value
    correlation = spearman(merge_ties(order), merge_ties(value))
    columns: dict[str, Any] = {
        "part": list(parts),
        "customers": count,
        "share_of_customers": count / len(order),
        "mean_order_value": _mean(weight @ order, count),
        "mean_value": _mean(held, count),
        "value": held,
        "share_of_value": shares_of(held, values=value),
        "rank_correlation": np.array([np.nan] * 3 + [np.nan if correlation is None else correlation.rho]),
    }
    return new_frame(columns, like=customers)


def rank_differences(customers: FrameT, *, n: int, by: str | None) -> FrameT:
    """The frame of `career.rank_differences`."""
    need = "career.rank_differences"
    table, n = narrow(customers, need=need), COUNT_FROM_1.read(n, "n")
    column, row, order, value = _both(table, by, need=need)
    order_rank, value_rank = ranks_from_the_top(order), ranks_from_the_top(value)
    difference = order_rank - value_rank
    shown = np.lexsort((value_rank, -np.abs(difference)))[:n]
    return new_frame(
        {
            "customer_id": table["customer_id"][row[shown].tolist()],
            "order_value": order[shown],
            column: value[shown],
            "order_value_rank": order_rank[shown],
            "value_rank": value_rank[shown],
            "difference": difference[shown],
        },
        like=customers,
    )


def _both(table: NarrowFrame, by: str | None, *, need: str) -> tuple[str, Whole, Array, Array]:
    """The name of the column of values; and of each customer with a value the row, order value and value, (m,) each.

    The order value is what the customer has spent on a purchase day so far, net of returns.
    """
    column, values = value_column(table, by, need=need), values_of(table, by, need=need)
    days, spent = (numbers(table, name, need=need) for name in ("purchase_days", "total_value"))
    row = np.flatnonzero(np.isfinite(values) & (days > 0))
    if not len(row):
        raise DataError.because(
            f"{need} needs a customer who has bought and has a value in `{column}`.",
            hint="leave by= out; lifelong values are missing where discount_rate=0.",
        )
    return column, row, spent[row] / days[row], values[row]


def _mean(sums: Array, count: Array) -> Array:
    """Sums (k,) over the number of customers in them; NaN where there are none."""
    mean: Array = np.divide(sums, count, out=np.full(len(sums), np.nan), where=count > 0)
    return mean
