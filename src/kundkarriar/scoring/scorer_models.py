"""The models of a scorer, fitted to a summary."""

from typing import Any

from attrs import evolve

from kundkarriar.errors import warn
from kundkarriar.frames import narrow
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.choice.choose_model import automatic_choice
from kundkarriar.models.fitting.spend_rows import read_spend_rows
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.protocols import (
    FittedPurchaseModel,
    FittedSpendModel,
    TakesColumns,
    TakesCovariates,
    is_auto,
)
from kundkarriar.models.spend.fixed_price import FittedFixedPrice, one_price
from kundkarriar.models.spend.own_price import FittedOwnPrice, mean_price
from kundkarriar.numerics.gamma_gamma.constant_price import NO_SCATTER, scatter_within
from kundkarriar.scoring.scorer_fields import PLAIN_SPEND

FEWEST_REPEAT_BUYERS = 3
"""Above this number Gamma-Gamma can be fitted, and constant prices can be told."""


def fitted_purchases(model: Any, summary: Any, *, customers: Any, horizon: str) -> Any:
    """The purchase model fitted to a summary, with covariates from `customers`; a fitted one as it is.

    In place of "auto" stands the model that forecasts best within the `horizon`. Weights of an average from a holdout
    are those of that horizon, unless the average has one of its own.
    """
    if isinstance(model, FittedPurchaseModel):
        return model
    if is_auto(model):
        model = automatic_choice(summary, horizon=horizon).chosen
    if isinstance(model, ModelAverage) and model.horizon is None:
        model = evolve(model, horizon=horizon)
    extra = {"customers": customers} if isinstance(model, TakesCovariates) else {}
    return model.fit(summary, **extra)


def default_spend() -> GammaGamma:
    """Gamma-Gamma that counts first orders."""
    return GammaGamma(first_order=True)


def fitted_spend(model: Any, summary: Any, *, customers: Any = None) -> Any:
    """The spend model fitted to a summary, with columns from `customers`; a fitted one, and None, as they are.

    It is None too where Gamma-Gamma has no amounts. In place of a plain Gamma-Gamma, the default, stands the model that
    the amounts allow.
    """
    columns = narrow(summary, need="ValueScorer").columns
    if model is None or (isinstance(model, GammaGamma) and "monetary_value" not in columns):
        return None
    if isinstance(model, FittedSpendModel):
        return model
    if isinstance(model, GammaGamma) and model in PLAIN_SPEND:
        if "first_value" not in columns:
            return GammaGamma().fit(summary)
        if (constant := constant_price(summary)) is not None:
            return constant
    extra = {"customers": customers} if isinstance(model, TakesColumns) and model.columns else {}
    return model.fit(summary, **extra)


def constant_price(summary: Any) -> FittedFixedPrice | FittedOwnPrice | None:
    """A spend model without scatter, where order values have none within customers; None where they have some."""
    rows = read_spend_rows(summary, need="ValueScorer", first_order=True).priced()
    if rows.repeat_buyers() <= FEWEST_REPEAT_BUYERS:
        return None
    if (price := one_price(rows)) is not None:
        warn(f"ValueScorer: all orders are of {price:g}, so the spend model is kk.FixedPrice() and not Gamma-Gamma.")
        return FittedFixedPrice(price=price)
    scatter = scatter_within(first=rows.first, x=rows.x, m=rows.m, weights=rows.weights)
    if scatter is not None and scatter < NO_SCATTER:
        warn(
            f"ValueScorer: the orders of a customer hardly differ (standard deviation {scatter:.1%} of their mean), so"
            " the spend model is kk.OwnPrice() and not Gamma-Gamma."
        )
        return FittedOwnPrice(mean_price=mean_price(rows))
    return None
