"""The models of a scorer, fitted to a summary."""

from typing import Any

from kundkarriar.frames import narrow
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.protocols import FittedPurchaseModel, FittedSpendModel, TakesCovariates


def fitted_purchases(model: Any, summary: Any, *, customers: Any) -> Any:
    """The purchase model fitted to a summary, with covariates from `customers`; a fitted one as it is."""
    if isinstance(model, FittedPurchaseModel):
        return model
    extra = {"customers": customers} if isinstance(model, TakesCovariates) else {}
    return model.fit(summary, **extra)


def fitted_spend(model: Any, summary: Any) -> Any:
    """The spend model fitted to a summary; a fitted one as it is; None where the purchases have no amounts."""
    if isinstance(model, GammaGamma) and "monetary_value" not in narrow(summary, need="ValueScorer").columns:
        return None
    return model if isinstance(model, FittedSpendModel) else model.fit(summary)
