"""Costs of a customer to the firm under business as usual."""

from attrs import field, frozen

from kundkarriar.arguments import NOT_NEGATIVE, to_float
from kundkarriar.scoring.scorer_fields import number_or_column
from kundkarriar.stored import Stored

COST = number_or_column(NOT_NEGATIVE, hint='write 45, or the name of a column of customers: "care".')


@frozen(kw_only=True)
class Costs(Stored):
    """Costs of a customer; the default of each is 0.

    Each cost is an amount in the currency of the purchases, or the name of a column of `customers`.

    Attributes:
        serve_per_year: cost to serve per year, paid while the customer is alive.
        market_per_year: marketing cost per year under business as usual, paid for every buyer, alive or not, because
            the firm cannot observe who is inactive; of a prospect from the first purchase on.
        per_order: handling cost per purchase day.

    >>> Costs(serve_per_year=45)
    Costs(serve_per_year=45.0, market_per_year=0.0, per_order=0.0)
    """

    stored_as = "cost table"
    serve_per_year: float | str = field(default=0.0, converter=to_float, validator=COST)
    market_per_year: float | str = field(default=0.0, converter=to_float, validator=COST)
    per_order: float | str = field(default=0.0, converter=to_float, validator=COST)
