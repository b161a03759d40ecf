"""A benefit: what a contact gives the customer, by what it costs the firm and what it is worth to the customer."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kundkarriar.arguments import AMOUNT, is_number, to_float
from kundkarriar.stored import Stored, part
from kundkarriar.stored_forms import Form, or_null


@frozen(kw_only=True)
class Benefit(Stored):
    """A benefit that the customer has of one contact, in money.

    Attributes:
        value_to_customer: what it is worth to the customer, >= 0.
        cost_to_firm: the part of the action's cost that pays for it, >= 0.

    >>> Benefit(value_to_customer=30, cost_to_firm=12)
    Benefit(value_to_customer=30.0, cost_to_firm=12.0)
    """

    stored_as = "benefit"
    value_to_customer: float = field(converter=to_float, validator=AMOUNT)
    cost_to_firm: float = field(default=0.0, converter=to_float, validator=AMOUNT)


def as_benefit(given: Any) -> Any:
    """A benefit; of a number one that is worth it to the customer. The field's validator refuses other values."""
    return Benefit(value_to_customer=AMOUNT.read(given, "benefit")) if is_number(given) else given


def _read(given: Any) -> Benefit:
    benefit: Benefit = as_benefit(given) if is_number(given) else part(Benefit).read(given)
    return benefit


def _write(benefit: Benefit) -> Any:
    return part(Benefit).write(benefit) if benefit.cost_to_firm else benefit.value_to_customer


BENEFIT = or_null(Form(law="a benefit", write=_write, read=_read))
"""Without a cost to the firm it is stored as a number, as it was before it had two sides."""
