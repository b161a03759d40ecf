"""One ranking of all customers, buyers and prospects: by purchase probability and potential."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import AMOUNT, MOST
from kundkarriar.arrays import Array
from kundkarriar.fields import outside
from kundkarriar.frames import narrow, numbers, refuse_rows
from kundkarriar.numerics.money.equal_amounts import ranks_from_the_top
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.margins.category_margins import Margin
from kundkarriar.scoring.terms import read_terms

NEED = "CustomerCareer"
POTENTIAL = "potential"


def priority_of(
    scores: Any, *, base: CustomerBase, margin: Margin, customers: Any, potential: Array
) -> dict[str, Array]:
    """The columns of `priority_columns` for all customers of `base`, (n,) each, in the order of `scores`.

    Args:
        scores: the scores of money; without the column `cost` the scorer had no costs, and cost is 0.
        base: the customers, buyers and prospects.
        margin: the fitted scorer's margin.
        customers: the frame `customers=`, whose customers are the first ones; None without.
        potential: of these, from `known_potential`: it replaces what the models expect, where it is known.
    """
    table = narrow(scores, need=NEED)
    n = len(table)
    read = {
        name: numbers(table, name, need=NEED, nullable=True) if name in table.columns else np.zeros(n)
        for name in ("p_purchase", "expected_revenue", "clv", "cost")
    }
    terms = read_terms(base.summary, margin=margin, costs=None, customers=customers, returned=np.zeros(n))
    own = np.full(n, np.nan)
    own[: len(potential)] = potential
    return priority_columns(**read, margin=terms["margin"], own=own)


def priority_columns(
    *, p_purchase: Array, expected_revenue: Array, clv: Array, margin: Array, cost: Array, own: Array
) -> dict[str, Array]:
    """Potential, priority and rank of each customer, (n,) each: priority = p_purchase x potential x margin - cost.

    The potential of a customer is the expected revenue given at least one purchase, expected_revenue / p_purchase; so
    p_purchase x potential x margin is the clv, in which the chance of a purchase is counted once, and the priority of
    such customers is their net value. An own potential replaces it: priority is then what the customer would bring if
    each purchase came with all of that potential, and no expectation. Where no purchase is possible (p_purchase is 0)
    nothing is expected given one, so potential is missing, and priority is -cost.

    Args:
        p_purchase: probability of at least one purchase within the horizon, 0 to 1; NaN where it is not known.
        expected_revenue: discounted, net of returns, whether there is a purchase or not.
        clv: margin x expected_revenue.
        margin: share of revenue, at most 1.
        cost: of the customer within the horizon; 0 where no costs were given.
        own: the potential that is known otherwise, revenue within the horizon; NaN where none is.

    >>> one = {"expected_revenue": np.array([50.0]), "clv": np.array([20.0]), "margin": np.array([0.4])}
    >>> one |= {"p_purchase": np.array([0.5]), "cost": np.array([8.0])}
    >>> {name: value.item() for name, value in priority_columns(**one, own=np.array([np.nan])).items()}
    {'potential': 100.0, 'priority': 12.0, 'priority_rank': 1.0}
    >>> priority_columns(**one, own=np.array([300.0]))["priority"]
    array([52.])
    """
    given = np.isfinite(own)
    with np.errstate(over="ignore"):
        expected = np.divide(expected_revenue, p_purchase, out=np.full(len(own), np.nan), where=p_purchase > 0)
    # the clv itself, not its parts multiplied again: equal net values are equal priorities to the last digit
    priority = np.where(given, p_purchase * own * margin, clv) - cost
    ranked = np.isfinite(priority)
    rank = np.full(len(own), np.nan)
    rank[ranked] = ranks_from_the_top(priority[ranked])
    potential = np.where(given, own, np.where(np.isfinite(expected), expected, np.nan))
    return {POTENTIAL: potential, "priority": priority, "priority_rank": rank}


def known_potential(customers: Any) -> Array:
    """The column `potential` of `customers=`, (n,), NaN where it is not known; empty where there is no such column.

    Raises:
        DataError: a potential is text, negative or larger than any amount.
    """
    if customers is None or POTENTIAL not in (known := narrow(customers, need=NEED)).columns:
        return np.empty(0)
    values = numbers(known, POTENTIAL, need=NEED, nullable=True)
    law = f"{NEED} needs amounts from 0 to {MOST:g} in `{POTENTIAL}` of `customers=`"
    hint = "leave it empty where it is not known; rename the column if it is not the sales that a customer could bring."
    refuse_rows(known, outside(values, law=AMOUNT), law, hint=hint, shown=["customer_id", POTENTIAL])
    return values
