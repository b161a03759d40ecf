"""Inputs of a scorer's models: fitting a spec, and reading the rows of a summary."""

from __future__ import annotations

from typing import Any

from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import narrow
from kundkarriar.models.interface.protocols import DrawsSpend, HasPosterior, ReadsSummary, Simulates, TakesCovariates
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows


def check_customers_frame(customers: Any, *, need: str) -> None:
    """Refuse `customers` that is not a frame with one row per customer, also where no column of it is used.

    Args:
        customers: attributes by customer_id, or None.
        need: the caller, for the start of the error text.

    Raises:
        DataError: not a frame, no column `customer_id`, an invalid id, or a repeated customer.
    """
    if customers is not None:
        unique_ids(narrow(customers, need=need), need=f"{need}: `customers`", hint=ONE_ROW_HINT)


def fit_unless_fitted(model: Any, fitted: Any, summary: Any, *, customers: Any = None) -> Any:
    """`model` itself where it is fitted already, else the model fitted to the summary.

    Args:
        model: a spec, or a fitted model.
        fitted: the protocol of fitted models.
        summary: one row per customer.
        customers: covariates by customer_id, for models with covariates; None: covariates are in the summary.
    """
    if isinstance(model, fitted):
        return model
    return model.fit(summary, customers=customers) if isinstance(model, TakesCovariates) else model.fit(summary)


def refuse_undrawable(purchases: Any, spend: Any) -> None:
    """Refuse fitted models of which futures cannot be drawn.

    Raises:
        CapabilityError: a model lacks an ability that draws need.
    """
    for model, ability in ((purchases, Simulates), (purchases, HasPosterior), (spend, DrawsSpend)):
        if not isinstance(model, ability):
            raise CapabilityError.because(
                f"{type(model).__name__} cannot draw futures: it lacks {ability.__name__}.",
                hint="kk.MBGNBD, kk.BGNBD and kk.NBD with kk.GammaGamma can.",
            )


def read_model_rows(model: Any, summary: Any, *, customers: Any, need: str) -> CheckedSummary:
    """The validated rows of a summary, with the statistics and covariates that `model` needs.

    Args:
        model: a fitted purchase model.
        summary: one row per customer.
        customers: covariates by customer_id; None: covariates are in the summary.
        need: the caller, for the start of the error text.
    """
    check_customers_frame(customers, need=need)
    if isinstance(model, ReadsSummary):
        return model.read(summary, customers=customers, need=need)
    return read_purchase_rows(summary, need=need, period=model.period)
