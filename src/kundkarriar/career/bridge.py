"""The bridge: from the actual net sales of the last span to the expected result of the next, line by line."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.value_draws import MODEL_ERROR
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.views.incremental_value_range import incremental_value_range

COLUMNS = ("line", "amount", "low", "high", "source")
TOO_SHORT = "not included: the data begin too late to tell new customers of the last span from old ones"


@frozen(kw_only=True)
class Bridge:
    """Sales of the last span, and expected sales and costs of the next span of the same length, undiscounted.

    Budgets are nominal, so amounts are not discounted.

    Attributes:
        as_of: the last day of the last span.
        begins: the first day of the last span that is in the data.
        span: the length of both spans.
        actual: net sales of the last span.
        newcomers: net sales of customers who were new in the last span; None if the data are too short to tell.
        sales: expected net sales of today's customers in the next span.
        low, high: central 90 % interval of their realised total; NaN if the models cannot draw.
        contribution: margin on `sales`.
        cost: cost to serve, handle and market today's customers; None if no costs were given.
    """

    as_of: str
    begins: str
    span: Period
    actual: float
    newcomers: float | None
    sales: float
    low: float
    high: float
    contribution: float
    cost: float | None

    @classmethod
    def of(cls, days: PurchaseDays, *, base: CustomerBase, scorer: FittedValueScorer, sales: Array | None) -> Bridge:
        """Compute the sums of a scored customer base.

        Args:
            days: the purchase days up to the date of the career.
            base: the customers as of that date.
            scorer: the fitted scorer; its horizon is the length of both spans.
            sales: their drawn total sales in the next span, (S,); None if the models cannot draw.
        """
        span = Period.of(scorer.scorer.horizon)
        begins, actual, newcomers = _last_span(days, span=span)
        nominal = evolve(scorer, scorer=evolve(scorer.scorer, discount_rate=0.0)).score_base(base)
        totals = {
            name: total(np.nan_to_num(nominal[name])) for name in ("expected_sales", "clv", "cost") if name in nominal
        }
        low, high = (np.nan, np.nan) if sales is None else np.quantile(sales, [0.05, 0.95])
        return cls(
            as_of=str(days.ledger.as_of),
            begins=begins,
            span=span,
            actual=actual,
            newcomers=newcomers,
            sales=totals["expected_sales"],
            low=float(low),
            high=float(high),
            contribution=totals["clv"],
            cost=totals.get("cost"),
        )

    def lines(self, plan: Plan[Any] | None, *, like: FrameT) -> FrameT:
        """The bridge as a frame of the kind of `like`, with increment and cost of `plan`.

        Returns:
            line, amount, low, high (missing for lines without an interval), source.
        """
        if plan is not None and not isinstance(plan, Plan):
            raise DataError.because(
                f"the bridge takes a plan, got {type(plan).__name__}.", hint="career.bridge(career.plan(...))."
            )
        none, new_sales, cost = np.nan, self.newcomers or 0.0, self.cost or 0.0
        contribution = self.contribution + new_sales * (self.contribution / self.sales if self.sales else 0.0)
        low, gain, high = incremental_value_range(plan.data) if plan is not None else (none, 0.0, none)
        spent = total(plan.cost) if plan is not None else 0.0
        last, ahead = f"last {self.span}", f"next {self.span}"
        rows = (
            (f"net sales, {last}", self.actual, none, none, f"ledger, {self.begins} to {self.as_of}"),
            (f"net sales of today's customers, {ahead}", self.sales, self.low, self.high, self._source_of_sales()),
            (f"net sales of new customers, {ahead}", self._new_sales(), none, none, self._source_of_newcomers()),
            (
                f"net sales, {ahead}",
                self.sales + new_sales,
                self.low + new_sales,
                self.high + new_sales,
                "sum of the two lines above",
            ),
            ("contribution", contribution, none, none, "margin x net sales"),
            ("cost of today's customers", 0.0 - cost, none, none, self._source_of_cost()),
            (
                "the plan's increment",
                gain,
                low,
                high,
                _source_of_plan(plan, "effects as given, discounted; the plan: "),
            ),
            ("the plan's cost", 0.0 - spent, none, none, _source_of_plan(plan, "the plan: ")),
            ("net", contribution - cost + gain - spent, none, none, "sum from contribution"),
        )
        return new_frame({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}, like=like)

    def _new_sales(self) -> float:
        return np.nan if self.newcomers is None else self.newcomers

    def _source_of_sales(self) -> str:
        if np.isnan(self.low):
            return "purchase and spend model; no interval: the models cannot draw futures"
        return f"purchase and spend model; realised futures; {MODEL_ERROR}"

    def _source_of_newcomers(self) -> str:
        return TOO_SHORT if self.newcomers is None else "assumed: as many and as good as in the last span"

    def _source_of_cost(self) -> str:
        return "no costs given to the scorer" if self.cost is None else "the scorer's costs"


def _source_of_plan(plan: Plan[Any] | None, source: str) -> str:
    return "no plan given: career.bridge(plan)" if plan is None else f"{source}see plan.summary()"


def _last_span(days: PurchaseDays, *, span: Period) -> tuple[str, float, float | None]:
    """First day of the last span in the data, its net sales, and the net sales of customers who were new in it.

    New customers were not seen before the span. Their sales are None if the data begin less than a quarter of a span
    earlier.
    """
    since = span.before(days.ledger.as_of).astype(np.int64)
    within = days.ledger_day > since
    actual = total(days.ledger_amount[within])
    first_day = int(days.ledger_day.min())
    begins = str(np.datetime64(max(int(since) + 1, first_day), "D"))
    if first_day > since - span.days / 4:
        return begins, actual, None
    new = days.ledger.first_row[days.ledger_code] > since
    return begins, actual, total(days.ledger_amount[within & new])
