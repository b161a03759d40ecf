"""`read_base`: the buyers of a summary, and its prospects, as a fitted scorer sees them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.customer_ids import with_plain_ids
from kundkarriar.frames import narrow
from kundkarriar.models.interface.protocols import ReadsSummary, needs_gaps
from kundkarriar.numerics.money.return_share import return_share
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase, SpendOfBuyers, check_customers_frame, returned_spend
from kundkarriar.scoring.margins.category_margins import Margin
from kundkarriar.scoring.old_fit import warn_of_old_fit
from kundkarriar.scoring.prospects.read_prospects import read_prospects
from kundkarriar.scoring.terms import read_terms
from kundkarriar.season.season import Season
from kundkarriar.season.season_clock import read_season_clock
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.table_kind import SUMMARY, refuse_another_table

NEED = "ValueScorer"


def read_base(
    summary: Any,
    *,
    customers: Any,
    purchases: Any,
    spend: Any,
    margin: Margin,
    costs: Costs | None,
    season: Season | None,
    horizon: str,
    return_mean: float,
    return_mass: float,
    first_purchase: Any = None,
    leads: Any = None,
) -> CustomerBase:
    """The buyers of `summary` as checked arrays, with their expected order value and the terms of their value.

    With a fitted `first_purchase` and `leads` the prospects too; else they are left out.
    """
    wide = narrow(summary, need=NEED)
    refuse_another_table(wide, wanted=SUMMARY, need=NEED)
    wide = with_plain_ids(wide, need=NEED)
    clock = read_season_clock(wide, season=season, period=purchases.period, need=NEED)
    check_customers_frame(customers, need=NEED)
    if isinstance(purchases, ReadsSummary):
        checked = purchases.read(wide, customers=customers, need=NEED)
    else:
        checked = read_purchase_rows(wide, need=NEED, period=purchases.period, gaps=needs_gaps(purchases))
    buyers = checked.position
    warn_of_old_fit(purchases, wide, buyers, horizon=horizon, need=NEED)
    returned = np.full(len(wide), return_mean)
    amounts = returned_spend(wide, buyers, need=NEED)
    returned[buyers] = return_share(**amounts, mean=return_mean, mass=return_mass)
    given, paid = (0.0, None) if spend is None else (margin, costs)
    terms = read_terms(wide, margin=given, costs=paid, customers=customers, returned=returned)
    known = SpendOfBuyers.read(summary, model=spend, customers=customers, buyers=buyers, x=checked.rows.x, need=NEED)
    prospects = None
    if leads is not None:
        prospects = read_prospects(
            wide,
            checked,
            leads=leads,
            customers=customers,
            first_purchase=first_purchase,
            purchases=purchases,
            spend=spend,
            terms=terms,
            need=NEED,
        )
    return CustomerBase(
        summary=wide,
        checked=checked,
        orders=known.orders,
        spent=known.spent,
        order_value=known.order_value,
        terms={name: values[buyers] for name, values in terms.items()},
        clock=clock,
        prospects=prospects,
    )
