"""What a scorer's fields may hold: converters and validators, each with the reason where there is no default."""

from __future__ import annotations

import math
from typing import Any

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.history.period import Period
from kundkarriar.models.interface.argument_checks import refuse_next_to_no_rate
from kundkarriar.models.interface.model_kind import refuse_lifetimes, refuse_other_kind
from kundkarriar.models.interface.protocols import FittedPurchaseModel, FittedSpendModel, PurchaseModel, SpendModel
from kundkarriar.scoring.costs import Costs


def share_or_column(value: Any) -> float | str:
    """A margin as a number or a column's name; to leave it out is refused, with the reason."""
    if value is None:
        raise DataError.because(
            "ValueScorer needs `margin`: no share of revenue left after the cost of goods fits every firm.",
            hint='margin=0.32 for 32 percent, or the name of a column of customers: margin="margin".',
        )
    return value if isinstance(value, str) else float(value)


def at_most_one(_: object, __: Any, value: float | str) -> None:
    """Refuse a margin above the whole revenue, or one that is no number."""
    if not isinstance(value, str) and not -math.inf < value <= 1.0:
        raise ValueError(f"'margin' is a share of revenue, at most 1 (write 0.32 for 32 percent): {value}")


def yearly_rate(value: Any) -> float:
    """A discount rate; to leave it out is refused, with the reason."""
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


def from_zero_to_one(_: object, __: Any, value: float) -> None:
    """Refuse what is no yearly effective rate."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"'discount_rate' is yearly and effective, 0 to below 1 (0.09 for 9 percent): {value}")
    refuse_next_to_no_rate(value, need="ValueScorer")


def span(value: Any) -> str:
    """A horizon as text with a unit; to leave it out is refused, with the reason."""
    if value is None:
        raise DataError.because(
            "ValueScorer needs `horizon`: a value without a span of time cannot be compared.",
            hint='horizon="12M".',
        )
    Period.of(value)
    return str(value)


def purchase_model(_: object, __: Any, model: Any) -> None:
    """Refuse what neither fits nor predicts purchases, and models that we know to describe something else."""
    refuse_lifetimes(model)
    refuse_other_kind(model, place="purchases")
    if not isinstance(model, (PurchaseModel, FittedPurchaseModel)):
        raise CapabilityError.because(
            f"{type(model).__name__} is no purchase model: it has neither `fit` nor `period` and `predict`.",
            hint="purchases=kk.MBGNBD(), or a model of your own (see kk.testing.check_purchase_model).",
        )


def spend_model(_: object, __: Any, model: Any) -> None:
    """Refuse what neither fits nor predicts spend, and models that we know to describe something else."""
    refuse_lifetimes(model)
    refuse_other_kind(model, place="spend")
    if not isinstance(model, (SpendModel, FittedSpendModel)):
        raise CapabilityError.because(
            f"{type(model).__name__} is no spend model: it has neither `fit` nor `predict`.",
            hint="spend=kk.GammaGamma().",
        )


def costs_or_none(_: object, __: Any, value: Any) -> None:
    """Costs, or None where there are none."""
    if value is not None and not isinstance(value, Costs):
        raise DataError.because(
            f"`costs` must be kk.Costs, got {type(value).__name__}.", hint="costs=kk.Costs(serve_per_year=45)."
        )
