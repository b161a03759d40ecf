"""Refusal of rungs that no customer can be on.

Conditions are evaluated on combinations of values that cover every case which the conditions distinguish.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kundkarriar.errors import DataError
from kundkarriar.history.as_of.event_columns import is_event_column
from kundkarriar.history.as_of.possible_facts import NESTED, fact_values, possible_facts
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.rules.condition import Condition
from kundkarriar.rules.shadowing import OrderedRule, Shadowed, shadowed
from kundkarriar.rules.value_combinations import value_combinations


def refuse_unreachable_rungs(rungs: Sequence[Rung]) -> None:
    """Refuse a ladder with a rung that no customer can be on.

    A rung whose condition is a user's function counts as reachable and does not block lower rungs, for the function may
    return anything. A rung that requires time on another rung blocks lower rungs by its proxy only.

    Raises:
        DataError: a rung's condition never holds, or only where a higher rung's does; or a lower bar keeps nobody.
    """
    for rung in rungs:
        _refuse_idle_lower_bar(rung)
    idle = shadowed_rungs(rungs)
    if not idle:
        return
    rung = rungs[idle[-1].at]  # the lowest one
    if not idle[-1].by:
        raise DataError.because(
            f"the rung `{rung.name}` can never win: nobody can meet `{rung.when}`.",
            hint="ask for what a customer's facts can be: see kk.facts(transactions, as_of=...).",
        )
    names = " or ".join(f"`{rungs[at].name}`" for at in reversed(idle[-1].by))
    raise DataError.because(
        f"the rung `{rung.name}` can never win: wherever `{rung.when}` holds, {names} holds too and stands higher.",
        hint="order the rungs from low to high, and ask more of the higher ones.",
    )


def shadowed_rungs(rungs: Sequence[Rung], *, among: Condition | None = None) -> list[Shadowed]:
    """The rungs that none of the customers who meet the condition `among` can be on, from high to low; None: of all.

    Those of them above a rung are `by`, from high to low. Conditions that distinguish too many cases are not examined.
    """
    asked = [condition for rung in rungs for condition in rung.conditions]
    frame = fact_combinations(asked if among is None else [*asked, among])
    if frame is None:
        return []
    from_top = rungs[::-1]
    rules = [OrderedRule(rung.conditions, _sufficient(rung)) for rung in from_top]
    number, last = range(len(rungs))[::-1], frame if among is None else frame[among.holds(frame)]
    return [Shadowed(number[each.at], tuple(number[at] for at in each.by)) for each in shadowed(rules, last)]


def reachable_without_events(rung: Rung) -> bool:
    """Whether some customer without any known event can meet the rung's condition."""
    frame = fact_combinations(rung.conditions)
    if frame is None or any(condition.functions() for condition in rung.conditions):
        return True
    events = [name for name in frame.columns if is_event_column(name)]
    unknown = frame.assign(**dict.fromkeys(events, np.nan))
    return any(condition.holds(unknown).any() for condition in rung.conditions)


def fact_combinations(conditions: Sequence[Condition]) -> pd.DataFrame | None:
    """Combinations of facts that cover every case which the conditions distinguish; None if too many."""
    return value_combinations(conditions, known=fact_values, possible=possible_facts, together=NESTED)


def _sufficient(rung: Rung) -> list[Condition]:
    """The conditions that are enough for the rung, whatever the customer's earlier rungs."""
    return ([rung.when] if rung.after is None else []) + ([] if rung.proxy is None else [rung.proxy])


def _refuse_idle_lower_bar(rung: Rung) -> None:
    """Refuse a lower bar that is nowhere lower than the condition: most likely the two changed places."""
    keep = None if rung.hold is None else rung.hold.keep
    if keep is None or keep.functions() or rung.when.functions():
        return
    frame = fact_combinations([rung.when, keep])
    if frame is not None and not (keep.holds(frame) & ~rung.when.holds(frame)).any():
        raise DataError.because(
            f"the rung `{rung.name}` keeps nobody: wherever `{keep}` holds, `{rung.when}` holds too.",
            hint="`keep` is the lower bar, what is enough to stay; `when` is what it takes to come.",
        )
