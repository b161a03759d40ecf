"""The models of a scorer, fitted to a summary."""

from typing import Any

from kundkarriar.frames import narrow
from kundkarriar.models.choice.choose_model import automatic_choice
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.protocols import FittedPurchaseModel, FittedSpendModel, TakesCovariates, is_auto


def fitted_purchases(model: Any, summary: Any, *, customers: Any, horizon: str) -> Any:
    """The purchase model fitted to a summary, with covariates from `customers`; a fitted one as it is.

    In place of "auto" stands the model that forecasts best within the `horizon`.
    """
    if isinstance(model, FittedPurchaseModel):
        return model
    if is_auto(model):
        model = automatic_choice(summary, horizon=horizon).chosen
    extra = {"customers": customers} if isinstance(model, TakesCovariates) else {}
    return model.fit(summary, **extra)


def fitted_spend(model: Any, summary: Any) -> Any:
    """The spend model fitted to a summary; a fitted one as it is; None where the purchases have no amounts."""
    if isinstance(model, GammaGamma) and "monetary_value" not in narrow(summary, need="ValueScorer").columns:
        return None
    return model if isinstance(model, FittedSpendModel) else model.fit(summary)
