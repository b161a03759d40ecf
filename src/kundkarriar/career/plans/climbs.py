"""By how much discounts grow as the customers of a career climb its ladder, by its microsimulation."""

from collections.abc import Callable, Iterable
from typing import Any

from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation
from kundkarriar.strategy.specs.action import Action


def climbs_of(
    actions: Iterable[Action], microsimulation: Callable[[], FittedMicrosimulation], history: LadderHistory[Any] | None
) -> dict[str, Any] | None:
    """The climb factors of customers by the name of each action whose discount grows, under its effects.

    None without a history, or where no discount grows; `StrategyPlanner.increments` refuses what then lacks.

    Raises:
        CapabilityError: the purchase model cannot date purchases, or does not have what an effect is on.
    """
    growing = [each for each in actions if each.effects and each.discount is not None and each.discount.escalation > 0]
    if history is None or not growing:
        return None
    micro = microsimulation()
    return {
        each.name: micro.climb_factors(history, each.discount, effect=each.effects)
        for each in growing
        if each.discount is not None
    }
