"""Profit of the last span by group of customers, beside the profit that the next span is expected to bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.classes.grid import cell_labels, cells, spanning_columns
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import Period, day_number
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.numerics.money.exact_sums import by_group, total
from kundkarriar.numerics.money.net_value import net_value
from kundkarriar.scoring.terms import Terms, read_terms
from kundkarriar.scoring.value_scorer import FittedValueScorer

NEED = "career.profit"
SUMMED = ("net_sales", "margin", "cost", "profit", "expected_sales", "expected_profit")
SHARES = {"net_sales": "share_of_net_sales", "profit": "share_of_profit", "expected_profit": "share_of_expected_profit"}
NOMINAL = ("p_alive", "clv", "cost", "expected_sales")
MADE = ("customers", *SUMMED, *SHARES.values())


def profit_by_group(
    customers: FrameT, *, by: str | Sequence[str], scorer: FittedValueScorer, summary: Any, facts: FactsAsOf
) -> FrameT:
    """The frame of `career.profit`.

    Args:
        customers: the table of customers.
        by: its columns by which they are grouped.
        scorer: the fitted scorer, whose horizon is the length of both spans.
        summary: the summary with the attributes that the scorer reads, in the order of the table.
        facts: purchases and returns of these customers, in the same order.
    """
    table = narrow(customers, need=NEED)
    columns = spanning_columns(by, made=MADE, need=NEED)
    place, first = cells(table, columns, need=NEED)
    spec = scorer.scorer
    base = scorer.base(summary, customers=summary)
    nominal = evolve(scorer, scorer=evolve(spec, discount_rate=0.0)).score_base(base)
    told = {name: np.nan_to_num(values) for name, values in nominal.items() if name in NOMINAL}
    terms = read_terms(
        base.summary, margin=scorer.margin, costs=spec.costs, customers=summary, returned=np.zeros(len(table))
    )
    amounts = realised(facts, span=Period.of(spec.horizon), p_alive=told["p_alive"], terms=terms)
    amounts |= {"expected_sales": told["expected_sales"], "expected_profit": told["clv"] - told.get("cost", 0.0)}
    sums = {name: by_group(amounts[name], place, size=len(first)) for name in SUMMED}
    return new_frame(
        {
            **cell_labels(table, columns, first, like=customers),
            "customers": np.bincount(place, minlength=len(first)),
            **sums,
            **{share: _shares(sums[name], of=total(amounts[name])) for name, share in SHARES.items()},
        },
        like=customers,
    )


def realised(facts: FactsAsOf, *, span: Period, p_alive: Array, terms: Terms) -> dict[str, Array]:
    """Net sales, margin on them, cost and profit of the last `span` by customer, (n,) each.

    Handled are the orders of the span. Marketing is paid from the first purchase on, in the span or before it. Service
    is paid from then to the last purchase, until which the customer was alive, and after it with probability `p_alive`.
    """
    now = day_number(facts.as_of)
    since = day_number(span.before(facts.as_of))
    year = span.years / (now - since)
    first = np.clip(np.where(facts.first_purchase == NEVER, now, facts.first_purchase), since, now)
    latest = facts.latest_purchase(now)
    last = np.clip(np.where(latest == NEVER, now, latest), since, now)
    alive = np.maximum(last - first, 0) + p_alive * (now - np.maximum(last, first))
    sales = facts.value(after=since, until=now)
    orders = np.bincount(facts.days.code[facts.days.day > since], minlength=facts.n).astype(np.float64)
    paid = {**terms, "market": terms["market"] * (now - first) * year}
    counted = net_value(spend=sales, orders=orders, years_alive=alive * year, years=1.0, **paid)
    return {"net_sales": counted.revenue, "margin": counted.clv, "cost": counted.cost, "profit": counted.net}


def _shares(amounts: Array, *, of: float) -> Array:
    """The amounts as shares of their sum, (k,); NaN where that is not positive."""
    return amounts / of if of > 0 else np.full(len(amounts), np.nan)
