"""The days since which the strategies of a plan stand unchanged, as a field of the plan."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, Factory

from kundkarriar.arguments import refusal
from kundkarriar.dates.period import is_day
from kundkarriar.errors import DataError
from kundkarriar.stored_forms import AGAIN
from kundkarriar.strategy.specs.playbook import Playbook


def _from_start(plan: Any) -> tuple[str, ...]:
    strategies = plan.playbook.strategies if isinstance(plan.playbook, Playbook) else ()
    return (plan.start,) * len(strategies)


FROM_START: Any = Factory(_from_start, takes_self=True)
"""Default: all strategies stand since the plan's first day; so it is of plans that were stored without these days."""


def stands_since(plan: Any, attribute: Attribute[Any], since: tuple[Any, ...]) -> None:
    """Validator: a day for each strategy of the plan's playbook, none after the plan's first day."""
    strategies = plan.playbook.strategies
    if len(since) != len(strategies):
        law = f"a day as text for each of the {len(strategies)} strategies"
        raise refusal(since, attribute.name, law=law, hint=AGAIN)
    for strategy, day in zip(strategies, since, strict=True):
        is_day(plan, attribute, day)
        if day > plan.start:
            law = (
                f"`{attribute.name}` of {strategy.name!r} must be at most {plan.start}, the plan's first day, got {day}"
            )
            raise DataError.because(f"{law}.", hint=AGAIN)
