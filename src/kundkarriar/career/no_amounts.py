"""What a career refuses where the purchases have no amounts."""

from __future__ import annotations

from types import NoneType
from typing import Any

from attrs import Attribute

from kundkarriar.arguments import refusal
from kundkarriar.career.bridge import Bridge
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.ledger.transaction_rows import AMOUNTS, lacks_amounts
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored_forms import AGAIN

ONE_PRICE = "leave spend= out to count purchases; one price is an amount too: orders.assign(amount=9.9)"


def refuse_spend(scorer: FittedValueScorer, known: FactsAsOf) -> None:
    """Refuse a spend model of the scorer's own, whose values would stand beside a history that has none."""
    if scorer.spend is not None and not known.priced:
        raise lacks_amounts(f"spend={type(scorer.spend).__name__} of the scorer", hint=f"{ONE_PRICE}; or {AMOUNTS}")


def there_with_spend(career: Any, attribute: Attribute[Any], money: Any) -> None:
    """Validator of the sums of a fitted career: there with a spend model, None without."""
    if not isinstance(money, Bridge if career.scorer.spend is not None else NoneType):
        law = "a kk.FittedCareer's sums where its scorer has a spend model, and None where purchases have no amounts"
        raise refusal(money, attribute.name, law=law, hint=AGAIN)


def sums_of(money: Bridge | None, *, need: str) -> Bridge:
    """The sums of the bridge; refused by the name of what `need`s them where there are none."""
    if money is None:
        raise lacks_amounts(need)
    return money
