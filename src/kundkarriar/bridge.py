"""From last year's actual net sales to what next year is expected to leave, line by line with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.frames import narrow, new_frame, numbers
from kundkarriar.history.period import as_day
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.strategy.plan_summary import ends

if TYPE_CHECKING:
    from kundkarriar.career import FittedCareer
    from kundkarriar.strategy.plan import Plan

NEED = "bridge"
COLUMNS = ("line", "amount", "low", "high", "source")


def bridge(career: FittedCareer[Any], plan: Plan[Any] | None) -> Any:
    """The lines; amounts in the currency of the purchases, undiscounted but for the plan's increment.

    Returns:
        line, amount, low, high (central 90 %; missing where the line has no interval of its own), source.
    """
    span = career.horizon
    actual, newcomers = _last_span(career)
    sales, contribution, cost = _next_span(career)
    totals = career.draws.measuring("sales").totals()
    low, high = (float(bound) for bound in np.quantile(totals, [0.05, 0.95]))
    margin = contribution / sales if sales else 0.0
    coming = 0.0 if newcomers is None else newcomers
    increment, spent = _of_plan(plan)
    none = np.nan
    told = (
        "assumed: as many and as good as in the last span"
        if newcomers is not None
        else "not included: the data begin inside the last span, so new customers cannot be told from old ones"
    )
    planned = "the plan: see plan.summary()" if plan is not None else "no plan given: career.bridge(plan)"
    costed = "the scorer's costs" if career.scorer.scorer.costs else "no costs given to the scorer"
    lines = (
        (f"net sales, last {span}", actual, none, none, f"ledger, to {career.as_of}"),
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
        ("the plan's increment", *increment, f"effects as given, discounted; {planned}" if plan else planned),
        ("the plan's cost", -spent, none, none, planned),
        ("net", contribution + margin * coming - cost + increment[0] - spent, none, none, "sum from contribution"),
    )
    columns = {name: [line[i] for line in lines] for i, name in enumerate(COLUMNS)}
    return new_frame(columns, like=career.table)


def _last_span(career: FittedCareer[Any]) -> tuple[float, float | None]:
    """Net sales of the last span; and of customers who were new in it, None where the data are too short to tell."""
    table = purchase_days(career.transactions, as_of=career.as_of)
    since = career.horizon.before(as_day(career.as_of, name="as_of")).astype("datetime64[D]").astype(np.int64)
    within = table.ledger_day > since
    actual = float(table.ledger_amount[within].sum())
    if not len(table.day) or table.day.min() > since:
        return actual, None
    new = table.first_contact[table.ledger_code] > since
    return actual, float(table.ledger_amount[within & new].sum())


def _next_span(career: FittedCareer[Any]) -> tuple[float, float, float]:
    """Net sales, contribution and cost of today's customers, undiscounted: a budget is made in nominal money."""
    spec = evolve(career.scorer.scorer, discount_rate=0.0)
    nominal = evolve(career.scorer, scorer=spec).score(career.summary, customers=career.known)
    scores = narrow(nominal, need=NEED)
    sales, contribution = (
        float(np.nansum(numbers(scores, name, need=NEED, nullable=True))) for name in ("expected_sales", "clv")
    )
    cost = numbers(scores, "cost", need=NEED, nullable=True) if spec.costs else np.zeros(1)
    return sales, contribution, float(np.nansum(cost))


def _of_plan(plan: Plan[Any] | None) -> tuple[tuple[float, float, float], float]:
    """The plan's expected increment with its low and high, and what it costs."""
    if plan is None:
        return (0.0, np.nan, np.nan), 0.0
    low, value, high = ends(plan)
    return (value, low, high), float(plan.cost.sum())
