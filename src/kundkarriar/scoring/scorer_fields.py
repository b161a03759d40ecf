"""Converters and validators of the fields of `ValueScorer`; required fields are refused with a reason if missing."""

from __future__ import annotations

import math
from typing import Any

from kundkarriar.dates.period import Period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.interface.argument_checks import YEARLY_RATE
from kundkarriar.models.interface.protocols import FittedPurchaseModel, FittedSpendModel, PurchaseModel, SpendModel
from kundkarriar.models.model_kind import refuse_lifetimes, refuse_other_kind
from kundkarriar.scoring.costs import Costs


def margin_share_or_column(value: Any) -> float | str:
    """A margin as a number or a column name; required."""
    if value is None:
        raise DataError.because(
            "ValueScorer needs `margin`: no share of revenue left after the cost of goods fits every firm.",
            hint='margin=0.32 for 32 percent, or the name of a column of customers: margin="margin".',
        )
    return value if isinstance(value, str) else float(value)


def margin_at_most_one(_: object, __: Any, value: float | str) -> None:
    """Refuse a margin above 1, and NaN."""
    if not isinstance(value, str) and not -math.inf < value <= 1.0:
        raise ValueError(f"'margin' is a share of revenue, at most 1 (write 0.32 for 32 percent): {value}")


def yearly_rate(value: Any) -> float:
    """A discount rate as a float; required."""
    if value is None:
        raise DataError.because(
            "ValueScorer needs `discount_rate`: what money costs a year is the firm's own.",
            hint="discount_rate=0.09 for 9 percent a year, effective.",
        )
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DataError.because(
            f"`discount_rate` must be a number, got {value!r}.", hint="write 0.09 for 9 percent a year."
        ) from None


def rate_from_zero_to_one(_: object, __: Any, value: float) -> None:
    """Refuse a rate that is not a yearly effective rate."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"'discount_rate' is yearly and effective, 0 to below 1 (0.09 for 9 percent): {value}")
    YEARLY_RATE.read(value, "discount_rate")


def horizon_text(value: Any) -> str:
    """A horizon as text with a unit; required."""
    if value is None:
        raise DataError.because(
            "ValueScorer needs `horizon`: a value without a span of time cannot be compared.", hint='horizon="12M".'
        )
    Period.of(value)
    return str(value)


def purchase_model(_: object, __: Any, model: Any) -> None:
    """Refuse objects that neither fit nor predict purchases, and known models of other quantities."""
    refuse_lifetimes(model)
    refuse_other_kind(model, place="purchases")
    if not isinstance(model, (PurchaseModel, FittedPurchaseModel)):
        raise CapabilityError.because(
            f"{type(model).__name__} is no purchase model: it has neither `fit` nor `period` and `predict`.",
            hint="purchases=kk.MBGNBD(), or a model of your own (see kk.testing.check_purchase_model).",
        )


def spend_model(_: object, __: Any, model: Any) -> None:
    """Refuse objects that neither fit nor predict spend, and known models of other quantities."""
    refuse_lifetimes(model)
    refuse_other_kind(model, place="spend")
    if not isinstance(model, (SpendModel, FittedSpendModel)):
        raise CapabilityError.because(
            f"{type(model).__name__} is no spend model: it has neither `fit` nor `predict`.",
            hint="spend=kk.GammaGamma().",
        )


def fitted_model(kind: Any) -> Any:
    """A validator of the fitted models of a place, purchases or spend; `kind` is their protocol."""

    def check(_: object, attribute: Any, model: Any) -> None:
        refuse_other_kind(model, place=attribute.name)
        if not isinstance(model, kind):
            raise DataError.because(
                f"`{attribute.name}` of a fitted scorer is a fitted model, got {type(model).__name__}.",
                hint="kk.ValueScorer(...).fit(summary) fits both models.",
            )

    return check


def costs_or_none(_: object, __: Any, value: Any) -> None:
    """Refuse other values than `kk.Costs` and None."""
    if value is not None and not isinstance(value, Costs):
        raise DataError.because(
            f"`costs` must be kk.Costs, got {type(value).__name__}.", hint="costs=kk.Costs(serve_per_year=45)."
        )
