"""The customers who came latest, like whom those to come are."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import positions
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, eq=False)
class LatestNewcomers:
    """The m customers who came latest, as at the day of their first purchase.

    Attributes:
        buyers: their places among the buyers of the base, (m,).
        rows: x = t_x = T = 0, with the covariates, (m,).
        first_order: amount of the first purchase day, (m,).
        order_value: expected gross spend of a later purchase day, (m,).
        orders, spent: what the spend model reads of their purchases so far, from which later spend is drawn, (m,) or
            (m, k).
    """

    buyers: Whole
    rows: PurchaseRows
    first_order: Array
    order_value: Array
    orders: Array
    spent: Array

    @classmethod
    def of(cls, base: CustomerBase, days: PurchaseDays, first: FirstPurchases, *, gaps: bool) -> LatestNewcomers:
        """The customers of the latest `first` purchases; with `gaps`, for a model that needs them."""
        at = positions(base.summary["customer_id"], among=days.customers)[base.buyers]
        buyer = np.full(len(days.customers), -1, dtype=np.int64)
        buyer[at] = np.arange(len(base))
        latest = first.latest()
        rows, spend = buyer[first.code[latest]], first.spend[latest]
        rows, spend = rows[rows >= 0], spend[rows >= 0]
        order = np.argsort(base.draw_order.argsort()[rows])  # by id, so that the order of the data changes nothing
        rows, spend = rows[order], spend[order]
        none = np.zeros(len(rows))
        nothing = PurchaseGaps(length=[], starts=np.zeros(len(rows) + 1, np.int64))
        return cls(
            buyers=rows,
            rows=evolve(base.rows.at(rows), x=none, t_x=none, T=none, gap_log_sum=None, gaps=nothing if gaps else None),
            first_order=spend,
            order_value=base.order_value[rows],
            orders=base.orders[rows],
            spent=base.spent[rows],
        )

    def __len__(self) -> int:
        return len(self.first_order)
