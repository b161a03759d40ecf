"""From last year's actual net sales to what next year is expected to leave, line by line with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.frames import narrow, new_frame, numbers
from kundkarriar.history.period import Period, as_day
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.strategy.plan_summary import ends

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT
    from kundkarriar.scoring.value_draws import ValueDraws
    from kundkarriar.scoring.value_scorer import FittedValueScorer
    from kundkarriar.strategy.plan import Plan

NEED = "bridge"
COLUMNS = ("line", "amount", "low", "high", "source")


def bridge(
    transactions: FrameT,
    *,
    as_of: str,
    summary: FrameT,
    customers: Any,
    scorer: FittedValueScorer,
    draws: ValueDraws,
    plan: Plan[Any] | None,
) -> FrameT:
    """The lines; amounts in the currency of the purchases, undiscounted but for the plan's increment.

    Args:
        transactions: the standard frame.
        as_of: the date that counts as now.
        summary: one row per customer as of that date.
        customers: the frame that holds the columns which margin or costs name, or None.
        scorer: fitted; its horizon is the span looked back and ahead.
        draws: of the same summary.
        plan: whose increment and cost are added, or None.

    Returns:
        line, amount, low, high (central 90 %; missing where the line has no interval of its own), source.
    """
    span = Period.of(scorer.scorer.horizon)
    actual, newcomers = _last_span(transactions, as_of=as_of, span=span)
    sales, contribution, cost = _next_span(scorer, summary, customers)
    totals = draws.measuring("sales").totals()
    low, high = (float(bound) for bound in np.quantile(totals, [0.05, 0.95]))
    margin = contribution / sales if sales else 0.0
    coming = 0.0 if newcomers is None else newcomers
    gain, gain_low, gain_high, spent = _of_plan(plan)
    none = np.nan
    told = (
        "assumed: as many and as good as in the last span"
        if newcomers is not None
        else "not included: the data begin inside the last span, so new customers cannot be told from old ones"
    )
    planned = "the plan: see plan.summary()" if plan is not None else "no plan given: career.bridge(plan)"
    costed = "the scorer's costs" if scorer.scorer.costs else "no costs given to the scorer"
    lines = (
        (f"net sales, last {span}", actual, none, none, f"ledger, to {as_of}"),
        (
            f"net sales of today's customers, next {span}",
            sales,
            low,
            high,
            "purchase and spend model; realised futures; model error not included",
        ),
        (f"net sales of new customers, next {span}", coming if newcomers is not None else none, none, none, told),
        (f"net sales, next {span}", sales + coming, low + coming, high + coming, "sum of the two lines above"),
        ("contribution", contribution + margin * coming, none, none, "margin x net sales"),
        ("cost of today's customers", -cost, none, none, costed),
        (
            "the plan's increment",
            gain,
            gain_low,
            gain_high,
            f"effects as given, discounted; {planned}" if plan else planned,
        ),
        ("the plan's cost", -spent, none, none, planned),
        ("net", contribution + margin * coming - cost + gain - spent, none, none, "sum from contribution"),
    )
    columns = {name: [line[i] for line in lines] for i, name in enumerate(COLUMNS)}
    return new_frame(columns, like=transactions)


def _last_span(transactions: Any, *, as_of: str, span: Period) -> tuple[float, float | None]:
    """Net sales of the last span; and of customers who were new in it, None where the data are too short to tell."""
    table = purchase_days(transactions, as_of=as_of)
    since = span.before(as_day(as_of, name="as_of")).astype("datetime64[D]").astype(np.int64)
    within = table.ledger_day > since
    actual = float(table.ledger_amount[within].sum())
    if not len(table.day) or table.day.min() > since:
        return actual, None
    new = table.first_contact[table.ledger_code] > since
    return actual, float(table.ledger_amount[within & new].sum())


def _next_span(scorer: FittedValueScorer, summary: Any, customers: Any) -> tuple[float, float, float]:
    """Net sales, contribution and cost of today's customers, undiscounted: a budget is made in nominal money."""
    spec = evolve(scorer.scorer, discount_rate=0.0)
    nominal = evolve(scorer, scorer=spec).score(summary, customers=customers)
    scores = narrow(nominal, need=NEED)
    sales, contribution = (
        float(np.nansum(numbers(scores, name, need=NEED, nullable=True))) for name in ("expected_sales", "clv")
    )
    cost = numbers(scores, "cost", need=NEED, nullable=True) if spec.costs else np.zeros(1)
    return sales, contribution, float(np.nansum(cost))


def _of_plan(plan: Plan[Any] | None) -> tuple[float, float, float, float]:
    """The plan's expected increment, its low and high, and what it costs."""
    if plan is None:
        return 0.0, np.nan, np.nan, 0.0
    low, value, high = ends(plan)
    return value, low, high, float(plan.cost.sum())
