"""`read_prospects`: the prospects of a summary, with their rows in a table of leads."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import positions, unique_ids
from kundkarriar.errors import warn
from kundkarriar.frames import NarrowFrame, add_columns, narrow, refuse_rows, require, text_column
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.gamma_gamma import FittedGammaGamma
from kundkarriar.models.interface.protocols import ReadsSummary, needs_gaps
from kundkarriar.scoring.customer_base import SpendOfBuyers
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.terms import Terms
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.packed_gaps import GAPS, packed
from kundkarriar.summaries.purchase_gaps import PurchaseGaps

MADE_BY = "kk.leads(customers, transactions, as_of=...), with the customers and the date of the summary."
DATES = ("first_purchase", "last_purchase")


def read_prospects(
    summary: NarrowFrame,
    checked: CheckedSummary,
    *,
    leads: Any,
    customers: Any,
    first_purchase: FittedFirstPurchase,
    purchases: Any,
    spend: Any,
    terms: Terms,
    need: str,
) -> Prospects | None:
    """The prospects of `summary` in `leads`; others are counted in a warning. None where there is none.

    Args:
        summary: all customers, with plain ids, n of them prospects.
        checked: the same, read.
        leads: a table from `kk.leads`, of buyers too or of prospects alone.
        customers: columns of the models by customer_id; None: they are in the summary, or there are none.
        first_purchase: the fitted model of first purchases.
        purchases: the fitted purchase model.
        spend: the fitted spend model; None where there is none.
        terms: margin, costs and returned share of each customer of the summary.
        need: the caller's name.

    Raises:
        DataError: leads of other customers, or as of another day.

    Warns:
        DataWarning: there are prospects whose first contact `leads` does not tell.
    """
    place, at = _places(summary, checked, leads=leads, need=need)
    lead_rows = first_purchase.read(leads, need=f"{need}: `leads`") if len(place) else None
    without = int(checked.prospect.sum()) - len(place)
    if without:
        warn(
            f"{need}: {without:,} of {int(checked.prospect.sum()):,} prospects have no row in `leads` (no first_contact"
            " by the day of the summary): they have no value."
        )
    if lead_rows is None:
        return None
    frame = as_newcomers(summary, place)
    if isinstance(purchases, ReadsSummary):
        rows = purchases.read(frame, customers=customers, need=need).rows
    else:
        rows = read_purchase_rows(frame, need=need, period=purchases.period, gaps=needs_gaps(purchases)).rows
    everyone = np.arange(len(place))
    known = SpendOfBuyers.read(frame, model=spend, customers=customers, buyers=everyone, x=rows.x, need=need)
    return Prospects(
        position=place,
        leads=lead_rows.at(at),
        rows=rows,
        first_order=first_order_factor(spend) * known.order_value,
        order_value=known.order_value,
        terms={name: values[place] for name, values in terms.items()},
        newcomers=narrow(frame, need=need),
        customers=customers,
    )


def first_order_factor(spend: Any) -> float:
    """The scale of first orders relative to later ones; 1 where the spend model does not know it."""
    c = spend.params.c if isinstance(spend, FittedGammaGamma) else None
    return 1.0 if c is None else float(c)


def as_newcomers(summary: NarrowFrame, at: Whole) -> Any:
    """The customers at some rows of a summary as on the day of a first purchase of which no amount is known yet."""
    frame = summary[at]
    n = len(frame)
    kept = frame.select(*(name for name in frame.columns if name not in DATES)).to_native()
    whole, none, missing = np.zeros(n, dtype=np.int64), np.zeros(n), np.full(n, np.nan)
    told: dict[str, Any] = {"frequency": whole, "recency": none, "T": none, "n_transactions": whole + 1}
    money = {"first_value": missing, "monetary_value": none, "total_value": none, "returns_value": none}
    more = {**money, "gap_log_sum": none, "entry": text_column(["known"], whole, like=kept)}
    if GAPS in frame.columns:
        empty = PurchaseGaps(length=[], starts=np.zeros(n + 1, np.int64))
        more[GAPS] = packed(empty, missing=np.zeros(n, dtype=bool), like=kept)
    return add_columns(kept, told | {name: values for name, values in more.items() if name in frame.columns})


def _places(summary: NarrowFrame, checked: CheckedSummary, *, leads: Any, need: str) -> tuple[Whole, Whole]:
    """The rows of the summary of prospects with a lead, (n,), and their rows in `leads`, (n,)."""
    need = f"{need}: `leads`"
    frame = narrow(leads, need=need)
    require(frame, ["customer_id", "months", "bought"], need=need)
    ids = unique_ids(frame, need=need, hint=MADE_BY)
    place = positions(ids, among=summary["customer_id"], need=need, frame_name="`leads`", among_name="the summary")
    law = f"{need} are of customers of the summary"
    refuse_rows(frame, place < 0, law, hint=MADE_BY, shown=["customer_id"])
    bought = frame["bought"].to_numpy().astype(bool)
    prospect = checked.prospect[place]
    law = f"{need} are as of the day of the summary: `bought` where it has a purchase"
    refuse_rows(frame, bought == prospect, law, hint=MADE_BY, shown=["customer_id", "months", "bought"])
    at = np.flatnonzero(prospect)
    at = at[np.argsort(place[at])]
    return place[at], at
