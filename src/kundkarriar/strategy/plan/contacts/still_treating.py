"""The contact before a plan whose effect still treats a customer when an action of the plan would."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kundkarriar.effects.effect import Effect
from kundkarriar.strategy.increments.treated_spans import last_treated_day
from kundkarriar.strategy.plan.plan_data import PlanData


class StillTreating(NamedTuple):
    """A contact before the plan, and its effect.

    Attributes:
        action: the name of the action.
        day: the day of the contact, as a number since 1970-01-01.
        last: the last day that it treats, likewise; None: the end of the horizon.
        effect: its effect on the same quantity.
    """

    action: str
    day: int
    last: int | None
    effect: Effect

    def __str__(self) -> str:
        contact = f"{self.action} of {_date(self.day)}"
        if not self.effect.multiplies:
            return f"what {contact} adds is stated once for twelve months"
        until = "to the end of the horizon" if self.last is None else f"until {_date(self.last)}"
        effect = f"(an effect of {self.effect.mean:g} on {self.effect.on}, at least as strong)"
        return f"{contact} still treats {until} {effect}: where they overlap the stronger one acts"


def still_treating(own: PlanData[Any], at: int) -> StillTreating | None:
    """What before the plan makes an action of the plan add less, or nothing, for the customer of whom alone it is.

    It is an effect on the same quantity that points the same way, is at least as strong, and still treats on the day of
    the action's first contact; of several the one that treats longest. Or it is the action's own stated money, which
    counts once within twelve months. Known are the effects of the plan's actions and of those of the plan before. None:
    there is none, or what treats was not counted, as there are no increments.
    """
    action, first = own.actions[at], int(own.calendar.first_days()[0, at])
    if own.earlier is None or not action.effects:
        return None
    if not action.effects[0].multiplies:
        last = own.earlier.last_days([action], n=1).get(0)
        if last is None or not own.earlier.claims([action], first_days=np.array([[first]]), n=1)[0, 0]:
            return None
        return StillTreating(action.name, int(last[0]), None, action.effects[0])
    before = () if own.previous is None else own.previous.actions
    known = {each.name: each for each in (*before, *own.actions)} if own.horizon else {}
    found = []
    for kind, day in zip(own.earlier.kind.tolist(), own.earlier.day.tolist(), strict=True):
        earlier = known.get(own.earlier.kinds[kind][0])
        if earlier is None or not earlier.acts_on_process:
            continue
        until = last_treated_day(earlier, day)
        strong = [each for each in earlier.effects if any(_covers(each, other) for other in action.effects)]
        if strong and (until is None or until >= first):
            found.append(StillTreating(earlier.name, day, until, strong[0]))
    return max(found, key=lambda each: np.inf if each.last is None else each.last, default=None)


def _covers(earlier: Effect, effect: Effect) -> bool:
    """Whether one effect holds where both act."""
    if earlier.on != effect.on or not effect.multiplies or min(earlier.mean, effect.mean) <= 0:
        return False
    one, other = np.log(earlier.mean), np.log(effect.mean)
    return bool(one * other > 0 and abs(one) >= abs(other))


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))
