"""The actions that some strategy of a playbook allows."""

from collections.abc import Sequence

from kundkarriar.errors import warn
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.strategy import Strategy


def serving(
    actions: Sequence[Action], *, strategies: Sequence[Strategy], matching: bool, need: str
) -> tuple[Action, ...]:
    """The actions that some strategy allows, and serves where objectives must be `matching`.

    Those that change no price come first.

    Warns:
        DataWarning: actions that no strategy allows, which are left out.
    """
    served = [
        each for each in actions if any(own.allows(each) and (own.serves(each) or not matching) for own in strategies)
    ]
    if idle := [each for each in actions if each not in served]:
        objectives = sorted({each.objective for each in strategies})
        names = ", ".join(f"{each.name!r} ({each.objective})" for each in idle)
        why = f"their objectives are {objectives}" if matching else "they forbid them, or name others"
        warn(f"{need}: no strategy of the playbook allows {quantity(len(idle), 'action')}, left out: {names}; {why}.")
    return tuple(sorted(served, key=lambda action: action.changes_price))
