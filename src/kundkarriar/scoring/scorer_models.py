"""The models of a scorer, fitted to a summary."""

from types import NoneType
from typing import Any

from attrs import evolve

from kundkarriar.errors import DataError, warn
from kundkarriar.frames import NarrowFrame, narrow
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.choice.choose_model import automatic_choice
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
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
from kundkarriar.summaries.summary_columns import read_prospects

FEWEST_REPEAT_BUYERS = 3
"""Above this number Gamma-Gamma can be fitted, and constant prices can be told."""


def fitted_purchases(model: Any, summary: Any, *, customers: Any, horizon: str, weights: str | None = None) -> Any:
    """The purchase model fitted to a summary, with covariates from `customers`; a fitted one as it is.

    In place of "auto" stands the model that forecasts best within the `horizon`. Weights of an average from a holdout
    are those of that horizon, unless the average has one of its own. `weights` is the column with the number of
    customers of a row.
    """
    if isinstance(model, FittedPurchaseModel):
        return model
    if is_auto(model):
        model = automatic_choice(summary, horizon=horizon).chosen
    if isinstance(model, ModelAverage) and model.horizon is None:
        model = evolve(model, horizon=horizon)
    extra: dict[str, Any] = {"customers": customers} if isinstance(model, TakesCovariates) else {}
    return model.fit(summary, **extra, **weighted(weights))


def weighted(weights: str | None) -> dict[str, str]:
    """The argument `weights` of a fit, where there are some: models of users need not take any."""
    return {} if weights is None else {"weights": weights}


def default_spend() -> GammaGamma:
    """Gamma-Gamma that counts first orders."""
    return GammaGamma(first_order=True)


def fitted_spend(model: Any, summary: Any, *, customers: Any = None, weights: str | None = None) -> Any:
    """The spend model fitted to a summary, with columns from `customers`; a fitted one, and None, as they are.

    It is None too where Gamma-Gamma has no amounts. In place of a plain Gamma-Gamma, the default, stands the model that
    the amounts allow. `weights` is the column with the number of customers of a row.
    """
    columns = narrow(summary, need="ValueScorer").columns
    if model is None or (isinstance(model, GammaGamma) and "monetary_value" not in columns):
        return None
    if isinstance(model, FittedSpendModel):
        return model
    if isinstance(model, GammaGamma) and model in PLAIN_SPEND:
        if "first_value" not in columns:
            return GammaGamma().fit(summary, weights=weights)
        if (constant := constant_price(summary, weights=weights)) is not None:
            return constant
    extra = {"customers": customers} if isinstance(model, TakesColumns) and model.columns else {}
    return model.fit(summary, **extra, **weighted(weights))


def constant_price(summary: Any, *, weights: str | None = None) -> FittedFixedPrice | FittedOwnPrice | None:
    """A spend model without scatter, where order values have none within customers; None where they have some."""
    rows = read_spend_rows(summary, need="ValueScorer", weights=weights, first_order=True).priced()
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


def fitted_first_purchase(model: Any, leads: Any, *, need: str) -> FittedFirstPurchase | None:
    """The model of first purchases fitted to a table of leads; a fitted one, and None, as they are."""
    refuse_unread_leads(model, leads, need=need)
    if not isinstance(model, FirstPurchase):
        fitted: FittedFirstPurchase | None = model
        return fitted
    if leads is None:
        raise DataError.because(
            f"{need} fits the time to the first purchase to leads, and has none.",
            hint="scorer.fit(summary, leads=kk.leads(customers, transactions, as_of=...)), as of the day of the "
            "summary; or first_purchase=kk.FittedFirstPurchase(params=...).",
        )
    return model.fit(leads)


def refuse_models_without_buyers(summary: NarrowFrame, scorer: Any, *, need: str) -> None:
    """Refuse to fit the models of a `scorer` to a summary of prospects alone; models that are fitted already pass."""
    if not (prospects := read_prospects(summary, need=need)).all():
        return
    models = {
        "purchases": (scorer.purchases, FittedPurchaseModel),
        "spend": (scorer.spend, FittedSpendModel | NoneType),
        "first_purchase": (scorer.first_purchase, FittedFirstPurchase),
    }
    if unfitted := [name for name, (model, kind) in models.items() if not isinstance(model, kind)]:
        raise DataError.because(
            f"{need} needs at least one customer with a purchase to fit its models: all {len(prospects):,} are "
            f"prospects, and {', '.join(unfitted)} {'are' if len(unfitted) > 1 else 'is'} not fitted.",
            hint="type in the parameters of a firm like this one: purchases=kk.FittedMBGNBD(params=kk.MBGNBDParams("
            "r=..., alpha=..., a=..., b=...), period='W'), spend=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=..., "
            "q=..., gamma=...)), first_purchase=kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(...)).",
        )


def refuse_unread_leads(model: Any, leads: Any, *, need: str) -> None:
    """Refuse leads where there is no `model` of first purchases that reads them."""
    if model is None and leads is not None:
        raise DataError.because(
            f"{need} has no model of first purchases, and `leads` are read by one.",
            hint="kk.ValueScorer(first_purchase=kk.FirstPurchase(), ...), or leave out `leads`.",
        )
