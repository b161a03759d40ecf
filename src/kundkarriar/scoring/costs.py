"""Costs of a customer to the firm under business as usual."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kundkarriar.stored import Stored


def _amount_or_column(value: Any) -> float | str:
    if isinstance(value, str):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"a cost must be a number, or a column of customers: {value!r}") from None


def _amount(_: object, attribute: Any, value: float | str) -> None:
    if not isinstance(value, str) and not 0.0 <= value < float("inf"):
        raise ValueError(f"'{attribute.name}' must be a finite number >= 0, or a column of customers: {value}")


@frozen(kw_only=True)
class Costs(Stored):
    """Costs of a customer; the default of each is 0.

    Each cost is an amount in the currency of the purchases, or the name of a column of `customers`.

    Attributes:
        serve_per_year: cost to serve per year, paid while the customer is alive.
        market_per_year: marketing cost per year under business as usual, paid for every buyer, alive or not, because
            the firm cannot observe who is inactive.
        per_order: handling cost per purchase day.

    >>> Costs(serve_per_year=45)
    Costs(serve_per_year=45.0, market_per_year=0.0, per_order=0.0)
    """

    stored_as = "cost table"
    serve_per_year: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)
    market_per_year: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)
    per_order: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)
