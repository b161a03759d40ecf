"""Converters and validators of the fields of `ValueScorer` and `Costs`; required fields are refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Attribute

from kundkarriar.arguments import COLUMN, Number, refusal
from kundkarriar.dates.period import as_period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import is_a, is_text
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.argument_checks import YEARLY_RATE
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import (
    FittedPurchaseModel,
    FittedSpendModel,
    PurchaseModel,
    SpendModel,
    is_auto,
    members_of,
)
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_kind
from kundkarriar.models.spend.fixed_price import FittedFixedPrice
from kundkarriar.models.spend.own_price import FittedOwnPrice
from kundkarriar.scoring.margins.margin_fields import margin_law
from kundkarriar.scoring.stored_models import FITTED_MODELS

PLAIN_SPEND = (GammaGamma(), GammaGamma(first_order=True))
"""Specs of spend for which the scorer takes the model that the amounts allow."""
DRIFT = Number(least=0, most=10, example=0.3)


def required(reason: str, *, hint: str) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator that refuses None with a reason."""

    def check(_: object, __: Attribute[Any], value: Any) -> None:
        if value is None:
            raise DataError.because(f"ValueScorer needs {reason}.", hint=hint)

    return check


def number_or_column(number: Number, *, hint: str) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator of a number, or of the name of a column of customers."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if not (COLUMN.holds(value) or number.holds(value)):
            raise refusal(value, attribute.name, law=f"{number.law}, or the name of a column of customers", hint=hint)

    return check


MARGIN = [
    required(
        "`margin`: no share of revenue left after the cost of goods fits every firm",
        hint='margin=0.32 for 32 percent, or the name of a column of customers: margin="margin".',
    ),
    margin_law,
]
DISCOUNT_RATE: list[Any] = [
    required(
        "`discount_rate`: what money costs a year is the firm's own",
        hint="discount_rate=0.09 for 9 percent a year, effective.",
    ),
    YEARLY_RATE,
]
HORIZON = required("`horizon`: a value without a span of time cannot be compared", hint='horizon="12M".')


def span_text(value: Any) -> Any:
    """Converter of a span of time to text with a unit; None is left for the validator."""
    if value is None:
        return value
    span = as_period(value, name="horizon").within_calendar()
    return value if isinstance(value, str) else f"{span.count:.15g}{span.unit}"


def or_average(model: Any) -> Any:
    """Converter of `purchases`: the default average of models where none is given."""
    return ModelAverage() if model is None else model


def purchase_or_spend_model(_: object, attribute: Attribute[Any], model: Any) -> None:
    """Validator of `purchases` and `spend`: refuses what neither fits nor predicts, and models of other quantities."""
    if attribute.name == "spend" and model is None:
        return
    refuse_class(model, name=attribute.name)
    refuse_lifetimes(model)
    refuse_other_kind(model, place=attribute.name)
    if attribute.name == "purchases":
        if is_auto(model):
            return
        if is_text(model):
            hint = 'purchases="auto", or the model itself: purchases=kk.MBGNBD().'
            raise refusal(model, "purchases", law='a purchase model, or "auto"', hint=hint)
        kinds: Any = PurchaseModel | FittedPurchaseModel
        lacks = "is no purchase model: it has neither `fit` nor `period` and `predict`"
        hint = "purchases=kk.MBGNBD(), or a model of your own (see kk.testing.check_purchase_model)."
        if isinstance(model, list | tuple):
            hint = "an average of several: purchases=kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD()))."
    else:
        kinds, hint = SpendModel | FittedSpendModel, "spend=kk.GammaGamma()."
        lacks = "is no spend model: it has neither `fit` nor `predict`"
    if not is_a(model, kinds):
        raise CapabilityError.because(f"{type(model).__name__} {lacks}.", hint=hint)


def fitted_model(kind: Any) -> Callable[[Any, Attribute[Any], Any], None]:
    """A validator of a fitted model, of the protocol `kind`: the model of the scorer's spec, if that is one of ours."""

    def check(owner: Any, attribute: Attribute[Any], model: Any) -> None:
        name = attribute.name
        refuse_other_kind(model, place=name)
        spec, law = getattr(owner.scorer, name), ""
        if not isinstance(model, kind):
            law = "a fitted model"
        elif not (
            model == spec if isinstance(spec, kind) else isinstance(model, FITTED_MODELS.get(type(spec), object))
        ):
            law = f"that of its `scorer`, {type(spec).__name__}"
        if law:
            got = type(model).__name__
            raise DataError.because(f"`{name}` of a fitted scorer is {law}, got {got}.", hint=FIT_BOTH)

    return check


def fitted_spend_or_none(owner: Any, attribute: Attribute[Any], model: Any) -> None:
    """A validator of a fitted spend model; None stands where the spec has none, or Gamma-Gamma had no amounts.

    In place of a plain Gamma-Gamma stands the model that the amounts allow.
    """
    spec = owner.scorer.spend
    if spec is None and model is not None:
        got = type(model).__name__
        raise DataError.because(f"`spend` of a fitted scorer is that of its `scorer`, None, got {got}.", hint=FIT_BOTH)
    if model is None and (spec is None or isinstance(spec, GammaGamma)):
        return
    if not (isinstance(model, FittedOwnPrice | FittedFixedPrice) and spec in PLAIN_SPEND):
        fitted_model(FittedSpendModel)(owner, attribute, model)


def same_season(owner: Any, attribute: Attribute[Any], model: Any) -> None:
    """Validator of a fitted purchase model: it was fitted in the time of the scorer's season."""
    season = owner.scorer.season
    key = None if season is None or season.flat else season.key
    for each in members_of(model):
        if isinstance(each, FittedModel) and each.report.fitted and each.report.season != key:
            mine, wanted = (
                f"of season {season}" if season else "of the calendar" for season in (each.report.season, key)
            )
            law = f"`{attribute.name}` of a fitted scorer is fitted in the time of its `scorer`, that {wanted}"
            raise DataError.because(f"{law}, got one fitted in that {mine}.", hint=FIT_BOTH)


def first_purchase_or_none(scorer: Any, attribute: Attribute[Any], model: Any) -> None:
    """Validator of `first_purchase` of a scorer: a spec, a fitted model or None; refused beside a season."""
    if model is None:
        return
    refuse_class(model, name=attribute.name)
    if not isinstance(model, FirstPurchase | FittedFirstPurchase):
        hint = "first_purchase=kk.FirstPurchase()."
        raise refusal(model, attribute.name, law="a kk.FirstPurchase, a kk.FittedFirstPurchase or None", hint=hint)
    if scorer.season is not None and not scorer.season.flat:
        raise CapabilityError.because(
            "ValueScorer counts first purchases in the calendar's time, and a season warps time: prospects have no "
            "value under one.",
            hint="leave out `first_purchase`, or `season`.",
        )


def fitted_first_purchase_or_none(owner: Any, attribute: Attribute[Any], model: Any) -> None:
    """Validator of `first_purchase` of a fitted scorer: that of its `scorer`, fitted; None where that has none."""
    spec = owner.scorer.first_purchase
    fits = isinstance(model, FittedFirstPurchase) and (isinstance(spec, FirstPurchase) or model == spec)
    if fits if spec is not None else model is None:
        return
    law = "None, as of its `scorer`" if spec is None else f"that of its `scorer`, {type(spec).__name__}, fitted"
    raise DataError.because(
        f"`{attribute.name}` of a fitted scorer is {law}, got {type(model).__name__}.",
        hint="kk.ValueScorer(first_purchase=kk.FirstPurchase(), ...).fit(summary, leads=leads) fits all models.",
    )


FIT_BOTH = "kk.ValueScorer(...).fit(summary) fits both models."
