"""From last year's actual net sales to what next year is expected to leave, line by line with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, numbers
from kundkarriar.history.period import Period, as_day
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.views.effect_range import ends

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT
    from kundkarriar.scoring.value_draws import ValueDraws
    from kundkarriar.scoring.value_scorer import FittedValueScorer

NEED = "bridge"
COLUMNS = ("line", "amount", "low", "high", "source")
TOO_SHORT = "not included: the data begin too late to tell new customers of the last span from old ones"


@frozen(kw_only=True)
class Bridge:
    """Money of the last span and of the next one of the same length, undiscounted: a budget is made in nominal money.

    Attributes:
        as_of: the day between the two.
        begins: the first day of the last span that is in the data.
        span: their length.
        actual: net sales of the last span.
        newcomers: those of customers who were new in it; None where the data are too short to tell.
        sales: net sales that today's customers are expected to bring.
        low, high: the central 90 % of their realised total; NaN where the models cannot draw.
        contribution: margin on `sales`.
        cost: to serve, handle and market today's customers; None where no costs were given.
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
    def of(
        cls,
        transactions: FrameT,
        *,
        as_of: str,
        summary: FrameT,
        customers: Any,
        scorer: FittedValueScorer,
        draws: ValueDraws | None,
    ) -> Bridge:
        """The money of a scored base.

        Args:
            transactions: the standard frame.
            as_of: the date that counts as now.
            summary: one row per customer as of that date.
            customers: the frame that holds the columns which margin or costs name, or None.
            scorer: fitted; its horizon is the span looked back and ahead.
            draws: of the same summary, or None.
        """
        span = Period.of(scorer.scorer.horizon)
        begins, actual, newcomers = _last_span(transactions, as_of=as_of, span=span)
        nominal = evolve(scorer, scorer=evolve(scorer.scorer, discount_rate=0.0)).score(summary, customers=customers)
        totals = {
            name: total(np.nan_to_num(numbers(narrow(nominal, need=NEED), name, need=NEED, nullable=True)))
            for name in ("expected_sales", "clv", *(["cost"] if scorer.scorer.costs else []))
        }
        low, high = np.nan, np.nan
        if draws is not None:
            low, high = np.quantile(draws.measuring("sales").totals(), [0.05, 0.95])
        return cls(
            as_of=as_of,
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
        """The bridge as a frame of the kind of `like`, with what `plan` adds and costs.

        Returns:
            line, amount, low, high (missing where the line has no interval of its own), source.
        """
        if plan is not None and not isinstance(plan, Plan):
            raise DataError.because(
                f"the bridge takes a plan, got {type(plan).__name__}.", hint="career.bridge(career.plan(...))."
            )
        none, coming, cost = np.nan, self.newcomers or 0.0, self.cost or 0.0
        contribution = self.contribution + coming * (self.contribution / self.sales if self.sales else 0.0)
        low, gain, high = ends(plan) if plan is not None else (none, 0.0, none)
        spent = total(plan.cost) if plan is not None else 0.0
        last, ahead = f"last {self.span}", f"next {self.span}"
        rows = (
            (f"net sales, {last}", self.actual, none, none, f"ledger, {self.begins} to {self.as_of}"),
            (f"net sales of today's customers, {ahead}", self.sales, self.low, self.high, self._how_sure()),
            (f"net sales of new customers, {ahead}", self._newcomers(), none, none, self._how_many_come()),
            (
                f"net sales, {ahead}",
                self.sales + coming,
                self.low + coming,
                self.high + coming,
                "sum of the two lines above",
            ),
            ("contribution", contribution, none, none, "margin x net sales"),
            ("cost of today's customers", 0.0 - cost, none, none, self._how_costed()),
            ("the plan's increment", gain, low, high, _planned(plan, "effects as given, discounted; the plan: ")),
            ("the plan's cost", 0.0 - spent, none, none, _planned(plan, "the plan: ")),
            ("net", contribution - cost + gain - spent, none, none, "sum from contribution"),
        )
        return new_frame({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}, like=like)

    def _newcomers(self) -> float:
        return np.nan if self.newcomers is None else self.newcomers

    def _how_sure(self) -> str:
        if np.isnan(self.low):
            return "purchase and spend model; no interval: the models cannot draw futures"
        return "purchase and spend model; realised futures; model error not included"

    def _how_many_come(self) -> str:
        return TOO_SHORT if self.newcomers is None else "assumed: as many and as good as in the last span"

    def _how_costed(self) -> str:
        return "no costs given to the scorer" if self.cost is None else "the scorer's costs"


def _planned(plan: Plan[Any] | None, source: str) -> str:
    return "no plan given: career.bridge(plan)" if plan is None else f"{source}see plan.summary()"


def _last_span(transactions: Any, *, as_of: str, span: Period) -> tuple[str, float, float | None]:
    """From when the last span is in the data; its net sales; and those of customers who were new in it.

    New is who was not seen in the data before the span: None where these begin less than a quarter of a span earlier.
    """
    table = purchase_days(transactions, as_of=as_of)
    since = span.before(as_day(as_of, name="as_of")).astype("datetime64[D]").astype(np.int64)
    within = table.ledger_day > since
    actual = total(table.ledger_amount[within])
    opened = int(table.ledger_day.min())
    begins = str(np.datetime64(max(int(since) + 1, opened), "D"))
    if opened > since - span.days / 4:
        return begins, actual, None
    new = table.first_contact[table.ledger_code] > since
    return begins, actual, total(table.ledger_amount[within & new])
