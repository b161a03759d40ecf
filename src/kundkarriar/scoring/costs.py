"""What a customer costs the firm under business as usual."""

from __future__ import annotations

from typing import Any

from attrs import asdict, field, fields_dict, frozen

from kundkarriar.stored import SCHEMA, fields_of, reading


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
class Costs:
    """The costs that a customer's expected revenue is set against; what is not named costs nothing.

    Each is an amount in the currency of the purchases, or the name of a column of `customers` that holds one.

    Attributes:
        serve_per_year: cost to serve, paid while the customer is alive.
        market_per_year: business-as-usual marketing, paid for every buyer on file, alive or not: the firm cannot see
            who is gone.
        per_order: handling of one purchase day.

    >>> Costs(serve_per_year=45)
    Costs(serve_per_year=45.0, market_per_year=0.0, per_order=0.0)
    """

    serve_per_year: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)
    market_per_year: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)
    per_order: float | str = field(default=0.0, converter=_amount_or_column, validator=_amount)

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    @reading("cost table")
    def from_dict(cls, stored: dict[str, Any]) -> Costs:
        """The costs that `to_dict` wrote down.

        >>> Costs.from_dict(Costs(per_order=3).to_dict()) == Costs(per_order=3)
        True
        """
        return cls(**fields_of(stored, kind="cost table", names=fields_dict(cls)))
