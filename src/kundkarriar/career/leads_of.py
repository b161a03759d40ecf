"""The leads of a career: known customers with a first contact, where the scorer models first purchases."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import DataError
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.scoring.value_scorer import ValueScorer
from kundkarriar.summaries.leads.leads import leads


def leads_of(scorer: ValueScorer, transactions: Any, *, as_of: Any, customers: Any, events: Any) -> Any:
    """The table of `kk.leads`; None where the scorer has no model of first purchases, or no prospect is known.

    Raises:
        DataError: the model is to be fitted, and there are no `customers`.
    """
    if scorer.first_purchase is None:
        return None
    if customers is not None:
        return leads(customers, transactions, as_of=as_of, events=events)
    if isinstance(scorer.first_purchase, FirstPurchase):
        raise DataError.because(
            "CustomerCareer fits the time from first contact to first purchase, and knows no first contact.",
            hint="fit(..., customers=customers) with all known customers: customer_id, first_contact; or leave out "
            "first_purchase of the scorer.",
        )
    return None
