"""What a scorer hands to its models: to each what it asks for, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.frames import narrow
from kundkarriar.history.customer_ids import ONE_EACH, unique_ids
from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.models.interface.protocols import ReadsSummary, TakesCovariates

if TYPE_CHECKING:
    from kundkarriar.history.summary.purchase_rows import CheckedSummary


def refuse_other_customers(customers: Any, *, need: str) -> None:
    """Refuse what is no frame with one row per customer, whether or not anything in it will be read.

    Args:
        customers: attributes by customer_id, or None.
        need: who asks, as the start of a sentence.

    Raises:
        DataError: no frame, no column `customer_id`, an id that is none, a customer's second row.
    """
    if customers is not None:
        unique_ids(narrow(customers, need=need), need=f"{need}: `customers`", hint=ONE_EACH)


def fitted_model(model: Any, fitted: Any, summary: Any, *, customers: Any = None) -> Any:
    """A model that is fitted already as it is; a spec fitted to the summary, with `customers` if it reads them.

    Args:
        model: a spec, or a fitted model.
        fitted: the protocol of fitted ones.
        summary: one row per customer.
        customers: covariates by customer_id; None: in the summary.
    """
    if isinstance(model, fitted):
        return model
    return model.fit(summary, customers=customers) if isinstance(model, TakesCovariates) else model.fit(summary)


def rows_for(model: Any, summary: Any, *, customers: Any, need: str) -> CheckedSummary:
    """The checked rows of a summary, with all that `model` asks of them.

    Args:
        model: a fitted purchase model.
        summary: one row per customer.
        customers: covariates by customer_id; None: in the summary.
        need: who asks, as the start of a sentence.
    """
    refuse_other_customers(customers, need=need)
    if isinstance(model, ReadsSummary):
        return model.read(summary, customers=customers, need=need)
    return read_purchase_rows(summary, need=need, period=model.period)
