"""What a career refuses where the purchases have no amounts."""

from __future__ import annotations

from kundkarriar.career.bridge import Bridge
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.ledger.transaction_rows import AMOUNTS, lacks_amounts
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.scoring.without_spend import without_spend

ONE_PRICE = "leave spend= out to count purchases; one price is an amount too: orders.assign(amount=9.9)"


def refuse_spend(scorer: FittedValueScorer, known: FactsAsOf) -> None:
    """Refuse a spend model of the scorer's own, whose values would stand beside a history that has none."""
    if scorer.spend is not None and not known.priced:
        raise lacks_amounts(f"spend={type(scorer.spend).__name__} of the scorer", hint=f"{ONE_PRICE}; or {AMOUNTS}")


def counted_in_purchases(scorer: FittedValueScorer) -> str:
    """Why a career counts purchases and no money."""
    return "values are purchases: spend=None" if scorer.scorer.spend is None else "purchases without amounts"


def sums_of(money: Bridge | None, *, scorer: FittedValueScorer, need: str) -> Bridge:
    """The sums of the bridge; refused by the name of what `need`s them where there are none."""
    if money is None:
        raise without_spend(need, spend=scorer.scorer.spend)
    return money
