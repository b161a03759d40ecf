"""The input of scores and draws: the buyers of a summary as arrays, with order value, margin, costs and returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import with_plain_ids
from kundkarriar.frames import NarrowFrame, narrow, numbers
from kundkarriar.numerics.money.return_share import return_share
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.model_inputs import read_model_rows
from kundkarriar.scoring.read_returns import returned_spend
from kundkarriar.scoring.terms import Terms, read_terms
from kundkarriar.season.season import Season
from kundkarriar.season.season_clock import SeasonClock, read_season_clock
from kundkarriar.summaries.checked_summary import CheckedSummary
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.table_kind import SUMMARY, refuse_another_table


@frozen(kw_only=True, eq=False)
class CustomerBase:
    """The input of scores and draws: purchase history, order value and terms of the n buyers of a summary, as arrays.

    `summary` has all customers; prospects are in no array. A plan has its own table, `CustomerTable`, made from scores.

    Attributes:
        summary: all customers, in the order given, with plain ids.
        checked: frequency, recency and T of each buyer, (n,), and the buyers' rows in `summary`.
        monetary_value: mean gross spend per repeat purchase day, (n,).
        order_value: expected gross spend per future purchase day, (n,).
        terms: margin, costs and returned share of each buyer, (n,).
        clock: the clock of warped time; None: `checked` is in calendar time.
    """

    summary: NarrowFrame
    checked: CheckedSummary
    monetary_value: Array
    order_value: Array
    terms: Terms
    clock: SeasonClock | None = None

    @property
    def rows(self) -> PurchaseRows:
        """Frequency, recency and T of each buyer, (n,)."""
        return self.checked.rows

    @property
    def buyers(self) -> Whole:
        """Rows of the buyers in `summary`, (n,)."""
        return self.checked.position

    def spread(self, values: Array) -> Array:
        """A number per buyer, (n,), as a number per customer; NaN for prospects."""
        return self.checked.spread(values)

    def equals(self, other: CustomerBase) -> bool:
        """Whether `other` has the same customers in the same order, with equal histories and terms."""
        if self is other:
            return True
        mine, theirs = self._numbers(), other._numbers()
        same = self.clock == other.clock and all(
            np.array_equal(one, two) for one, two in zip(mine, theirs, strict=True)
        )
        return same and self.summary["customer_id"].to_list() == other.summary["customer_id"].to_list()

    def _numbers(self) -> tuple[Array, ...]:
        rows = self.rows
        history = (rows.x, rows.t_x, rows.T, rows.covariates)
        return (*history, self.monetary_value, self.order_value, *self.terms.by_name().values())

    def __len__(self) -> int:
        return len(self.buyers)


def read_customer_base(
    summary: Any,
    *,
    customers: Any,
    purchases: Any,
    spend: Any,
    margin: float | str,
    costs: Costs | None,
    season: Season | None,
    return_mean: float,
    return_mass: float,
    need: str,
) -> CustomerBase:
    """The buyers of a summary as arrays, with the fitted spend model's expected order value and the terms of value.

    Args:
        summary: one row per customer.
        customers: columns of covariates, margin or costs, by customer_id; None: they are in the summary.
        purchases: the fitted purchase model.
        spend: the fitted spend model.
        margin: a number, or the name of a column.
        costs: None: no costs.
        season: the season of the summary.
        return_mean: prior mean of the returned share of spend.
        return_mass: weight of the prior mean, in purchase days.
        need: the caller, for the start of the error text.
    """
    wide = narrow(summary, need=need)
    refuse_another_table(wide, wanted=SUMMARY, need=need)
    wide = with_plain_ids(wide, need=need)
    clock = read_season_clock(wide, season=season, period=purchases.period, need=need)
    checked = read_model_rows(purchases, wide, customers=customers, need=need)
    buyers = checked.position
    gross, returned, days = returned_spend(summary, buyers, need=need)
    returned_share = np.zeros(len(wide))
    returned_share[buyers] = return_share(gross=gross, returned=returned, n=days, mean=return_mean, mass=return_mass)
    terms = read_terms(wide, margin=margin, costs=costs, customers=customers, returned=returned_share)
    order_value = numbers(narrow(spend.predict(summary), need=need), "expected_order_value", need=need, nullable=True)
    spent = numbers(wide, "monetary_value", need=need, nullable=True)
    return CustomerBase(
        summary=wide,
        checked=checked,
        monetary_value=np.nan_to_num(spent[buyers]),
        order_value=order_value[buyers],
        terms=terms.rows(buyers),
        clock=clock,
    )
